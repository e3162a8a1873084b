# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings, colours and comparisons for the cases about Krita's documents."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from nurie_e2e.api import Api
from nurie_e2e.qt import QtCore, QtGui, QtWidgets

from nurie_krita.document import KritaHost
from nurie_krita.host import DocumentFacts, LineArt
from nurie_krita.made import Made
from nurie_krita.protocol import NurieError

ARGB32 = QtGui.QImage.Format.Format_ARGB32
ORANGE = QtGui.QColor(240, 128, 32)
SRGB = "sRGB-elle-V2-srgbtrc.icc"


def lines(width: int, height: int, pen: QtGui.QColor | None = None) -> QtGui.QImage:
    """A face of black lines on transparency."""
    image = QtGui.QImage(width, height, ARGB32)
    image.fill(0)
    stroke(image, pen or QtGui.QColor("black"))
    return image


def scan(width: int, height: int, paper: str = "white", pen: str = "black") -> QtGui.QImage:
    """The same on opaque paper."""
    image = QtGui.QImage(width, height, ARGB32)
    image.fill(QtGui.QColor(paper))
    stroke(image, QtGui.QColor(pen))
    return image


def stroke(image: QtGui.QImage, color: QtGui.QColor) -> None:
    width, height = image.width(), image.height()
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtGui.QPen(color, max(2, min(width, height) // 60)))
    painter.drawEllipse(QtCore.QRectF(width * 0.1, height * 0.1, width * 0.8, height * 0.8))
    painter.drawLine(QtCore.QPointF(width * 0.1, height / 2), QtCore.QPointF(width * 0.9, height / 2))
    painter.end()


def plain(width: int, height: int, color: QtGui.QColor = ORANGE) -> QtGui.QImage:
    image = QtGui.QImage(width, height, ARGB32)
    image.fill(color)
    return image


def painted(width: int, height: int) -> QtGui.QImage:
    """A coloured picture with lines."""
    image = scan(width, height)
    painter = QtGui.QPainter(image)
    painter.fillRect(width // 8, height // 8, width // 2, height // 2, QtGui.QColor("#d04060"))
    painter.fillRect(width // 4, height // 2, width // 2, height // 3, QtGui.QColor("#4060d0"))
    painter.end()
    return image


def add_in_space(
    api: Api, document: Any, name: str, image: QtGui.QImage, above: Any = None
) -> Generator[int, None, Any]:
    """``yield from`` it: a layer in the document's own colour space, as if the artist had drawn it there."""
    clone = document.clone()
    clone.setBatchmode(True)
    layer = clone.createNode(name, "paintlayer")
    layer.setColorSpace("RGBA", "U8", SRGB)
    layer.setPixelData(QtCore.QByteArray(api.bytes_of(image)), 0, 0, image.width(), image.height())
    clone.rootNode().addChildNode(layer, None)
    layer.setColorSpace(document.colorModel(), document.colorDepth(), document.colorProfile())
    clone.waitForDone()
    copy = layer.duplicate()
    document.rootNode().addChildNode(copy, above)
    yield from api.settle(document)
    clone.close()
    yield 150
    return copy


def put(
    api: Api,
    host: KritaHost,
    art: LineArt,
    color: QtGui.QImage,
    name: str,
    placement: str = "automatic",
    made: Made | None = None,
) -> Generator[int, None, str]:
    """``yield from`` it: the host's ``apply``, until Krita is at rest; the new layer's id. Raises what went wrong."""
    done: list[str] = []
    failed: list[NurieError] = []
    host.apply(art, color, name, placement, done.append, failed.append, made)
    yield from api.wait_for(lambda: done or failed, 60_000)
    if failed:
        raise failed[0]
    yield 350
    return done[0]


def active(host: KritaHost) -> DocumentFacts:
    """The document in front, which must be there."""
    facts = host.active()
    assert facts is not None
    return facts


def raw(layer: Any, margin: int = 64) -> bytes:
    """Every pixel of a layer, some off the page included, in whatever colour space it has."""
    box = layer.bounds()
    if box.isEmpty():
        return b""
    place = (box.x() - margin, box.y() - margin, box.width() + 2 * margin, box.height() + 2 * margin)
    return bytes(layer.pixelData(*place))


def layers(document: Any) -> dict[str, tuple[bytes, str, str, int, bool]]:
    """Everything about the artist's paint layers that must not change, by id."""
    found: dict[str, tuple[bytes, str, str, int, bool]] = {}

    def walk(parent: Any) -> None:
        for child in parent.childNodes():
            if child.type() == "paintlayer":
                facts = (raw(child), child.name(), child.blendingMode(), child.opacity(), child.visible())
                found[child.uniqueId().toString()] = facts
            walk(child)

    walk(document.rootNode())
    return found


def by_name(document: Any, name: str) -> Any:
    """The first layer of this name, or None. (nodeByName is not the same in all versions.)"""
    stack = list(document.rootNode().childNodes())
    while stack:
        layer = stack.pop(0)
        if layer.name() == name:
            return layer
        stack += layer.childNodes()
    return None


def argb(image: QtGui.QImage, x: int, y: int) -> tuple[int, int, int, int]:
    """Red, green, blue, alpha of a pixel."""
    color = image.pixelColor(x, y)
    return color.red(), color.green(), color.blue(), color.alpha()


def close_to(one: tuple[int, ...], other: tuple[int, ...], levels: int) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= levels for a, b in zip(one, other, strict=True))


def step(api: Api) -> int:
    """Which entry of the undo history the document is at; entries that were undone lie beyond it."""
    docker = api.window.qwindow().findChild(QtWidgets.QDockWidget, "History")
    view: Any = docker.findChild(QtWidgets.QUndoView) or docker.findChild(QtWidgets.QListView)
    return int(view.currentIndex().row())


def new_steps(api: Api, before: int) -> list[str]:
    """What the undo history got since it was at ``before``."""
    return api.history()[before + 1 :]


def bring_to_front(api: Api, document: Any) -> Generator[int, None, None]:
    """``setActiveDocument`` and ``showView`` do nothing in Krita 5.1."""
    next(view for view in api.window.views() if view.document() == document).setVisible()
    yield 300


def undo(api: Api, document: Any, name: str) -> Generator[int, None, None]:
    """One undo, which takes the layer of this name away; a busy Krita takes its time."""
    yield from api.undo(document)
    yield from api.until(f"{name}: undone", lambda: by_name(document, name) is None)
