# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of choices of which at most one is chosen: Draft, Good, Best."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.ui.theme import mix, theme

__all__ = ["Segments"]

_RADIUS = 4


class _Segment(QtWidgets.QAbstractButton):
    def __init__(self, parent: QtWidgets.QWidget, key: str) -> None:
        super().__init__(parent)
        self.key = key
        self.first = self.last = False
        self.setCheckable(True)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(self.fontMetrics().horizontalAdvance(self.text()) + 18, self.fontMetrics().height() + 10)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(36, self.sizeHint().height())

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        fill, ink = mix(colors.window, colors.text, 0.06), colors.text
        if self.isChecked():
            fill, ink = colors.accent, colors.on_accent
        elif self.underMouse() and self.isEnabled():
            fill = mix(fill, colors.text, 0.08)
        if not self.isEnabled():
            fill, ink = mix(fill, colors.window, 0.5), colors.faint
        left, right = self.first, self.last
        if self.layoutDirection() == QtCore.Qt.LayoutDirection.RightToLeft:
            left, right = right, left
        box = QtCore.QRectF(self.rect())
        # The ends reach out of the widget where they touch a neighbour, so only the outer corners are round.
        shape = box.adjusted(0 if left else -8, 0, 0 if right else 8, 0)
        painter.setClipRect(self.rect())
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(shape, _RADIUS, _RADIUS)
        if not self.isChecked():
            painter.setPen(QtGui.QPen(colors.line, 1))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(shape.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        if self.hasFocus():
            painter.setPen(QtGui.QPen(mix(ink, fill, 0.3), 1))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(2.5, 2.5, -2.5, -2.5), 2.5, 2.5)
        painter.setPen(ink)
        text = self.fontMetrics().elidedText(self.text(), QtCore.Qt.TextElideMode.ElideRight, self.width() - 8)
        painter.drawText(self.rect(), QtCore.Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class Segments(QtWidgets.QWidget):
    """``chosen`` carries the key that the artist chose; ``choose(None)`` shows that none of them holds."""

    chosen = Signal(str)

    def __init__(self, keys: tuple[str, ...], parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QtWidgets.QButtonGroup(self)
        self.buttons = {key: _Segment(self, key) for key in keys}
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for key, button in self.buttons.items():
            button.first, button.last = key == keys[0], key == keys[-1]
            button.setObjectName(f"nurie_{key}")
            self._group.addButton(button)
            row.addWidget(button)
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
        self._group.setExclusive(True)

    def label(self, key: str, text: str, tip: str) -> None:
        button = self.buttons[key]
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setAccessibleDescription(tip)
        button.updateGeometry()

    def choose(self, key: str | None) -> None:
        self._group.setExclusive(False)
        for name, button in self.buttons.items():
            button.setChecked(name == key)
        self._group.setExclusive(True)
