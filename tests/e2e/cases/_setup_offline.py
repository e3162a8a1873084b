# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up on a computer without the internet, from a folder of wheels that is chosen in the file dialog."""

from __future__ import annotations

import os
from pathlib import Path

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtWidgets

from e2e.cases._setup_page import PATIENCE, SetupPage, top_level

SECONDS = 1200
_WHEELS = Path(os.environ["NURIE_E2E_WHEELS"])


def case_set_up(api: Api) -> Steps:
    page = SetupPage(api)
    yield from page.open()
    lacking = api.out.parent / "one is lacking"
    _link(_WHEELS, lacking, without="numpy-")
    yield from _choose(api, page, lacking)
    api.check("nothing is to be downloaded", page.text == "Set up", page.text)
    yield from page.press()
    yield from page.until_at_rest()
    api.check("one sentence names what is lacking", "numpy 2" in page.notice, page.notice)
    api.fact("sentence", page.notice)
    api.screenshot("1 lacking docker", page.panel.docker)
    yield from _choose(api, page, _WHEELS)
    api.equal("what was said of the other folder is gone", (page.notice, page.text), ("", "Set up"))
    api.screenshot("2 chosen docker", page.panel.docker)
    yield from page.press()
    yield from page.until_ready("offline")
    yield from api.until("a drawing opens", lambda: api.krita.documents(), 20_000)
    coloured = lambda: any(name.startswith("Colors") for name in api.names(api.krita.documents()[0]))  # noqa: E731
    yield from api.until("the sample is coloured", coloured, PATIENCE)
    yield from page.panel.finished()
    api.equal("no complaint", page.panel.notice, "")
    api.screenshot("3 colored")


def _choose(api: Api, page: SetupPage, folder: Path) -> Steps:
    """Unfold "Advanced", press the button beside the field, take the folder in the dialog."""
    if not page.widget.fold.open:
        api.hands.click(page.widget.fold.heading)
        yield 200
    button = page.widget.advanced.browse
    page.widget.scroller.reveal(button)
    yield 200
    api.hands.click(button)
    yield 500
    dialog = top_level("", QtWidgets.QFileDialog)
    api.require("the file dialog is open", dialog is not None)
    field = dialog.findChild(QtWidgets.QLineEdit, "fileNameEdit")
    field.setText(str(folder))
    yield 300
    if folder == _WHEELS:
        api.screenshot("the dialog", dialog)
    buttons = dialog.findChild(QtWidgets.QDialogButtonBox, "buttonBox")
    api.hands.click(buttons.button(QtWidgets.QDialogButtonBox.StandardButton.Open))
    yield 500
    api.equal("the folder is taken", page.widget.advanced.wheels.text(), str(folder))


def _link(source: Path, target: Path, without: str) -> None:
    target.mkdir(exist_ok=True)
    for path in source.glob("*.whl"):
        link = target / path.name
        if not path.name.startswith(without) and not link.exists():
            link.symlink_to(path)
