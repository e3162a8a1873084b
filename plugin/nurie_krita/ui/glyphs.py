# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's own pictograms: outlines on a grid of 16 units, drawn in the text's colour and sharp at any scale.

Krita's icon set changes from version to version and lacks some of these; one hand for all of them looks calmer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from nurie_krita.qt import QtCore, QtGui

__all__ = ["GLYPHS", "glyph", "paint"]

GLYPHS = {
    "add": "M 8 3 L 8 13 M 3 8 L 13 8",
    "check": "M 3.5 8.5 L 6.8 11.8 L 12.5 4.8",
    "close": "M 4.5 4.5 L 11.5 11.5 M 11.5 4.5 L 4.5 11.5",
    "chevron-down": "M 4 6 L 8 10 L 12 6",
    "chevron-right": "M 6 4 L 10 8 L 6 12",
    "dice": "R 2.5 2.5 11 11 2.5 D 5.6 5.6 D 10.4 5.6 D 8 8 D 5.6 10.4 D 10.4 10.4",
    "eye": "M 1.5 8 Q 8 0.8 14.5 8 Q 8 15.2 1.5 8 Z O 8 8 2",
    "file": "M 2 12.5 L 2 4 Q 2 3.5 2.5 3.5 L 6 3.5 L 7.5 5.2 L 13.5 5.2 Q 14 5.2 14 5.7 L 14 12.5 Z",
    "gear": "M 13.0 6.7 L 14.8 7.0 L 14.8 9.0 L 13.0 9.3 L 12.5 10.6 L 13.6 12.1 L 12.1 13.6 L 10.6 12.5 L 9.3 13.0 L "
    "9.0 14.8 L 7.0 14.8 L 6.7 13.0 L 5.4 12.5 L 3.9 13.6 L 2.4 12.1 L 3.5 10.6 L 3.0 9.3 L 1.2 9.0 L 1.2 7.0 "
    "L 3.0 6.7 L 3.5 5.4 L 2.4 3.9 L 3.9 2.4 L 5.4 3.5 L 6.7 3.0 L 7.0 1.2 L 9.0 1.2 L 9.3 3.0 L 10.6 3.5 L 12"
    ".1 2.4 L 13.6 3.9 L 12.5 5.4 Z O 8 8 2.2",
    "info": "O 8 8 6 M 8 7.4 L 8 11.2 D 8 4.9",
    "layers": "M 8 2.2 L 14.2 5.6 L 8 9 L 1.8 5.6 Z M 1.8 9.6 L 8 13 L 14.2 9.6",
    "more": "D 3.4 8 D 8 8 D 12.6 8",
    "paste": "R 3 3 10 11 1.5 R 5.8 1.6 4.4 2.8 0.8",
    "pause": "M 5.6 3.8 L 5.6 12.2 M 10.4 3.8 L 10.4 12.2",
    "picture": "R 1.8 2.8 12.4 10.4 1.5 O 5.4 6.2 1.2 M 2.4 12 L 6.4 8.6 L 8.6 10.4 L 11 7.8 L 13.8 10.6",
    "play": "M 5 3.4 L 12.2 8 L 5 12.6 Z",
    "reset": "M 3 8 C 3 2.4 10.6 1.4 12.6 6 M 12.9 2.6 L 12.7 6.2 L 9.2 5.8 M 13 8.6 C 12.6 13.8 5.4 14.6 3.4 10.2",
    "selection": "M 2 5 L 2 2 L 5 2 M 11 2 L 14 2 L 14 5 M 14 11 L 14 14 L 11 14 M 5 14 L 2 14 L 2 11 M 7 2 L 9 2 "
    "M 7 14 L 9 14 M 2 7 L 2 9 M 14 7 L 14 9",
    "trash": "M 2.6 4.4 L 13.4 4.4 M 6 4.2 L 6 2.4 L 10 2.4 L 10 4.2 M 4 4.6 L 4.6 13.6 L 11.4 13.6 L 12 4.6 "
    "M 6.7 7 L 6.9 11 M 9.3 7 L 9.1 11",
    "warning": "M 8 2 L 14.4 13.4 L 1.6 13.4 Z M 8 6.4 L 8 9.6 D 8 11.6",
}
"""By name. M move, L line, Q and C curves, Z close, O circle (x y radius), R rounded box (x y w h radius), D dot."""

_STROKE = 1.3
_SCALES = (1, 2, 3)
_ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0, "O": 3, "R": 5, "D": 2}


def _path(name: str) -> QtGui.QPainterPath:
    path = QtGui.QPainterPath()
    words = GLYPHS[name].split()
    at = 0
    while at < len(words):
        letter, count = words[at], _ARGUMENTS[words[at]]
        _DRAW[letter](path, *map(float, words[at + 1 : at + 1 + count]))
        at += 1 + count
    return path


_DRAW: dict[str, Callable[..., None]] = {
    "M": lambda path, x, y: path.moveTo(x, y),
    "L": lambda path, x, y: path.lineTo(x, y),
    "Q": lambda path, a, b, x, y: path.quadTo(a, b, x, y),
    "C": lambda path, a, b, c, d, x, y: path.cubicTo(a, b, c, d, x, y),
    "Z": lambda path: path.closeSubpath(),
    "O": lambda path, x, y, radius: path.addEllipse(QtCore.QPointF(x, y), radius, radius),
    "R": lambda path, x, y, w, h, radius: path.addRoundedRect(QtCore.QRectF(x, y, w, h), radius, radius),
    "D": lambda path, x, y: path.addEllipse(QtCore.QPointF(x, y), 0.35, 0.35),
}


def paint(painter: QtGui.QPainter, name: str, rect: QtCore.QRectF, color: QtGui.QColor) -> None:
    """Draw a pictogram into the largest square in the middle of a rectangle."""
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.scale(side / 16, side / 16)
    pen = QtGui.QPen(color, _STROKE)
    pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.drawPath(_path(name))
    painter.restore()


def glyph(name: str, palette: QtGui.QPalette, size: int = 16) -> QtGui.QIcon:
    """A pictogram as an icon in the palette's text colours, enabled and disabled."""
    role, groups = QtGui.QPalette.ColorRole.WindowText, QtGui.QPalette.ColorGroup
    return _icon(name, palette.color(groups.Active, role).rgb(), palette.color(groups.Disabled, role).rgb(), size)


@lru_cache(maxsize=128)
def _icon(name: str, normal: int, disabled: int, size: int) -> QtGui.QIcon:
    icon = QtGui.QIcon()
    for mode, rgb in ((QtGui.QIcon.Mode.Normal, normal), (QtGui.QIcon.Mode.Disabled, disabled)):
        for scale in _SCALES:
            pixmap = QtGui.QPixmap(size * scale, size * scale)
            pixmap.fill(QtCore.Qt.GlobalColor.transparent)
            painter = QtGui.QPainter(pixmap)
            paint(painter, name, QtCore.QRectF(pixmap.rect()), QtGui.QColor.fromRgb(rgb))
            painter.end()
            pixmap.setDevicePixelRatio(scale)
            icon.addPixmap(pixmap, mode)
    return icon
