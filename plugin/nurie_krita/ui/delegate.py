# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a reference: picture, ring and badge when it is used, its name underneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.references import Role
from nurie_krita.ui import geometry, glyphs, tiles
from nurie_krita.ui.theme import theme

if TYPE_CHECKING:
    from nurie_krita.ui.gallery import Gallery

__all__ = ["ReferenceDelegate"]


class ReferenceDelegate(QtWidgets.QStyledItemDelegate):
    """A cell is as wide as the view says; the picture is square, one line of name below it."""

    def __init__(self, view: Gallery) -> None:
        super().__init__(view)
        self._view = view
        self._scaled = tiles.Scaled()

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> QtCore.QSize:  # noqa: N802
        return self._view.gridSize()

    def paint(
        self, painter: QtGui.QPainter | None, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex
    ) -> None:
        if painter is None:
            return
        colors = theme(option.palette)
        cell = option.rect
        box = geometry.picture_rect(cell)
        flags = QtWidgets.QStyle.StateFlag
        hover = bool(option.state & flags.State_MouseOver)
        focus = self._view.hasFocus() and self._view.currentIndex() == index and self._view.keyboard
        image = index.data(Role.THUMBNAIL)
        enabled = bool(index.data(Role.ENABLED))
        painter.save()
        pixmap = None
        if isinstance(image, QtGui.QImage) and not image.isNull():
            pixmap = self._scaled.get(image, box.size(), self._view.devicePixelRatioF())
        tiles.paint_tile(painter, QtCore.QRectF(box), pixmap, colors)
        if isinstance(image, QtGui.QImage) and image.isNull():  # its file is gone
            middle = QtCore.QRectF(box.center().x() - 10, box.center().y() - 10, 20, 20)
            glyphs.paint(painter, "warning", middle, colors.dim)
        tiles.paint_frame(painter, QtCore.QRectF(box), colors, chosen=enabled, hover=hover, focus=focus)
        if enabled or hover:
            order = index.data(Role.ORDER) or 0
            several = self._view.several
            tiles.paint_badge(
                painter,
                QtCore.QRectF(geometry.badge_rect(cell, option.direction)),
                colors,
                order if several else 0,
                on=enabled,
            )
        painter.setFont(geometry.name_font(self._view.font()))
        painter.setPen(colors.text if enabled else colors.dim)
        name = geometry.name_rect(cell)
        middle_elide = QtCore.Qt.TextElideMode.ElideMiddle
        text = painter.fontMetrics().elidedText(str(index.data() or ""), middle_elide, name.width())
        painter.drawText(name, QtCore.Qt.AlignmentFlag.AlignHCenter | QtCore.Qt.AlignmentFlag.AlignTop, text)
        painter.restore()

    def updateEditorGeometry(  # noqa: N802
        self,
        editor: QtWidgets.QWidget | None,
        option: QtWidgets.QStyleOptionViewItem,
        index: QtCore.QModelIndex,
    ) -> None:
        if editor is not None:
            place = geometry.name_rect(option.rect).adjusted(-3, -3, 3, 0)
            height = max(place.height(), editor.sizeHint().height())
            editor.setFont(geometry.name_font(self._view.font()))
            editor.setGeometry(place.x(), option.rect.bottom() + 1 - height, place.width(), height)
