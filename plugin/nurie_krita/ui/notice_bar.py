# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence, what to do next, and at most one button; never a dialog box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.ui import glyphs
from nurie_krita.ui.flat_button import FlatButton
from nurie_krita.ui.theme import mix, theme

if TYPE_CHECKING:
    from nurie_krita.state import Notice
    from nurie_krita.ui.theme import Theme

__all__ = ["NoticeBar"]

_RADIUS = 4
_GLYPHS = {"error": "warning", "warning": "warning", "info": "info"}


def _tint(colors: Theme, level: str) -> QtGui.QColor:
    return {"error": colors.negative, "warning": colors.warning}.get(level, colors.accent)


class NoticeBar(QtWidgets.QWidget):
    """Hidden without a notice. ``acted`` carries the notice's action id; ``dismissed``: the cross was pressed."""

    acted = Signal(str)
    dismissed = Signal()

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice: Notice | None = None
        self.text = QtWidgets.QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.advice = QtWidgets.QLabel(self)
        self.advice.setWordWrap(True)
        self.advice.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.button = QtWidgets.QPushButton(self)
        self.button.setObjectName("nurie_notice_action")
        self.button.clicked.connect(self._act)
        self.cross = FlatButton("close", self)
        self.cross.setObjectName("nurie_notice_close")
        self.cross.clicked.connect(self.dismissed)
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(34, 7, 4, 8)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.text, 0, 0)
        grid.addWidget(self.cross, 0, 1, QtCore.Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.advice, 1, 0, 1, 2)
        grid.addWidget(self.button, 2, 0, 1, 2, QtCore.Qt.AlignmentFlag.AlignLeading)
        grid.setColumnStretch(0, 1)
        self.show_notice(None)

    def show_notice(self, notice: Notice | None) -> None:
        self._notice = notice
        self.setVisible(notice is not None)
        if notice is None:
            return
        self.text.setText(notice.text)
        self.advice.setText(notice.advice)
        self.advice.setVisible(bool(notice.advice))
        self.button.setText(notice.action or "")
        self.button.setVisible(bool(notice.action and notice.action_id))
        self.cross.explain(tr("Close this message"))
        self.setAccessibleName(notice.text)
        self.setAccessibleDescription(notice.advice)
        self.updateGeometry()
        self.update()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.button,
            self.cross,
        )

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        if self._notice is None:
            return
        colors = theme(self.palette())
        tint = _tint(colors, self._notice.level)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        box = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QtGui.QPen(mix(colors.window, tint, 0.45), 1))
        painter.setBrush(mix(colors.window, tint, 0.12))
        painter.drawRoundedRect(box, _RADIUS, _RADIUS)
        spot = QtCore.QRectF(9, 9, 16, 16)
        if self.layoutDirection() == QtCore.Qt.LayoutDirection.RightToLeft:
            spot.moveLeft(self.width() - 25)
        glyphs.paint(painter, _GLYPHS.get(self._notice.level, "info"), spot, tint)
        painter.end()

    def _act(self) -> None:
        if self._notice is not None and self._notice.action_id:
            self.acted.emit(self._notice.action_id)
