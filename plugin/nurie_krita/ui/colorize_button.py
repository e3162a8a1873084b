# SPDX-License-Identifier: GPL-3.0-or-later
"""The one button that matters: Colorize, and while it works Cancel, with a word for what goes on and a thin bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtWidgets, Signal
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.face_button import FaceButton
from nurie_krita.ui.flat_button import FlatButton
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.thin_bar import ThinBar
from nurie_krita.ui.words import phase_words, time_left

if TYPE_CHECKING:
    from nurie_krita.state import Activity

__all__ = ["ColorizeButton"]


class ColorizeButton(QtWidgets.QWidget):
    """Colorize with its menu beside it, the bar, and a line that says how long it will take.

    ``menu`` fills the arrow's menu each time it opens.
    """

    colorize = Signal()
    cancel = Signal()
    pause = Signal(bool)

    def __init__(self, keys: Keys, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = keys
        self._activity: Activity | None = None
        self._reason = ""
        self.menu = QtWidgets.QMenu(self)
        self.main = FaceButton(self, split=True)
        self.main.setObjectName("nurie_colorize")
        bold = self.main.font()
        bold.setBold(True)
        self.main.setFont(bold)
        self.main.clicked.connect(self._pressed)
        self.arrow = FaceButton(self, arrow=True)
        self.arrow.setObjectName("nurie_colorize_menu")
        self.arrow.clicked.connect(self.open_menu)
        self.bar = ThinBar(self)
        self.pause_button = FlatButton("pause", self)
        self.pause_button.setObjectName("nurie_pause")
        self.pause_button.setCheckable(True)
        self.pause_button.toggled.connect(self._paused)
        self.detail = ElidedLabel(self, dim=True)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(1)
        row.addWidget(self.main, 1)
        row.addWidget(self.arrow)
        below = QtWidgets.QHBoxLayout()
        below.setSpacing(4)
        below.addWidget(self.detail, 1)
        below.addWidget(self.pause_button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.bar)
        column.addLayout(below)
        self.retranslate()
        self.show_activity(None)

    @property
    def busy(self) -> bool:
        return self._activity is not None and self._activity.phase != "idle"

    def set_possible(self, reason: str) -> None:
        """Enable the button, or say why it cannot be pressed now."""
        self._reason = reason
        self._refresh()

    def show_activity(self, activity: Activity | None) -> None:
        self._activity = activity
        self._refresh()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.main,
            self.arrow,
            self.pause_button,
        )

    def retranslate(self) -> None:
        self.arrow.glyph = "chevron-down"
        self.arrow.setToolTip(tr("Where the colors go, animation frames, all open drawings"))
        self.arrow.setAccessibleName(tr("More ways to colorize"))
        self._refresh()

    def open_menu(self) -> None:
        corner = self.rect().bottomLeft() if self.isRightToLeft() else self.arrow.geometry().bottomRight()
        at = self.mapToGlobal(QtCore.QPoint(corner.x(), self.main.geometry().bottom() + 2))
        if not self.isRightToLeft():
            at.setX(at.x() - self.menu.sizeHint().width())
        self.menu.popup(at)

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802
        if event is not None and event.type() == QtCore.QEvent.Type.PaletteChange and hasattr(self, "detail"):
            self._refresh()
        super().changeEvent(event)

    def _pressed(self) -> None:
        (self.cancel if self.busy else self.colorize).emit()

    def _paused(self, paused: bool) -> None:
        self._refresh()
        self.pause.emit(paused)

    def _refresh(self) -> None:
        activity = self._activity if self.busy else None
        self.main.primary = activity is None
        self.main.setEnabled(activity is not None or not self._reason)
        self.arrow.primary = self.main.primary and self.main.isEnabled()
        self.arrow.setEnabled(activity is None)
        self.arrow.setVisible(activity is None)
        several = activity is not None and activity.items > 1
        self.pause_button.setVisible(several)
        if not several and self.pause_button.isChecked():
            self.pause_button.blockSignals(True)
            self.pause_button.setChecked(False)
            self.pause_button.blockSignals(False)
        if activity is None:
            self.main.setText(tr("Colorize"))
            hint = self._keys.hint(tr("Color the line art after the references in use"), "nurie_colorize")
            self.main.setToolTip(self._reason or hint)
            self.bar.rest()
            self.detail.setText("")
            self.detail.hide()
        else:
            self.main.setText(tr("Cancel · {what}", what=phase_words(activity)))
            self.main.setToolTip(self._keys.hint(tr("Stop; the drawing stays as it is"), "nurie_cancel"))
            self.bar.show_share(
                activity.step / activity.steps if activity.phase == "running" and activity.steps else None
            )
            if activity.phase == "finishing":
                self.bar.show_share(1.0)
            self._show_detail(activity, several)
        self.main.setAccessibleName(self.main.text())
        self.main.setAccessibleDescription(self.main.toolTip())
        self.main.update()
        self.arrow.update()

    def _show_detail(self, activity: Activity, several: bool) -> None:
        parts = [tr("Picture {item} of {items}", item=activity.item, items=activity.items)] if several else []
        if self.pause_button.isChecked():
            parts.append(tr("paused after this one"))
        elif activity.seconds_left is not None:
            parts.append(time_left(activity.seconds_left))
        self.detail.setText(" · ".join(parts))
        self.detail.setVisible(bool(parts))
        paused = self.pause_button.isChecked()
        self.pause_button.set_glyph("play" if paused else "pause")
        self.pause_button.explain(tr("Go on") if paused else tr("Pause after this picture"))
