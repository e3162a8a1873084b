# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the engine is removed: what goes, what stays, and the choice of what stays."""

from __future__ import annotations

from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtWidgets, Signal
from nurie_krita.setup import RemoveChoices, Setup
from nurie_krita.ui.setup_facts import Table
from nurie_krita.ui.setup_words import folder_words, size_words

__all__ = ["RemoveDialog"]

_KINDS = ("references", "settings", "models")


class RemoveDialog(QtWidgets.QDialog):
    """``chosen`` carries the ``RemoveChoices`` when the artist went ahead."""

    chosen = Signal(object)

    def __init__(self, setup: Setup, folder: Path, parent: QtWidgets.QWidget | None = None) -> None:
        """folder: the engine's, which goes."""
        super().__init__(parent)
        self._setup = setup
        self.setObjectName("nurie_remove_dialog")
        self.setWindowTitle(tr("Remove Nurie's engine"))
        column = QtWidgets.QVBoxLayout(self)
        column.setSpacing(8)
        text = tr("The engine is deleted with everything in this folder:")
        column.addWidget(self._label(text))
        column.addWidget(self._label(folder_words(folder)))
        column.addSpacing(4)
        column.addWidget(self._label(tr("Keep")))
        self.switches: dict[str, QtWidgets.QCheckBox] = {}
        words = {
            "references": (tr("References"), tr("The pictures that you added, their names and sets")),
            "settings": (tr("Settings"), tr("Of the panel, and what it has learnt about this computer's speed")),
            "models": (tr("Larger models"), tr("Downloaded on top of the one that comes with the engine")),
        }
        for kind in _KINDS:
            switch = QtWidgets.QCheckBox(words[kind][0], self)
            switch.setObjectName(f"nurie_keep_{kind}")
            switch.setToolTip(words[kind][1])
            switch.setAccessibleDescription(words[kind][1])
            switch.setChecked(True)
            switch.toggled.connect(self._show)
            self.switches[kind] = switch
            column.addWidget(switch)
        column.addSpacing(4)
        self.heading = self._label("")
        column.addWidget(self.heading)
        self.table = Table()
        column.addWidget(self.table)
        column.addStretch()
        row = QtWidgets.QHBoxLayout()
        row.addStretch()
        self.cancel = QtWidgets.QPushButton(tr("Cancel"), self)
        self.cancel.clicked.connect(self.reject)
        self.cancel.setDefault(True)
        self.remove = QtWidgets.QPushButton(tr("Remove"), self)
        self.remove.setObjectName("nurie_remove")
        self.remove.setAutoDefault(False)
        self.remove.clicked.connect(self._go)
        for button in (self.cancel, self.remove):
            row.addWidget(button)
        column.addLayout(row)
        self._show()
        self.resize(420, self.sizeHint().height())

    @property
    def keep(self) -> RemoveChoices:
        return RemoveChoices(**{kind: switch.isChecked() for kind, switch in self.switches.items()})

    def _label(self, text: str) -> QtWidgets.QLabel:
        label = QtWidgets.QLabel(text, self)
        label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _show(self) -> None:
        left = self._setup.left_after_removal(self.keep)
        self.heading.setText(tr("These stay on this computer:") if left else tr("Nothing else stays on this computer."))
        self.table.show_rows([(size_words(size), folder_words(path)) for path, size in left])
        self.table.setVisible(bool(left))

    def _go(self) -> None:
        keep = self.keep
        self.accept()
        self.chosen.emit(keep)
