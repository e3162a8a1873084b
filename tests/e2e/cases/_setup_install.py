# SPDX-License-Identifier: GPL-3.0-or-later
"""The first start after the zip was imported: one button, and a few minutes later the sample drawing is coloured."""

from __future__ import annotations

import os
import time
from pathlib import Path

from nurie_e2e.api import Api, Steps

from e2e.cases._install import import_zip
from e2e.cases._setup_page import PATIENCE, SetupPage, control

SECONDS = 1200


def case_1_set_up(api: Api) -> Steps:
    page = SetupPage(api)
    api.check("the docker shows itself", page.panel.docker.isVisible())
    yield from page.open()
    api.equal("the button", page.text.partition(" · ")[0], "Set up")
    api.screenshot("1 set up")
    api.screenshot("1 set up docker", page.panel.docker)
    yield from page.use_index()
    begin = time.monotonic()
    sent, planned = control(), page.widget._plan.download_bytes
    api.fact("set up: python", page.widget._plan.python)
    yield from page.press()
    yield from page.until_share(0.4)
    api.check("the button cancels and tells how far it is", page.text.startswith("Cancel · "), page.text)
    api.screenshot("2 downloading docker", page.panel.docker)
    yield from page.until_ready()
    api.fact("set up: s from the click to ready", round(time.monotonic() - begin, 1))
    api.fact("set up: MB downloaded", round((control() - sent) / 1e6, 1))
    api.fact("set up: MB planned", round(planned / 1e6, 1))
    yield from api.until("a drawing opens", lambda: api.krita.documents(), 20_000)
    document = api.krita.documents()[0]
    begin = time.monotonic()
    coloured = lambda: any(name.startswith("Colors") for name in api.names(document))  # noqa: E731
    yield from api.until("the sample is coloured", coloured, PATIENCE)
    api.fact("set up: s from ready to colours", round(time.monotonic() - begin, 1))
    yield from page.panel.finished()
    api.equal("no complaint", page.panel.notice, "")
    api.screenshot("3 coloured")


def case_2_what_the_artist_adds(api: Api) -> Steps:
    """References, a setting, a model of one's own: what updates must keep."""
    page = SetupPage(api)
    yield from page.panel.open()
    yield from page.panel.drop_reference()
    page.panel.widget.options.more.auto_apply.click()
    api.fact("references", sorted(page.panel.state.references.digests))
    model = Path(os.environ["XDG_DATA_HOME"]) / "nurie" / "models" / "mine" / "config.json"
    model.parent.mkdir(parents=True)
    model.write_text("{}", encoding="utf-8")
    yield 1000


def case_3_the_next_version_is_imported(api: Api) -> Steps:
    if os.environ.get("NURIE_E2E_NEXT_ZIP"):
        os.environ["NURIE_E2E_ZIP"] = os.environ["NURIE_E2E_NEXT_ZIP"]
        import_zip(Path(os.environ["XDG_DATA_HOME"]) / "krita")
        api.check("its code is there", True)
    yield 100
