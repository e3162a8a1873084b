# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test case gets: Krita, a person's hands, and a record to write to.

A case is a generator function that takes an ``Api``; each ``yield ms`` gives so many milliseconds to Krita.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from krita import Krita

from .blocks import Blocks
from .hands import Hands
from .qt import QT6, QtCore, QtGui, QtWidgets
from .record import Record, StopCase

__all__ = ["Api", "Case", "Steps"]

Steps = Generator[int, None, None]
Case = Callable[["Api"], Steps]

ARGB32 = QtGui.QImage.Format.Format_ARGB32


class Api:
    """One for each run; ``out`` is the folder that the harness keeps."""

    qt6 = QT6

    def __init__(self, record: Record, blocks: Blocks, out: Path) -> None:
        self.record = record
        self.blocks = blocks
        self.hands = Hands(blocks)
        self.out = out
        self.repository = Path(os.environ["NURIE_E2E_REPOSITORY"])
        self.krita: Any = Krita.instance()
        self.explain: Callable[[], object] | None = None  # what to note where a case fails
        self._opened: list[Any] = []

    # What is found out

    def check(self, name: str, ok: object, detail: object = "") -> bool:
        """Note whether something holds; the case goes on either way."""
        return self.record.check(name, ok, detail)

    def equal(self, name: str, value: object, wanted: object) -> bool:
        """``check`` that tells both values."""
        return self.record.check(name, value == wanted, f"{value!r}, wanted {wanted!r}" if value != wanted else "")

    def require(self, name: str, ok: object, detail: object = "") -> None:
        """``check``, and end this case where it fails."""
        if not self.record.check(name, ok, detail):
            raise StopCase(name)

    def fact(self, name: str, value: object) -> None:
        """Note a value that is no matter of right or wrong, such as a time."""
        self.record.facts[name] = value

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note the milliseconds that the block took as a fact."""
        start = time.perf_counter()
        yield
        self.fact(name, round((time.perf_counter() - start) * 1000, 1))

    def screenshot(self, name: str, widget: QtWidgets.QWidget | None = None) -> Path:
        """Keep a picture of Krita's window, canvas included, or of one widget, as NAME.png."""
        path = self.out / f"{name}.png"
        shown = self.window.qwindow() if widget is None else widget
        self.record.check(f"screenshot {name}", shown.grab().save(str(path)))
        self.record.screenshot(path.name)
        return path

    # Time

    def wait_for(self, holds: Callable[[], object], ms: int = 10_000, every: int = 20) -> Generator[int, None, bool]:
        """``yield from`` it: gives Krita time until ``holds()`` is true; False where that takes longer than ``ms``."""
        end = time.monotonic() + ms / 1000
        while not holds():
            if time.monotonic() > end:
                return False
            yield every
        return True

    def until(self, name: str, holds: Callable[[], object], ms: int = 10_000) -> Steps:
        """``wait_for`` that ends the case where it fails; NAME says what was waited for."""
        self.require(name, (yield from self.wait_for(holds, ms)), f"not within {ms} ms")

    def settle(self, document: Any, ms: int = 250) -> Steps:
        """Let changes of the layer tree finish. To close a document or open a view before that crashes Krita."""
        document.refreshProjection()
        document.waitForDone()
        yield ms
        document.waitForDone()

    # Krita

    @property
    def window(self) -> Any:
        """The Window; never keep it, the wrapper dies."""
        return self.krita.activeWindow() or self.krita.windows()[0]

    def docker(self, object_name: str) -> Any:
        """A docker by its id, or None."""
        return next((docker for docker in self.krita.dockers() if docker.objectName() == object_name), None)

    def show(self, docker: Any) -> Steps:
        """Make a docker seen."""
        docker.setVisible(True)
        docker.raise_()
        yield 300

    def trigger(self, action: str) -> None:
        """One of Krita's actions."""
        found = self.krita.action(action)
        self.require(f"action {action} is there", found is not None)
        found.trigger()

    def new_document(
        self, width: int, height: int, model: str = "RGBA", depth: str = "U8", profile: str = "", name: str = "e2e"
    ) -> Generator[int, None, Any]:
        """``yield from`` it: a document with one background layer, shown."""
        document = self.krita.createDocument(width, height, name, model, depth, profile, 300.0)
        return (yield from self._show(document))

    def open(self, path: Path) -> Generator[int, None, Any]:
        """``yield from`` it: the document in a file, shown."""
        document = self.krita.openDocument(str(path))
        self.require(f"{path.name} opens", document is not None)
        return (yield from self._show(document))

    def close(self, document: Any) -> Steps:
        """Close it without saving."""
        yield from self.settle(document)
        document.setBatchmode(True)
        document.setModified(False)
        document.close()
        self._opened = [other for other in self._opened if other != document]
        yield 250

    def close_all(self) -> Steps:
        """Close whatever is open."""
        for document in list(self.krita.documents()):
            yield from self.close(document)

    def add_layer(
        self, document: Any, name: str, image: QtGui.QImage, above: Any = None, x: int = 0, y: int = 0
    ) -> Any:
        """A paint layer of 8-bit sRGB documents with the picture's pixels."""
        layer = document.createNode(name, "paintlayer")
        image = image.convertToFormat(ARGB32)
        layer.setPixelData(QtCore.QByteArray(self.bytes_of(image)), x, y, image.width(), image.height())
        document.rootNode().addChildNode(layer, above)
        document.refreshProjection()
        document.waitForDone()
        return layer

    def bytes_of(self, image: QtGui.QImage) -> bytes:
        """The bytes of a picture of 32 bits a pixel, row by row."""
        bits: Any = image.constBits()
        bits.setsize(image.sizeInBytes())
        return bytes(bits)

    def pixel(self, document: Any, x: int, y: int) -> tuple[int, int, int]:
        """The colour that a person sees at a place of the document, in sRGB."""
        document.refreshProjection()
        document.waitForDone()
        red, green, blue, _ = QtGui.QColor(document.projection(x, y, 1, 1).pixel(0, 0)).getRgb()
        return int(red or 0), int(green or 0), int(blue or 0)

    def names(self, document: Any) -> list[str]:
        """Names of the top layers, bottom first."""
        return [node.name() for node in document.rootNode().childNodes()]

    def history(self) -> list[str]:
        """What the Undo History docker lists for the active document, oldest first."""
        docker = self.window.qwindow().findChild(QtWidgets.QDockWidget, "History")
        view = docker.findChild(QtWidgets.QUndoView) or docker.findChild(QtWidgets.QListView)
        model = view.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def undo(self, document: Any) -> Steps:
        """Ctrl+Z."""
        self.trigger("edit_undo")
        yield from self.settle(document)

    def redo(self, document: Any) -> Steps:
        """Ctrl+Shift+Z."""
        self.trigger("edit_redo")
        yield from self.settle(document)

    def _show(self, document: Any) -> Generator[int, None, Any]:
        document.setBatchmode(True)
        self.window.addView(document)
        self._opened.append(document)  # Krita closes a document without a view once its wrapper goes
        yield 300
        document.waitForDone()
        return document
