# SPDX-License-Identifier: GPL-3.0-or-later
"""What few need to set up the engine: an offline folder, another package index, a proxy, optional parts."""

from __future__ import annotations

from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.settings import Settings
from nurie_krita.setup import Extra, SetupChoices
from nurie_krita.ui.extras_box import ExtrasBox
from nurie_krita.ui.flat_button import FlatButton
from nurie_krita.ui.prompts import ask_folder
from nurie_krita.ui.theme import theme

__all__ = ["SetupAdvanced", "choices_of"]


def choices_of(settings: Settings, extras: tuple[Extra, ...]) -> SetupChoices:
    """What the settings say; extras that are not offered any more are dropped."""
    values = settings.values
    offered = {extra.name for extra in extras}
    chosen = {extra.name for extra in extras if extra.on} if values.extras is None else set(values.extras)
    return SetupChoices(
        wheels=Path(values.wheels).expanduser() if values.wheels else None,
        index=values.package_index or None,
        proxy=values.proxy or None,
        extras=frozenset(chosen & offered),
    )


class SetupAdvanced(QtWidgets.QWidget):
    """Binds to ``Settings``; texts are taken when a field is left."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.wheels = self._field("nurie_setup_wheels")
        self.browse = FlatButton("file", self)
        self.browse.setObjectName("nurie_setup_browse")
        self.browse.clicked.connect(self._browse)
        self.index = self._field("nurie_setup_index")
        self.proxy = self._field("nurie_setup_proxy")
        self.extras = ExtrasBox(self)
        self.extras.toggled.connect(self._take_extras)
        self.labels = [QtWidgets.QLabel(self) for _ in range(4)]
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.wheels, 1)
        row.addWidget(self.browse)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for label, field in zip(self.labels, (self.extras, None, self.index, self.proxy), strict=True):
            label.setContentsMargins(0, 0 if label is self.labels[0] else 5, 0, 0)
            column.addWidget(label)
            if field is None:
                column.addLayout(row)
            else:
                column.addWidget(field)
        self.retranslate()
        self.refresh(())

    def refresh(self, extras: tuple[Extra, ...]) -> None:
        """Show what the settings say; a field that is being typed in is left alone."""
        values = self._settings.values
        for field, text in (
            (self.wheels, values.wheels),
            (self.index, values.package_index),
            (self.proxy, values.proxy),
        ):
            if not field.hasFocus() and field.text() != text:
                field.setText(text)
        self.labels[0].setVisible(bool(extras))
        self.extras.setVisible(bool(extras))
        self.extras.show_extras(extras, choices_of(self._settings, extras).extras)

    def take(self) -> None:
        """What is in the fields holds from now on."""
        before = self._settings.values
        self._settings.set(wheels=self.wheels.text(), package_index=self.index.text(), proxy=self.proxy.text())
        if self._settings.values != before:
            self.changed.emit()

    def _take_extras(self) -> None:
        self._settings.set(extras=tuple(sorted(self.extras.chosen)))
        self.changed.emit()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (*self.extras.chain(), self.wheels, self.browse, self.index, self.proxy)

    def retranslate(self) -> None:
        texts = (tr("Extras"), tr("Without the internet"), tr("Package index"), tr("Proxy"))
        for label, text in zip(self.labels, texts, strict=True):
            label.setText(text)
        self.wheels.setPlaceholderText(tr("folder with the files"))
        self.index.setPlaceholderText("https://pypi.org/simple/")
        self.proxy.setPlaceholderText(tr("as the system says"))
        for field, name, tip in (
            (self.wheels, texts[1], tr("A folder that has every file already; nothing is downloaded then")),
            (self.index, texts[2], tr("Where the files are downloaded from; empty for the public one")),
            (self.proxy, texts[3], tr("Such as http://host:port or socks5://host:port")),
        ):
            field.setAccessibleName(name)
            field.setToolTip(tip)
        self.browse.explain(tr("Choose the folder…"))
        self._dim()

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802
        if event is not None and event.type() == QtCore.QEvent.Type.PaletteChange and hasattr(self, "labels"):
            self._dim()
        super().changeEvent(event)

    def _dim(self) -> None:
        palette = QtGui.QPalette(self.palette())
        palette.setColor(QtGui.QPalette.ColorRole.WindowText, theme(palette).dim)
        for label in self.labels:
            label.setPalette(palette)

    def _field(self, name: str) -> QtWidgets.QLineEdit:
        field = QtWidgets.QLineEdit(self)
        field.setObjectName(name)
        field.editingFinished.connect(self.take)
        return field

    def _browse(self) -> None:
        ask_folder(self, tr("Choose the folder with the files"), self._take_folder)

    def _take_folder(self, folder: str) -> None:
        self.wheels.setText(folder)
        self.take()
