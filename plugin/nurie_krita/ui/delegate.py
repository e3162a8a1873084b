# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints a reference: picture, ring and badge when it is used, its name underneath."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.references import Role
from nurie_krita.ui import glyphs, tiles
from nurie_krita.ui.theme import theme

__all__ = ["PAD", "ReferenceDelegate"]

PAD = 4
"""Between a cell's edge and its picture: room for the ring."""


class ReferenceDelegate(QtWidgets.QStyledItemDelegate):
    """A cell is as wide as the view says; the picture is square, one line of name below it."""

    def __init__(self, view: QtWidgets.QListView) -> None:
        super().__init__(view)
        self._view = view
        self._scaled = tiles.Scaled()

    @staticmethod
    def name_font(base: QtGui.QFont) -> QtGui.QFont:
        """A little smaller than the panel's."""
        font = QtGui.QFont(base)
        if base.pointSizeF() > 0:
            font.setPointSizeF(max(6.5, base.pointSizeF() * 0.85))
        else:
            font.setPixelSize(max(9, round(base.pixelSize() * 0.85)))
        return font

    def name_height(self) -> int:
        return QtGui.QFontMetrics(self.name_font(self._view.font())).height() + 2

    def cell_size(self, width: int) -> QtCore.QSize:
        """Of a cell of this width."""
        return QtCore.QSize(width, width + self.name_height())

    def picture_rect(self, cell: QtCore.QRect) -> QtCore.QRect:
        side = cell.width() - 2 * PAD
        return QtCore.QRect(cell.x() + PAD, cell.y() + PAD, side, side)

    def badge_rect(self, cell: QtCore.QRect) -> QtCore.QRect:
        picture = self.picture_rect(cell)
        x = picture.right() - tiles.BADGE - 2
        if self._view.layoutDirection() == QtCore.Qt.LayoutDirection.RightToLeft:
            x = picture.left() + 3
        return QtCore.QRect(x, picture.y() + 3, tiles.BADGE, tiles.BADGE)

    def name_rect(self, cell: QtCore.QRect) -> QtCore.QRect:
        top = self.picture_rect(cell).bottom() + 4
        return QtCore.QRect(cell.x() + 3, top, cell.width() - 6, cell.bottom() - top + 1)

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> QtCore.QSize:  # noqa: N802
        return self._view.gridSize()

    def paint(
        self, painter: QtGui.QPainter | None, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex
    ) -> None:
        if painter is None:
            return
        colors = theme(option.palette)
        cell = option.rect
        box = self.picture_rect(cell)
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
            several = getattr(self._view, "several", False)
            tiles.paint_badge(
                painter, QtCore.QRectF(self.badge_rect(cell)), colors, order if several else 0, on=enabled
            )
        painter.setFont(self.name_font(self._view.font()))
        painter.setPen(colors.text if enabled else colors.dim)
        name = self.name_rect(cell)
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
            place = self.name_rect(option.rect).adjusted(-3, -3, 3, 0)
            height = max(place.height(), editor.sizeHint().height())
            editor.setFont(self.name_font(self._view.font()))
            editor.setGeometry(place.x(), option.rect.bottom() + 1 - height, place.width(), height)
