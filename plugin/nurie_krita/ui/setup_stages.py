# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of an installation, one line each: done, going on, still to come."""

from __future__ import annotations

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.setup.state import STAGES, SetupState
from nurie_krita.ui import glyphs
from nurie_krita.ui.setup_words import stage_words
from nurie_krita.ui.theme import theme

__all__ = ["StageList"]

_SHOWN = STAGES[1:]
_MARK = 14
_GAP = 8


class StageList(QtWidgets.QWidget):
    """Painted; its accessible description says where it is."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = -1
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)

    def show_state(self, state: SetupState) -> None:
        at = _SHOWN.index(state.stage) if state.stage in _SHOWN else -1
        words = stage_words(state.stage) if at >= 0 else ""
        self.setAccessibleName(tr("Step {step} of {steps}", step=at + 1, steps=len(_SHOWN)) if at >= 0 else "")
        self.setAccessibleDescription(words)
        if at != self._at:
            self._at = at
            self.update()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(200, self._line() * len(_SHOWN))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(80, self.sizeHint().height())

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors, line = theme(self.palette()), self._line()
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        side = QtCore.Qt.AlignmentFlag.AlignLeading | QtCore.Qt.AlignmentFlag.AlignVCenter
        align = QtWidgets.QStyle.visualAlignment(self.layoutDirection(), side)
        for place, stage in enumerate(_SHOWN):
            row = QtCore.QRect(0, place * line, self.width(), line)
            mark = QtCore.QRect(0, row.y() + (line - _MARK) // 2, _MARK, _MARK)
            mark = QtWidgets.QStyle.visualRect(self.layoutDirection(), row, mark)
            text = row.adjusted(_MARK + _GAP, 0, 0, 0)
            text = QtWidgets.QStyle.visualRect(self.layoutDirection(), row, text)
            now = place == self._at
            font = painter.font()
            font.setBold(now)
            painter.setFont(font)
            if place < self._at:
                glyphs.paint(painter, "check", QtCore.QRectF(mark), colors.positive)
            else:
                painter.setPen(QtGui.QPen(colors.ring if now else colors.faint, 1.4))
                painter.setBrush(colors.ring if now else QtCore.Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QtCore.QRectF(mark).adjusted(3.5, 3.5, -3.5, -3.5))
            painter.setPen(colors.text if now else colors.dim)
            words = painter.fontMetrics().elidedText(
                stage_words(stage), QtCore.Qt.TextElideMode.ElideRight, text.width()
            )
            painter.drawText(text, align, words)
        painter.end()

    def _line(self) -> int:
        return self.fontMetrics().height() + 8
