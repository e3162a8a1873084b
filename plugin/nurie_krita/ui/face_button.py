# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons that matter, alone or as the two parts of a split button."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui import glyphs
from nurie_krita.ui.theme import mix, theme

__all__ = ["FaceButton"]

_HEIGHT = 34
_ARROW_WIDTH = 26
_RADIUS = 4


class FaceButton(QtWidgets.QAbstractButton):
    """Painted flat in the theme's colours. ``split``: the larger part of a split button, ``arrow``: its smaller one.

    primary: in the accent's colour. glyph: one of ``glyphs.GLYPHS`` in place of the text.
    """

    def __init__(self, parent: QtWidgets.QWidget, *, split: bool = False, arrow: bool = False) -> None:
        super().__init__(parent)
        self._split, self._arrow = split, arrow
        self.primary = True
        self.glyph = ""
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        width = self.fontMetrics().horizontalAdvance(self.text()) + 32 if not self._arrow else _ARROW_WIDTH
        return QtCore.QSize(width, max(_HEIGHT, self.fontMetrics().height() + 16))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(_ARROW_WIDTH if self._arrow else 96, self.sizeHint().height())

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        if event is not None and event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        fill, ink = (colors.accent, colors.on_accent) if self.primary else (colors.raised, colors.text)
        if not self.isEnabled():
            fill, ink = mix(colors.window, colors.text, 0.07), colors.faint
        elif self.isDown():
            fill = mix(fill, QtGui.QColor(0, 0, 0), 0.15)
        elif self.underMouse():
            fill = mix(fill, QtGui.QColor(255, 255, 255), 0.10)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        box = QtCore.QRectF(self.rect())
        path = self._shape(box)
        painter.drawPath(path)
        if not self.primary or not self.isEnabled():
            painter.setPen(QtGui.QPen(colors.line, 1))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawPath(self._shape(box.adjusted(0.5, 0.5, -0.5, -0.5)))
        if self.hasFocus():
            painter.setPen(QtGui.QPen(mix(ink, fill, 0.25), 1))
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(2.5, 2.5, -2.5, -2.5), _RADIUS - 1.5, _RADIUS - 1.5)
        if self.glyph:
            glyphs.paint(painter, self.glyph, QtCore.QRectF(box.center().x() - 8, box.center().y() - 8, 16, 16), ink)
        else:
            painter.setPen(ink)
            width = self.width() - 16
            text = self.fontMetrics().elidedText(self.text(), QtCore.Qt.TextElideMode.ElideRight, width)
            painter.drawText(self.rect(), QtCore.Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _shape(self, box: QtCore.QRectF) -> QtGui.QPainterPath:
        """Rounded on the outer sides only."""
        left = self._arrow == (self.layoutDirection() == QtCore.Qt.LayoutDirection.RightToLeft)
        path = QtGui.QPainterPath()
        path.addRoundedRect(box, _RADIUS, _RADIUS)
        if not self._split and not self._arrow:
            return path
        inner = QtGui.QPainterPath()
        half = box.width() / 2
        inner.addRect(box.adjusted(half, 0, 0, 0) if left else box.adjusted(0, 0, -half, 0))
        return path.united(inner)
