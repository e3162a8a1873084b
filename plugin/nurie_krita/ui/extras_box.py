# SPDX-License-Identifier: GPL-3.0-or-later
"""The optional parts of the engine as switches, each with its size and what it is good for."""

from __future__ import annotations

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.setup import Extra
from nurie_krita.ui.setup_words import size_words
from nurie_krita.ui.theme import theme

__all__ = ["ExtrasBox"]


class ExtrasBox(QtWidgets.QWidget):
    """``toggled``: the artist chose; ``chosen`` then names what is switched on."""

    toggled = Signal()

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.switches: dict[str, QtWidgets.QCheckBox] = {}
        self._gains: list[QtWidgets.QLabel] = []
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._shown: tuple[Extra, ...] = ()

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset(name for name, switch in self.switches.items() if switch.isChecked())

    def show_extras(self, extras: tuple[Extra, ...], chosen: frozenset[str] | None = None) -> None:
        """chosen: None for what is installed or suits the computer."""
        if extras != self._shown:
            self._build(extras)
        for extra in extras:
            switch = self.switches[extra.name]
            switch.blockSignals(True)
            switch.setChecked(extra.on if chosen is None else extra.name in chosen)
            switch.blockSignals(False)

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return tuple(self.switches.values())

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802
        if event is not None and event.type() == QtCore.QEvent.Type.PaletteChange and hasattr(self, "_gains"):
            self._dim()
        super().changeEvent(event)

    def _build(self, extras: tuple[Extra, ...]) -> None:
        for widget in (*self.switches.values(), *self._gains):
            self._column.removeWidget(widget)
            widget.deleteLater()
        self.switches, self._gains, self._shown = {}, [], extras
        for extra in extras:
            switch = QtWidgets.QCheckBox(f"{extra.title} · {size_words(extra.download_bytes)}".replace("&", "&&"), self)
            switch.setObjectName(f"nurie_extra_{extra.name}")
            switch.setToolTip(extra.gain)
            switch.setAccessibleName(extra.title)
            switch.setAccessibleDescription(
                tr("{gain}, {size} to download", gain=extra.gain.rstrip("."), size=size_words(extra.download_bytes))
            )
            switch.toggled.connect(self.toggled)
            gain = QtWidgets.QLabel(extra.gain, self)
            gain.setWordWrap(True)
            gain.setTextFormat(QtCore.Qt.TextFormat.PlainText)
            gain.setContentsMargins(22, 0, 0, 6)
            self._column.addWidget(switch)
            self._column.addWidget(gain)
            self.switches[extra.name] = switch
            self._gains.append(gain)
        self._dim()

    def _dim(self) -> None:
        palette = QtGui.QPalette(self.palette())
        palette.setColor(QtGui.QPalette.ColorRole.WindowText, theme(palette).dim)
        for gain in self._gains:
            gain.setPalette(palette)
