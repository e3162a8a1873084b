# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line: whether the engine is ready, on which device, and that nothing leaves this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.flat_button import FlatButton
from nurie_krita.ui.theme import theme

if TYPE_CHECKING:
    from nurie_krita.state import Status

__all__ = ["StatusLine"]

_DOT = 7


class _Dot(QtWidgets.QWidget):
    """Filled while there is an engine, a ring while it is off; the words beside it say the same."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.level = "off"
        self.setFixedSize(_DOT + 3, _DOT + 3)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        found = {"ready": colors.positive, "busy": colors.accent, "problem": colors.negative}
        color = found.get(self.level, colors.faint)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(color, 1.4))
        painter.setBrush(color if self.level in found else QtCore.Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QtCore.QRectF(1.5, 1.5, _DOT, _DOT))
        painter.end()


class StatusLine(QtWidgets.QWidget):
    """A dot, words that are shortened where the docker is narrow, and the ways to licences and settings."""

    licence = Signal()
    settings = Signal()

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._status: Status | None = None
        self.dot = _Dot(self)
        self.label = ElidedLabel(self, dim=True)
        self.label.setObjectName("nurie_status")
        self.licence_button = self._button("nurie_licence", "info", self.licence)
        self.settings_button = self._button("nurie_settings", "gear", self.settings)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.dot)
        row.addWidget(self.label, 1)
        row.addWidget(self.licence_button)
        row.addWidget(self.settings_button)
        self.retranslate()

    def show_status(self, status: Status, *, remote: bool = False) -> None:
        """remote: drawings are sent to another computer, so the promise that nothing leaves this one is not made."""
        self._status = status
        where = tr("Drawings are sent to your own server") if remote else tr("Nothing is uploaded")
        text = status.text or tr("Idle")
        shown = [part for part in (text, status.device) if part]
        self.label.setText(
            " · ".join([*shown, where]), f"{text} · {where}", text if status.level == "problem" else where
        )
        promise = tr("Drawings are sent to the server named in the settings and nowhere else.")
        if not remote:
            promise = tr("Runs on this computer. Drawings and references are never uploaded.")
        self.label.setToolTip("\n".join([*shown, promise]))
        self.dot.level = status.level
        self.dot.update()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.licence_button,
            self.settings_button,
        )

    def retranslate(self) -> None:
        self.licence_button.explain(tr("Licences, and what the model was trained on"))
        self.settings_button.explain(tr("Settings of Nurie"))

    def _button(self, name: str, glyph: str, signal: QtCore.pyqtBoundSignal) -> FlatButton:
        button = FlatButton(glyph, self)
        button.setObjectName(name)
        button.clicked.connect(signal)
        return button
