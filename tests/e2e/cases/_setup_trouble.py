# SPDX-License-Identifier: GPL-3.0-or-later
"""A cancel, a network that breaks down, a full disk, a folder that may not be written: one sentence, and on it goes."""

from __future__ import annotations

import os
from pathlib import Path

from nurie_e2e.api import Api, Steps

from e2e.cases._setup_page import SetupPage, control

SECONDS = 1200
_RATE = 20e6
"""Bytes a second: slow enough to do something meanwhile."""


def case_cancel_and_cut(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.open()
    yield from page.use_index()
    total = sum(size for _, size in page.widget.facts._plan.items)
    control(rate=_RATE)
    yield from page.press()
    yield from page.until_share(0.3)
    yield from page.press()
    yield from page.until_at_rest()
    sent = control()
    api.equal("cancelled: nothing is installed", page.setup.state.name, "not_installed")
    api.equal("cancelled: no complaint", page.notice, "")
    api.check("cancelled: the button goes on", page.text.startswith("Continue · "), page.text)
    api.check("cancelled: what is there is kept", page.setup.state.kept >= 0.25 * total, page.setup.state.kept)
    api.screenshot("cancelled docker", page.panel.docker)
    control(dead_after=sent + round(0.3 * total))
    yield from page.press()
    yield from page.until_at_rest()
    api.check("cut: one sentence says so", page.notice, page.notice)
    api.fact("cut: sentence", page.notice)
    api.check("cut: the button", page.text.startswith("Try again"), page.text)
    api.screenshot("cut docker", page.panel.docker)
    control(dead_after=None, rate=None)
    yield from page.press()
    yield from page.until_ready("after both")
    sent = control()
    api.fact("MB downloaded in all", round(sent / 1e6, 1))
    api.check("nothing was downloaded twice", sent < 1.02 * total, (sent, total))
    yield from api.until("a drawing opens", lambda: api.krita.documents(), 20_000)
    yield from page.panel.finished()


def case_disk_full(api: Api) -> Steps:
    """The folder lies on a small disk, which somebody else fills meanwhile."""
    page = SetupPage(api)
    yield from page.open()
    yield from page.use_index()
    ballast = Path(os.environ["NURIE_PLUGIN_DATA"]).parent / "ballast"
    control(rate=_RATE)
    yield from page.press()
    yield from page.until_share(0.3)
    _fill(ballast)
    yield from page.until_at_rest()
    api.check("one sentence says so", "full" in page.notice or "free" in page.notice, page.notice)
    api.fact("sentence", page.notice)
    api.check("the button", page.text.startswith("Try again"), page.text)
    api.screenshot("disk full docker", page.panel.docker)
    yield from page.press()
    yield from page.until_at_rest()
    api.check("and still says so", page.notice, page.notice)
    ballast.unlink()
    control(rate=None)
    yield from page.press()
    yield from page.until_ready("with room again")
    yield from api.until("a drawing opens", lambda: api.krita.documents(), 20_000)
    yield from page.panel.finished()


def case_disk_small(api: Api) -> Steps:
    yield from _refused(api, "needed", "disk small docker")


def case_read_only(api: Api) -> Steps:
    yield from _refused(api, "may not write", "read only docker")


def _refused(api: Api, words: str, picture: str) -> Steps:
    """Pressed where it cannot be done: one sentence with these words, and not a byte downloaded."""
    page = SetupPage(api)
    yield from page.open()
    yield from page.use_index()
    yield from page.press()
    yield from page.until_at_rest()
    api.check("one sentence says so", words in page.notice, page.notice)
    api.fact("sentence", page.notice)
    api.check("nothing was downloaded", control() == 0, control())
    api.screenshot(picture, page.panel.docker)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for piece in (bytes(1 << 20), bytes(1 << 12)):
            try:
                while True:
                    file.write(piece)
            except OSError:
                continue
