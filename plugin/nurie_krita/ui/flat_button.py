# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's quiet buttons: a pictogram, a word or both, with a surface only under the mouse or the focus."""

from __future__ import annotations

from collections.abc import Callable

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui.glyphs import glyph as icon_of
from nurie_krita.ui.theme import mix, theme

__all__ = ["FlatButton", "MenuButton"]

_PAD = 5
_ICON = 16
_GAP = 4
_ARROW = 11


class FlatButton(QtWidgets.QAbstractButton):
    """``glyph``: one of ``glyphs.GLYPHS``, empty for none. The text is shortened where there is no room."""

    def __init__(
        self,
        glyph: str = "",
        parent: QtWidgets.QWidget | None = None,
        *,
        arrow: bool = False,
    ) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self._arrow = _ARROW if arrow else 0
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)

    def set_glyph(self, name: str) -> None:
        self._glyph = name
        self.update()

    def explain(self, name: str, tip: str = "") -> None:
        """What it is called for those who do not see it, and its tooltip."""
        self.setAccessibleName(name)
        self.setToolTip(tip or name)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        text = self.fontMetrics().horizontalAdvance(self.text()) + 1 if self.text() else 0
        icon = _ICON + (_GAP if text else 0) if self._glyph else 0
        return QtCore.QSize(text + icon + self._arrow + 2 * _PAD, max(26, self.fontMetrics().height() + 10))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(min(self.sizeHint().width(), 56), self.sizeHint().height())

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        keys = QtCore.Qt.Key
        opens = (keys.Key_Return, keys.Key_Enter, *([keys.Key_Down] if self._arrow else []))
        if event is not None and event.key() in opens:
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        lit = (self.underMouse() or self.isDown() or self.isChecked()) and self.isEnabled()
        if lit or self.hasFocus():
            painter.setPen(QtGui.QPen(colors.faint if self.hasFocus() else colors.line, 1))
            ground = mix(colors.window, colors.text, 0.16 if self.isDown() or self.isChecked() else 0.08)
            painter.setBrush(ground if lit else QtCore.Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5)
        inner = self.rect().adjusted(_PAD, 0, -_PAD, 0)
        if self._glyph:
            self._draw(painter, self._glyph, QtCore.QRect(inner.x(), inner.y(), _ICON, inner.height()), inner, _ICON)
        if self._arrow:
            place = QtCore.QRect(inner.right() + 1 - _ARROW, inner.y(), _ARROW, inner.height())
            self._draw(painter, "chevron-down", place, inner, _ARROW)
        if self.text():
            left = _ICON + _GAP if self._glyph else 0
            box = QtWidgets.QStyle.visualRect(self.layoutDirection(), inner, inner.adjusted(left, 0, -self._arrow, 0))
            painter.setPen(colors.text if self.isEnabled() else colors.faint)
            text = self.fontMetrics().elidedText(self.text(), QtCore.Qt.TextElideMode.ElideRight, box.width())
            side = QtCore.Qt.AlignmentFlag.AlignLeading | QtCore.Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, QtWidgets.QStyle.visualAlignment(self.layoutDirection(), side), text)
        painter.end()

    def _draw(self, painter: QtGui.QPainter, name: str, place: QtCore.QRect, inner: QtCore.QRect, size: int) -> None:
        place = QtWidgets.QStyle.visualRect(self.layoutDirection(), inner, place)
        mode = QtGui.QIcon.Mode.Normal if self.isEnabled() else QtGui.QIcon.Mode.Disabled
        icon = icon_of(name, self.palette())
        square = QtCore.QRect(0, 0, size, size)
        square.moveCenter(place.center())
        icon.paint(painter, square, QtCore.Qt.AlignmentFlag.AlignCenter, mode)


class MenuButton(FlatButton):
    """With a menu that ``fill`` fills each time before it opens."""

    def __init__(
        self,
        fill: Callable[[QtWidgets.QMenu], None],
        glyph: str = "",
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(glyph, parent, arrow=True)
        self._fill = fill
        self.menu = QtWidgets.QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.clicked.connect(self.open_menu)

    def open_menu(self) -> None:
        """Below the button, its trailing edges together."""
        self.refill()
        at = self.rect().bottomLeft()
        if not self.isRightToLeft():
            at.setX(self.width() - self.menu.sizeHint().width())
        self.menu.popup(self.mapToGlobal(at))

    def refill(self) -> None:
        self.menu.clear()
        self._fill(self.menu)
