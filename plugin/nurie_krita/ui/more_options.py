# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings most drawings never need: following the reference, seed, style, size, and what happens afterwards."""

from __future__ import annotations

from nurie_krita.forms import FORMS, MASK, style_of
from nurie_krita.host import PLACEMENTS
from nurie_krita.i18n import tr
from nurie_krita.options import GUIDANCE, SEEDS, STYLES, WORKING_SIZES, Options
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui.elided import ElidedBox, ElidedLabel
from nurie_krita.ui.flat_button import FlatButton
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.words import form_words, placement_words, style_words, working_size_words

__all__ = ["MoreOptions"]

_SCALE = 10
"""Slider positions for one unit of guidance."""

_NEUTRAL = 1.0


class MoreOptions(QtWidgets.QWidget):
    """Binds to ``Options``."""

    def __init__(self, options: Options, keys: Keys, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self._keys = keys
        self._labels: dict[str, ElidedLabel] = {}
        self.form = QtWidgets.QGridLayout(self)
        self.form.setContentsMargins(0, 2, 0, 4)
        self.form.setHorizontalSpacing(8)
        self.form.setVerticalSpacing(6)
        self.form.setColumnStretch(1, 1)
        self._build_guidance()
        self._build_seed()
        self.style_box = self._combo("style", (None, *STYLES))
        self.size_box = self._combo("working_size", WORKING_SIZES)
        self.form_box = self._combo("form", FORMS)
        self.placement_box = self._combo("placement", PLACEMENTS)
        self.preview = self._check("live_preview")
        self.auto_apply = self._check("auto_apply")
        options.changed.connect(self._follow)
        self.retranslate()
        for name in (
            "guidance",
            "seed",
            "keep_seed",
            "style",
            "working_size",
            "form",
            "placement",
            "live_preview",
            "auto_apply",
        ):
            self._follow(name)

    def _build_guidance(self) -> None:
        low, high = GUIDANCE
        self.guidance_slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self)
        self.guidance_slider.setRange(round(low * _SCALE), round(high * _SCALE))
        self.guidance_slider.valueChanged.connect(lambda place: self._options.set(guidance=place / _SCALE))
        self.guidance = QtWidgets.QDoubleSpinBox(self)
        self.guidance.setObjectName("nurie_guidance")
        self.guidance.setDecimals(1)
        self.guidance.setSingleStep(1 / _SCALE)
        self.guidance.setRange(low - 1 / _SCALE, high)  # the lowest place reads "auto"
        self.guidance.setKeyboardTracking(False)
        self.guidance.valueChanged.connect(
            lambda value: self._options.set(guidance=None if value < low - 0.5 / _SCALE else value)
        )
        self._row("guidance", self.guidance_slider, self.guidance)

    def _build_seed(self) -> None:
        self.seed = QtWidgets.QSpinBox(self)
        self.seed.setObjectName("nurie_seed")
        self.seed.setRange(*SEEDS)
        self.seed.setButtonSymbols(QtWidgets.QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.seed.setKeyboardTracking(False)
        self.seed.setMinimumWidth(48)
        self.seed.valueChanged.connect(lambda seed: self._options.set(seed=seed))
        self.dice = FlatButton("dice", self)
        self.dice.setObjectName("nurie_dice")
        self.dice.clicked.connect(lambda _checked=False: self._options.roll_seed())
        self.keep_seed = QtWidgets.QCheckBox(self)
        self.keep_seed.setObjectName("nurie_keep_seed")
        self.keep_seed.toggled.connect(lambda on: self._options.set(keep_seed=on))
        self._row("seed", self.seed, self.dice, self.keep_seed)

    def _row(self, name: str, first: QtWidgets.QWidget, *rest: QtWidgets.QWidget) -> None:
        label = ElidedLabel(self)  # gives way first where the docker is narrow
        label.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)
        self._labels[name] = label
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(first, 1)
        for widget in rest:
            row.addWidget(widget)
        at = self.form.rowCount()
        self.form.addWidget(label, at, 0)
        self.form.addLayout(row, at, 1)

    def _combo(self, name: str, values: tuple[object, ...]) -> QtWidgets.QComboBox:
        box = ElidedBox(self)
        box.setObjectName(f"nurie_{name}")
        for value in values:
            box.addItem("", value)
        box.activated.connect(lambda place: self._options.set(**{name: values[place]}))
        self._row(name, box)
        return box

    def _check(self, name: str) -> QtWidgets.QCheckBox:
        box = QtWidgets.QCheckBox(self)
        box.setObjectName(f"nurie_{name}")
        box.toggled.connect(lambda on: self._options.set(**{name: on}))
        self.form.addWidget(box, self.form.rowCount(), 0, 1, 2)
        return box

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.guidance_slider,
            self.guidance,
            self.seed,
            self.dice,
            self.keep_seed,
            self.style_box,
            self.size_box,
            self.form_box,
            self.placement_box,
            self.preview,
            self.auto_apply,
        )

    def retranslate(self) -> None:
        words = {
            "guidance": (
                tr("Follow reference"),
                tr("How closely the reference's colors are followed; auto is the model's own"),
            ),
            "seed": (tr("Seed"), tr("The same seed gives the same colors again")),
            "style": (tr("Style"), tr("How the colors are laid on")),
            "working_size": (tr("Working size"), tr("How much of the drawing's own size the engine works at")),
            "form": (
                tr("Result as"),
                tr("What the colors become in the document; some results have a style of their own"),
            ),
            "placement": (tr("Colors go"), tr("Where the new layer goes")),
        }
        fields = {
            "guidance": self.guidance,
            "seed": self.seed,
            "style": self.style_box,
            "working_size": self.size_box,
            "form": self.form_box,
            "placement": self.placement_box,
        }
        for name, (text, tip) in words.items():
            self._labels[name].setText(text)
            for widget in (self._labels[name], fields[name]):
                widget.setToolTip(tip)
            fields[name].setAccessibleName(text)
            fields[name].setAccessibleDescription(tip)
        self.guidance_slider.setToolTip(words["guidance"][1])
        self.guidance_slider.setAccessibleName(words["guidance"][0])
        self.guidance.setSpecialValueText(tr("auto"))
        self.dice.explain(tr("Another seed"), self._keys.hint(tr("Another seed"), "nurie_dice"))
        self.keep_seed.setText(tr("Keep"))
        self.keep_seed.setToolTip(tr("Use this seed again instead of a new one each time"))
        self.preview.setText(tr("Show the colors as they appear"))
        self.preview.setToolTip(tr("A preview over the canvas; your layers are not touched"))
        self.auto_apply.setText(tr("Add the layer when finished"))
        self.auto_apply.setToolTip(tr("One undo step. When off, choose among the results and apply one"))
        worded = (
            (self.style_box, style_words),
            (self.size_box, working_size_words),
            (self.form_box, form_words),
            (self.placement_box, placement_words),
        )
        for box, words_of in worded:
            for place in range(box.count()):
                box.setItemText(place, words_of(box.itemData(place)))

    def show_masks(self, possible: bool) -> None:
        """Whether this Krita can make a Colorize Mask; where not, it cannot be chosen, and the entry says why."""
        place = self.form_box.findData(MASK)
        model = self.form_box.model()
        item = model.item(place) if isinstance(model, QtGui.QStandardItemModel) else None
        if item is not None:
            item.setEnabled(possible)
            item.setToolTip("" if possible else tr("Needs Krita 5.2 or newer"))

    def _bar(self) -> None:
        """What the form leaves no choice of."""
        form = self._options.values.form
        self.style_box.setEnabled(len({style_of(form, style) for style in STYLES}) > 1)
        self.placement_box.setEnabled(form != MASK)

    def _follow(self, name: str) -> None:
        values = self._options.values
        if name == "guidance":
            value = values.guidance
            _put(self.guidance_slider, round((_NEUTRAL if value is None else value) * _SCALE))
            _put(self.guidance, self.guidance.minimum() if value is None else value)
        elif name == "seed":
            _put(self.seed, values.seed)
        boxes = {
            "style": self.style_box,
            "working_size": self.size_box,
            "form": self.form_box,
            "placement": self.placement_box,
        }
        if name in boxes:
            box = boxes[name]
            wanted = getattr(values, name)
            places = [place for place in range(box.count()) if box.itemData(place) == wanted]
            box.setCurrentIndex(places[0] if places else 0)
        if name == "form":
            self._bar()
        checks = {"keep_seed": self.keep_seed, "live_preview": self.preview, "auto_apply": self.auto_apply}
        if name in checks:
            checks[name].setChecked(getattr(values, name))


def _put(widget: QtWidgets.QSlider | QtWidgets.QSpinBox | QtWidgets.QDoubleSpinBox, value: float) -> None:
    """Show a value without telling it back."""
    blocker = QtCore.QSignalBlocker(widget)
    if isinstance(widget, QtWidgets.QDoubleSpinBox):
        widget.setValue(value)
    else:
        widget.setValue(round(value))
    blocker.unblock()
