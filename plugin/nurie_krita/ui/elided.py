# SPDX-License-Identifier: GPL-3.0-or-later
"""A label and a box of choices that shorten their text instead of widening the docker."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui.theme import theme

__all__ = ["ElidedBox", "ElidedLabel"]


class ElidedLabel(QtWidgets.QWidget):
    """Text in one line, with an ellipsis where there is no room; then the whole text is the tooltip, if it has none."""

    def __init__(self, parent: QtWidgets.QWidget | None = None, text: str = "", *, dim: bool = False) -> None:
        super().__init__(parent)
        self._text = text
        self._shorter: tuple[str, ...] = ()
        self.dim = dim
        self.elide = QtCore.Qt.TextElideMode.ElideRight
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def text(self) -> str:
        return self._text

    def setText(self, text: str, *shorter: str) -> None:  # noqa: N802 - as QLabel names it
        """``shorter``: wordings to take instead where there is no room, the first that fits."""
        if (text, *shorter) != (self._text, *self._shorter):
            self._text, self._shorter = text, shorter
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def shown(self) -> str:
        """What is seen of it now."""
        metrics, wordings = self.fontMetrics(), (self._text, *self._shorter)
        fitting = (words for words in wordings if metrics.horizontalAdvance(words) <= self.width())
        return next(fitting, metrics.elidedText(wordings[-1], self.elide, self.width()))

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(self.fontMetrics().horizontalAdvance(self._text) + 1, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(0, self.sizeHint().height())

    def event(self, event: QtCore.QEvent | None) -> bool:
        if (
            event is not None
            and event.type() == QtCore.QEvent.Type.ToolTip
            and not self.toolTip()
            and self.shown() != self._text
        ):
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
        painter.drawText(self.rect(), align, self.shown())
        painter.end()


class ElidedBox(QtWidgets.QComboBox):
    """A combo box with an ellipsis in its closed form, where Qt cuts letters in two."""

    def __init__(self, parent: QtWidgets.QWidget | None = None, *, least: int = 6) -> None:
        """``least``: letters for which there is always room."""
        super().__init__(parent)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(least)
        view = self.view()
        if view is not None:
            view.setTextElideMode(QtCore.Qt.TextElideMode.ElideMiddle)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionComboBox()
        self.initStyleOption(option)
        style = self.style()
        if style is not None:
            part = QtWidgets.QStyle.SubControl.SC_ComboBoxEditField
            field = style.subControlRect(QtWidgets.QStyle.ComplexControl.CC_ComboBox, option, part, self)
            elide = QtCore.Qt.TextElideMode.ElideRight
            option.currentText = self.fontMetrics().elidedText(option.currentText, elide, field.width() - 4)
        painter.drawComplexControl(QtWidgets.QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_ComboBoxLabel, option)
