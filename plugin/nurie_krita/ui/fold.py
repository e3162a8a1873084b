# SPDX-License-Identifier: GPL-3.0-or-later
"""A heading that folds what is below it away."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.ui import glyphs
from nurie_krita.ui.theme import mix, theme

__all__ = ["Fold"]


class _Heading(QtWidgets.QAbstractButton):
    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(self.fontMetrics().horizontalAdvance(self.text()) + 26, self.fontMetrics().height() + 8)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        keys = QtCore.Qt.Key
        if event is not None and event.key() in (keys.Key_Return, keys.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QtGui.QPen(colors.faint, 1))
            painter.drawRoundedRect(QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5)
        lit = self.underMouse() or self.hasFocus()
        ink = colors.text if lit else mix(colors.dim, colors.text, 0.4)
        rtl = self.layoutDirection() == QtCore.Qt.LayoutDirection.RightToLeft
        spot = QtCore.QRectF(self.width() - 17 if rtl else 1, self.height() / 2 - 7, 14, 14)
        if self.isChecked() or not rtl:
            glyphs.paint(painter, "chevron-down" if self.isChecked() else "chevron-right", spot, ink)
        else:
            painter.save()
            painter.translate(spot.center())
            painter.scale(-1, 1)
            glyphs.paint(painter, "chevron-right", QtCore.QRectF(-7, -7, 14, 14), ink)
            painter.restore()
        painter.setPen(ink)
        side = QtCore.Qt.AlignmentFlag.AlignLeading | QtCore.Qt.AlignmentFlag.AlignVCenter
        box = self.rect().adjusted(0, 0, -20, 0) if rtl else self.rect().adjusted(20, 0, 0, 0)
        painter.drawText(box, QtWidgets.QStyle.visualAlignment(self.layoutDirection(), side), self.text())
        painter.end()


class Fold(QtWidgets.QWidget):
    """Closed at first. ``toggled`` tells when it is opened or closed."""

    toggled = Signal(bool)

    def __init__(self, body: QtWidgets.QWidget, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = _Heading(self)
        self.body = body
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(body)
        body.hide()
        self.heading.toggled.connect(self._toggle)

    @property
    def open(self) -> bool:
        return self.heading.isChecked()

    def set_open(self, opened: bool) -> None:
        self.heading.setChecked(opened)

    def set_text(self, text: str) -> None:
        self.heading.setText(text)
        self.heading.setAccessibleName(text)
        self.heading.updateGeometry()

    def _toggle(self, opened: bool) -> None:
        self.body.setVisible(opened)
        self.toggled.emit(opened)
