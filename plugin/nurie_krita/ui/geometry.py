# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a gallery cell: a square picture, a badge in its corner, one line of name."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui

__all__ = ["BADGE", "PAD", "badge_rect", "cell_size", "name_font", "name_rect", "picture_rect"]

PAD = 4
"""Between a cell's edge and its picture: room for the ring."""

BADGE = 17
"""Diameter of the badge."""


def name_font(base: QtGui.QFont) -> QtGui.QFont:
    """A little smaller than the panel's."""
    font = QtGui.QFont(base)
    if base.pointSizeF() > 0:
        font.setPointSizeF(max(6.5, base.pointSizeF() * 0.85))
    else:
        font.setPixelSize(max(9, round(base.pixelSize() * 0.85)))
    return font


def cell_size(width: int, font: QtGui.QFont) -> QtCore.QSize:
    """Of a cell of this width, in a view with this font."""
    return QtCore.QSize(width, width + QtGui.QFontMetrics(name_font(font)).height() + 2)


def picture_rect(cell: QtCore.QRect) -> QtCore.QRect:
    side = cell.width() - 2 * PAD
    return QtCore.QRect(cell.x() + PAD, cell.y() + PAD, side, side)


def badge_rect(cell: QtCore.QRect, direction: QtCore.Qt.LayoutDirection) -> QtCore.QRect:
    """In the picture's upper corner, at the end of the reading direction."""
    picture = picture_rect(cell)
    x = picture.right() - BADGE - 2
    if direction == QtCore.Qt.LayoutDirection.RightToLeft:
        x = picture.left() + 3
    return QtCore.QRect(x, picture.y() + 3, BADGE, BADGE)


def name_rect(cell: QtCore.QRect) -> QtCore.QRect:
    top = picture_rect(cell).bottom() + 4
    return QtCore.QRect(cell.x() + 3, top, cell.width() - 6, cell.bottom() - top + 1)
