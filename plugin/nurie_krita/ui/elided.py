# SPDX-License-Identifier: GPL-3.0-or-later
"""A one-line label that shortens its text instead of widening the docker."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui.theme import theme

__all__ = ["ElidedLabel"]


class ElidedLabel(QtWidgets.QWidget):
    """Text in one line, with an ellipsis where there is no room; then the whole text is the tooltip, if it has none."""

    def __init__(self, parent: QtWidgets.QWidget | None = None, text: str = "", *, dim: bool = False) -> None:
        super().__init__(parent)
        self._text = text
        self.dim = dim
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:  # noqa: N802 - as QLabel names it
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    @property
    def shortened(self) -> bool:
        """Whether not all of the text is seen."""
        return self.fontMetrics().horizontalAdvance(self._text) > self.width()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(self.fontMetrics().horizontalAdvance(self._text) + 1, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(0, self.sizeHint().height())

    def event(self, event: QtCore.QEvent | None) -> bool:
        if event is not None and event.type() == QtCore.QEvent.Type.ToolTip and not self.toolTip() and self.shortened:
            where = getattr(event, "globalPos", QtGui.QCursor.pos)()
            QtWidgets.QToolTip.showText(where, self._text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        painter.setPen(colors.dim if self.dim else colors.text)
        side = QtCore.Qt.AlignmentFlag.AlignLeading | QtCore.Qt.AlignmentFlag.AlignVCenter
        align = QtWidgets.QStyle.visualAlignment(self.layoutDirection(), side)
        text = self.fontMetrics().elidedText(self._text, QtCore.Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), align, text)
        painter.end()
