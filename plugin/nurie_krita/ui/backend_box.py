# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine that was set up here, in the settings: its version and size, its extras; update, repair, remove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore, QtWidgets
from nurie_krita.settings import Settings
from nurie_krita.setup import Setup
from nurie_krita.setup.layout import folder_bytes
from nurie_krita.ui.extras_box import ExtrasBox
from nurie_krita.ui.remove_dialog import RemoveDialog
from nurie_krita.ui.setup_advanced import choices_of
from nurie_krita.ui.setup_facts import Table
from nurie_krita.ui.setup_words import detail_words, folder_words, size_words, stage_words
from nurie_krita.ui.thin_bar import ThinBar
from nurie_krita.work import in_thread

__all__ = ["BackendBox"]


class BackendBox(QtWidgets.QGroupBox):
    """Binds to a ``Setup``. Extras are only switched here; "Apply" installs what was chosen."""

    def __init__(self, setup: Setup, settings: Settings, folder: Path, parent: QtWidgets.QWidget | None = None) -> None:
        """folder: where the engine lies."""
        super().__init__(tr("Engine on this computer"), parent)
        self._setup, self._settings, self._folder = setup, settings, folder
        self._size: int | None = None
        self.table = Table()
        self.sentence = QtWidgets.QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.extras = ExtrasBox()
        self.extras.toggled.connect(self._show)
        self.bar = ThinBar()
        self.primary = self._button("nurie_backend_primary", self._act)
        self.repair = self._button("nurie_backend_repair", self._repair)
        self.remove = self._button("nurie_backend_remove", self._ask_remove)
        self.repair.setText(tr("Repair"))
        self.repair.setToolTip(tr("Install the same again; references, settings and models are kept"))
        self.remove.setText(tr("Remove…"))
        self.remove.setToolTip(tr("Delete the engine from this computer, with a choice of what stays"))
        row = QtWidgets.QHBoxLayout()
        for button in (self.primary, self.repair, self.remove):
            row.addWidget(button)
        row.addStretch()
        column = QtWidgets.QVBoxLayout(self)
        for widget in (self.table, self.sentence, self.extras, self.bar):
            column.addWidget(widget)
        column.addLayout(row)
        setup.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what ``Setup`` says now."""
        if not self._setup.state.busy:
            self.extras.show_extras(self._setup.extras(), choices_of(self._settings, self._setup.extras()).extras)
            self._measure()
        self._show()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (*self.extras.chain(), self.primary, self.repair, self.remove)

    def _show(self) -> None:
        state = self._setup.state
        there = state.installed is not None or state.name == "damaged"
        size = tr("counting…") if self._size is None else size_words(self._size)
        rows = [
            (tr("Version"), state.installed or tr("none")),
            (tr("Size"), size if there else tr("none")),
            (tr("Folder"), folder_words(self._folder)),
        ]
        self.table.show_rows(rows)
        sentence = state.error.message if state.error is not None else ""
        if state.busy:
            sentence = stage_words(state.stage) if state.stage else tr("Removing…")
            sentence = " · ".join(part for part in (sentence, detail_words(state)) if part)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.extras.setVisible(bool(self.extras.switches) and not state.busy)
        words = self._primary_words()
        self.primary.setText(words)
        self.primary.setVisible(bool(words))
        self.repair.setVisible(there and not state.busy and state.name != "damaged")
        self.remove.setVisible(there and not state.busy)
        self.bar.setVisible(state.busy)
        if state.busy:
            self.bar.show_share(state.done / state.total if state.stage == "downloading" and state.total else None)
        else:
            self.bar.rest()

    def _primary_words(self) -> str:
        state = self._setup.state
        if state.name == "ready":
            return tr("Apply") if self._other_extras() else ""
        known = {
            "installing": tr("Cancel"),
            "update_needed": tr("Update to {version}", version=state.offered),
            "damaged": tr("Repair"),
            "not_installed": tr("Set up"),
        }
        return known.get(state.name, "")

    def _other_extras(self) -> bool:
        return self.extras.chosen != frozenset(extra.name for extra in self._setup.extras() if extra.on)

    def _act(self) -> None:
        state = self._setup.state
        if state.name == "installing":
            self._setup.cancel()
            return
        self._begin(self._setup.repair if state.name == "damaged" else self._setup.install)

    def _repair(self) -> None:
        self._begin(self._setup.repair)

    def _begin(self, work: Callable[..., None]) -> None:
        self._settings.set(extras=tuple(sorted(self.extras.chosen)))
        try:
            choices = choices_of(self._settings, self._setup.extras())
            self._setup.plan(choices)  # it says why not
            work(choices)
        except NurieError as error:
            self.sentence.setText(str(error))
            self.sentence.show()

    def _ask_remove(self) -> None:
        dialog = RemoveDialog(self._setup, self._folder, self)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._setup.remove)
        dialog.open()

    def _measure(self) -> None:
        folder = self._folder
        in_thread(lambda: folder_bytes(folder), self._measured, lambda error: None)

    def _measured(self, size: int) -> None:
        try:
            self._size = size
            self._show()
        except RuntimeError:  # the dialog was closed meanwhile
            return

    def _button(self, name: str, pressed: Callable[[], None]) -> QtWidgets.QPushButton:
        button = QtWidgets.QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: pressed())
        return button
