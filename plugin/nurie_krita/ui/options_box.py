# SPDX-License-Identifier: GPL-3.0-or-later
"""How good and how fast, in one row each; everything else folded away."""

from __future__ import annotations

from nurie_krita.i18n import tr
from nurie_krita.options import PRESETS, STEPS, Options
from nurie_krita.qt import QtCore, QtWidgets
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.fold import Fold
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.more_options import MoreOptions
from nurie_krita.ui.segments import Segments

__all__ = ["STOPS", "OptionsBox", "nearest_stop"]

STOPS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 25, 30, 40, 50)
"""Steps that the slider offers: what matters is fine, what hardly does is coarse. The number takes all of them."""


def nearest_stop(steps: int) -> int:
    """Place in ``STOPS`` of what comes closest."""
    return min(range(len(STOPS)), key=lambda place: abs(STOPS[place] - steps))


class OptionsBox(QtWidgets.QWidget):
    """Binds to ``Options``."""

    def __init__(self, options: Options, keys: Keys, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self.presets = Segments(tuple(PRESETS), self)
        self.presets.chosen.connect(options.set_preset)
        self.steps_label = QtWidgets.QLabel(self)
        self.slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self)
        self.slider.setObjectName("nurie_steps_slider")
        self.slider.setRange(0, len(STOPS) - 1)
        self.slider.setPageStep(2)
        self.slider.valueChanged.connect(lambda place: options.set(steps=STOPS[place]))
        self.number = QtWidgets.QSpinBox(self)
        self.number.setObjectName("nurie_steps")
        self.number.setRange(*STEPS)
        self.number.setKeyboardTracking(False)
        self.number.valueChanged.connect(lambda steps: options.set(steps=steps))
        self.steps_label.setBuddy(self.number)
        self.time = ElidedLabel(self, dim=True)
        self.time.setObjectName("nurie_time")
        self.time.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)
        self.more = MoreOptions(options, keys)
        self.fold = Fold(self.more, self)
        self.fold.setObjectName("nurie_more")
        first = QtWidgets.QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.presets, 1)
        second = QtWidgets.QHBoxLayout()
        second.setSpacing(6)
        second.addWidget(self.steps_label)
        second.addWidget(self.slider, 1)
        second.addWidget(self.number)
        second.addWidget(self.time)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.fold)
        options.changed.connect(self._follow)
        self.retranslate()
        self._follow("steps")
        self.show_time("")

    def show_time(self, text: str) -> None:
        """How long a coloring with these options takes, in words; empty while unknown."""
        self.time.setText(text)
        self.time.setVisible(bool(text))

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            *self.presets.buttons.values(),
            self.slider,
            self.number,
            self.fold.heading,
            *self.more.chain(),
        )

    def retranslate(self) -> None:
        tips = {"draft": tr("Draft"), "good": tr("Good"), "best": tr("Best")}
        for name, steps in PRESETS.items():
            tip = tr("One step: a first impression") if steps == 1 else tr("{steps} steps", steps=steps)
            self.presets.label(name, tips[name], tip)
        self.presets.setAccessibleName(tr("Quality"))
        self.steps_label.setText(tr("Steps"))
        tip = tr("Sampling steps: more take longer and settle finer details")
        for widget in (self.slider, self.number):
            widget.setToolTip(tip)
            widget.setAccessibleName(tr("Sampling steps"))
        self.time.setToolTip(tr("Measured on this computer"))
        self.fold.set_text(tr("More settings"))
        self.more.retranslate()

    def _follow(self, name: str) -> None:
        if name != "steps":
            return
        values = self._options.values
        for widget, value in ((self.slider, nearest_stop(values.steps)), (self.number, values.steps)):
            blocker = QtCore.QSignalBlocker(widget)
            widget.setValue(value)
            blocker.unblock()
        self.presets.choose(values.preset)
