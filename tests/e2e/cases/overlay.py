# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture over the canvas lies on the document's own pixels: zoomed, turned, mirrored, shifted."""

from __future__ import annotations

from typing import Any

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui, QtWidgets

SECONDS = 300
_BLOCK, _COLUMNS, _ROWS = 40, 16, 10
_DIFFERENT = 48
_EDGE_SHARE = 0.002  # of the canvas: where smoothing at the edges of blocks may differ
_VIEWS = (("as it opens", None, 0.0, False), ("close", 1.7, 0.0, False), ("turned", 0.8, 30.0, False))
_MIRRORED = (("mirrored", 0.8, 0.0, True), ("mirrored and turned", 1.2, 200.0, True))


def case(api: Api) -> Steps:
    from nurie_krita.composing import halved
    from nurie_krita.document_canvas import canvas_of
    from nurie_krita.host import Region
    from nurie_krita.ui.overlay import Overlay

    width, height = _BLOCK * _COLUMNS, _BLOCK * _ROWS
    document = yield from api.new_document(width, height)
    api.add_layer(document, "Board", _board())
    yield from api.settle(document)
    document.setModified(False)
    before = api.history()
    found = canvas_of(document)
    api.require("the canvas is found", found is not None)
    if found is None:
        return
    overlay = Overlay(found)
    if not overlay.supported:
        plain = _seen(api, found.widget)
        overlay.show_image([_board().mirrored()], Region(0, 0, width, height))
        yield 200
        api.check("before Krita 5.2 nothing is drawn", _differences(plain, _seen(api, found.widget)) < 0.001)
        return
    canvas = api.window.activeView().canvas()
    for name, zoom, degrees, mirror in (*_VIEWS, *_MIRRORED):
        if zoom is not None:
            canvas.setZoomLevel(zoom)
        canvas.setRotation(degrees)
        canvas.setMirror(mirror)
        yield 600
        plain = _seen(api, found.widget)
        overlay.show_image(halved(_board()), Region(0, 0, width, height))
        yield 300
        exact = _differences(plain, _seen(api, found.widget))
        api.check(f"{name}: it covers the same pixels", exact < _EDGE_SHARE, exact)
        overlay.show_image(halved(_board()), Region(12, 12, width, height))
        yield 300
        api.screenshot(f"{name}, shifted")
        shifted = _differences(plain, _seen(api, found.widget))
        api.check(f"{name}: shifted it would be noticed", shifted > 3 * _EDGE_SHARE, shifted)
        overlay.set_compare(True)
        yield 100
        compared = _differences(plain, _seen(api, found.widget))
        api.check(f"{name}: comparing shows the drawing", compared < 0.001, compared)
        overlay.set_compare(False)
        overlay.clear()
        yield 100
    api.equal("no history entry", api.history(), before)
    api.check("the document is not modified", not document.modified())
    overlay.deleteLater()
    yield 100


def _board() -> QtGui.QImage:
    """Blocks of one colour each."""
    image = QtGui.QImage(_BLOCK * _COLUMNS, _BLOCK * _ROWS, QtGui.QImage.Format.Format_ARGB32)
    painter = QtGui.QPainter(image)
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            color = QtGui.QColor(15 + 15 * column, 25 * row, 200 if (row + column) % 2 else 40)
            painter.fillRect(column * _BLOCK, row * _BLOCK, _BLOCK, _BLOCK, color)
    painter.end()
    return image


def _seen(api: Api, widget: Any) -> QtGui.QImage:
    """The canvas' part of the window, as it is on the screen."""
    window: QtWidgets.QWidget = api.window.qwindow()
    place = QtCore.QRect(widget.mapTo(window, QtCore.QPoint(0, 0)), widget.size())
    return window.grab(place).toImage().convertToFormat(QtGui.QImage.Format.Format_RGB32)


def _differences(first: QtGui.QImage, second: QtGui.QImage) -> float:
    """Share of every third pixel that clearly differs."""
    found = total = 0
    for y in range(0, min(first.height(), second.height()), 3):
        for x in range(0, min(first.width(), second.width()), 3):
            one, other = QtGui.QColor(first.pixel(x, y)), QtGui.QColor(second.pixel(x, y))
            difference = max(
                abs(one.red() - other.red()), abs(one.green() - other.green()), abs(one.blue() - other.blue())
            )
            found += difference > _DIFFERENT
            total += 1
    return found / max(total, 1)
