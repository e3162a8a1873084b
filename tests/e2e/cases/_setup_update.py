# SPDX-License-Identifier: GPL-3.0-or-later
"""The first start of another version: its engine is updated, nothing of the artist's is lost; then all is removed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtWidgets

from e2e.cases._setup_page import SetupPage, control, top_level

SECONDS = 1200
_DATA = Path(os.environ["XDG_DATA_HOME"]) / "krita" / "nurie"
_MODEL = Path(os.environ["XDG_DATA_HOME"]) / "nurie" / "models" / "mine" / "config.json"


def case_1_update(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.open()
    state = page.setup.state
    api.equal("an update is needed", state.name, "update_needed")
    api.check("of another version", state.installed != state.offered, state)
    api.check("the sentence names both", state.installed in page.widget.lead.text(), page.widget.lead.text())
    api.equal("the button", page.text, "Update")
    api.screenshot("4 update docker", page.panel.docker)
    references, values = list(page.panel.state.references.digests), page.panel.state.options.values
    api.fact("references", sorted(references))
    api.check("the setting is as it was left", not values.auto_apply)
    sent = control()
    yield from page.press()
    yield from page.until_ready("update")
    api.equal("nothing is downloaded that is here", control() - sent, 0)
    api.equal("the version", page.setup.state.installed, state.offered)
    api.equal("the panel says so", page.panel.notice, f"Nurie {state.offered} is ready.")
    api.equal("the references are there", list(page.panel.state.references.digests), references)
    api.equal("the settings are there", page.panel.state.options.values, values)
    api.check("the models are there", _MODEL.exists())
    yield from api.until("the engine answers", lambda: page.panel.backend.usable, 120_000)
    api.equal("with its version", page.panel.backend.info["version"], state.offered)


def case_2_remove(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.panel.open()
    pid = page.panel.backend.pid
    api.hands.click(page.panel.part("nurie_settings"))
    yield 500
    settings = top_level("nurie_settings_dialog")
    api.require("the settings are open", settings is not None)
    api.screenshot("5 settings", settings)
    api.hands.click(settings.findChild(QtWidgets.QPushButton, "nurie_backend_remove"))
    yield 500
    dialog = top_level("nurie_remove_dialog")
    api.require("what goes and what stays is asked", dialog is not None)
    api.screenshot("6 remove", dialog)
    promised = [path for path, _ in page.setup.left_after_removal(dialog.keep)]
    api.hands.click(dialog.findChild(QtWidgets.QPushButton, "nurie_remove"))
    yield 50
    yield from page.until_at_rest()
    settings.close()
    yield 500
    api.equal("nothing is installed", page.setup.state.name, "not_installed")
    api.check("the setup is back", page.shown)
    api.check("it says what became of it", page.notice.startswith("Nurie's engine was removed."), page.notice)
    api.check("its process has ended", pid is None or not Path(f"/proc/{pid}").exists(), pid)
    api.screenshot("7 removed docker", page.panel.docker)
    api.fact("promised to stay", sorted(str(path) for path in promised))
    api.check("the engine is gone", not (_DATA / "server").exists(), sorted(_DATA.iterdir()))
    api.equal("no Python module of it is loaded here", [name for name in sys.modules if name.startswith("nurie.")], [])
