# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita is killed in the middle of a setup; the next start goes on as if it had been cancelled."""

from __future__ import annotations

import os
import signal

from nurie_e2e.api import Api, Steps

from e2e.cases._setup_page import SetupPage, control

SECONDS = 1200


def case_1_while_downloading(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.open()
    yield from page.use_index()
    yield 1000  # the address is on the disk
    control(rate=20e6)
    yield from page.press()
    yield from page.until_share(0.4)
    _die(api)


def case_2_while_installing(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.open()
    api.equal("nothing is installed", page.setup.state.name, "not_installed")
    api.equal("no complaint", page.notice, "")
    api.check("what was downloaded is kept", page.setup.state.kept > 20e6, page.setup.state.kept)
    api.check("the button goes on", page.text.startswith("Continue · "), page.text)
    api.screenshot("after the kill docker", page.panel.docker)
    control(rate=None)
    yield from page.press()
    yield from page.until_stage("installing")
    yield 1000
    _die(api)


def case_3_in_the_end(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.open()
    api.equal("nothing is installed", page.setup.state.name, "not_installed")
    sent = control()
    yield from page.press()
    yield from page.until_ready()
    api.equal("nothing is downloaded again", control() - sent, 0)
    yield from api.until("a drawing opens", lambda: api.krita.documents(), 20_000)
    yield from page.panel.finished()
    api.equal("no complaint", page.panel.notice, "")


def _die(api: Api) -> None:
    api.record.save(finished=True)
    os.kill(os.getpid(), signal.SIGKILL)
