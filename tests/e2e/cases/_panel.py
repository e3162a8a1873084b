# SPDX-License-Identifier: GPL-3.0-or-later
"""The Colorize docker as a person uses it: looks at its widgets, clicks them, drops pictures on them.

The product's own state is looked at only to wait for something, and for what no widget shows.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui, QtWidgets

__all__ = ["PICTURES", "Panel", "drawing", "picture", "rgba"]

PICTURES = Path(os.environ["NURIE_E2E_PICTURES"])
_PATIENCE = 600_000
_IN_THE_WAY = ("PresetDocker", "sharedtooldocker", "ColorSelectorNg", "PresetHistory", "WideGamutColorSelector")


def picture(name: str, width: int, height: int) -> QtGui.QImage:
    """A picture of ``e2e.pictures`` in a size."""
    modes = QtCore.Qt.AspectRatioMode.IgnoreAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
    return QtGui.QImage(str(PICTURES / f"{name}.png")).scaled(width, height, *modes)


def drawing(api: Api, width: int, height: int) -> Generator[int, None, Any]:
    """``yield from`` it: a document with a white background and line art on a layer of its own, which is active."""
    document = yield from api.new_document(width, height)
    line = api.add_layer(document, "Line art", picture("lines", width, height))
    yield from api.settle(document)
    document.setActiveNode(line)
    yield 200
    return document


def rgba(api: Api, node: Any, width: int, height: int) -> bytes:
    """A layer's pixels over the page."""
    return bytes(node.projectionPixelData(0, 0, width, height))


class Panel:
    """The docker of the active window."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.docker = api.docker("nurie_colorize")
        api.require("the docker is there", self.docker is not None)
        self.pages: Any = self.docker.widget()
        built = self.pages.objectName() == "nurie_docker"
        api.require("the panel is built", built, "" if built else _report(self.pages))
        self.widget: Any = self.pages.panel
        application = importlib.import_module("nurie_krita.register")._application
        self.state: Any = application.state
        self.backend: Any = application.backend
        api.explain = lambda: f"{self.notice}\n{self.backend.diagnostics()}"

    @property
    def button(self) -> Any:
        """Colorize, which is Cancel while something runs."""
        return self.part("nurie_colorize")

    @property
    def busy(self) -> bool:
        return bool(self.button.text().startswith("Cancel"))

    @property
    def notice(self) -> str:
        """The sentence that the panel shows, or nothing."""
        return str(self.state.notice.text) if self.state.notice is not None else ""

    def part(self, name: str) -> Any:
        """A widget of the panel by its name."""
        found = self.widget.findChild(QtWidgets.QWidget, name)
        if found is None:
            self._api.require(f"{name} is there", False)
        return found

    def open(self) -> Steps:
        """Bring the docker to the front and give it room, as an artist with a small screen would."""
        for docker in self._api.krita.dockers():
            if docker.objectName() in _IN_THE_WAY:
                docker.setVisible(False)
        yield from self._api.show(self.docker)
        window = self._api.window.qwindow()
        window.resizeDocks([self.docker], [700], QtCore.Qt.Orientation.Vertical)
        window.resizeDocks([self.docker], [330], QtCore.Qt.Orientation.Horizontal)
        yield 300

    def drop_reference(self, name: str = "reference") -> Steps:
        """Drag a picture file from a file manager onto the gallery; it is in use afterwards."""
        data = QtCore.QMimeData()
        data.setUrls([QtCore.QUrl.fromLocalFile(str(PICTURES / f"{name}.png"))])
        before = self.state.references.rowCount()
        self._api.check("the gallery takes the file", self._api.hands.drop(self.part("nurie_gallery"), data))
        yield from self._api.until("the reference is in the gallery", lambda: self.state.references.rowCount() > before)
        yield from self._api.until("the reference is in use", lambda: self.state.references.enabled)

    def set_steps(self, steps: int) -> Steps:
        """Type a number of sampling steps."""
        box = self.part("nurie_steps")
        box.setFocus()
        box.selectAll()
        for digit in str(steps):
            self._api.hands.key(box, QtCore.Qt.Key(0x30 + int(digit)))
        self._api.hands.key(box, QtCore.Qt.Key.Key_Return)
        yield 50
        self._api.equal("the steps are set", self.state.options.values.steps, steps)

    def press(self) -> Steps:
        """Click Colorize or Cancel."""
        yield from self._api.until("the button can be pressed", lambda: self.button.isEnabled())
        self._api.hands.click(self.button)

    def finished(self, ms: int = _PATIENCE) -> Steps:
        """Until nothing runs any more."""
        yield from self._api.until("the panel is at rest", lambda: not self.busy, ms)
        yield 400

    def ready(self, *, steps: int) -> Steps:
        """Everything but the click: shown, a reference in use, so many steps."""
        yield from self.open()
        if not self.state.references.enabled:
            yield from self.drop_reference()
        yield from self.set_steps(steps)

    def colorize(self) -> Steps:
        """Click and wait; the time between is on record when the case asks for it by itself."""
        yield from self.press()
        yield from self._api.until("it begins", lambda: self.busy)
        yield from self.finished()

    def overlay(self) -> Any:
        """The picture over the canvas, None while there is none."""
        window = self._api.window.qwindow()
        shown = [found for found in window.findChildren(QtWidgets.QWidget, "nurie_overlay") if found.isVisible()]
        return shown[0] if shown else None

    def result(self) -> QtGui.QImage:
        """The newest result's colours."""
        image: QtGui.QImage = self.state.results.color(self.state.results.ids[0])
        return image


def _report(apology: QtWidgets.QWidget) -> str:
    """What the docker copies for a report where the panel could not be built."""
    button = apology.findChild(QtWidgets.QPushButton)
    if button is not None:
        button.click()
    clipboard = QtWidgets.QApplication.clipboard()
    return "" if clipboard is None else clipboard.text()
