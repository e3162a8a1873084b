# SPDX-License-Identifier: GPL-3.0-or-later
"""The references with their heading: which set is shown, how many are in use, and the ways to add one."""

from __future__ import annotations

from functools import partial

from nurie_krita.i18n import tr
from nurie_krita.qt import QActionGroup, QtCore, QtWidgets, Signal
from nurie_krita.references import ReferenceModel
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.flat_button import FlatButton, MenuButton
from nurie_krita.ui.gallery import Gallery
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.menus import add_entry, popup
from nurie_krita.ui.prompts import ask_name

__all__ = ["ReferencesSection"]


class ReferencesSection(QtWidgets.QWidget):
    """Binds to a ``ReferenceModel``; what needs files, layers or the sample is left to whoever listens."""

    dropped = Signal(object)  # drops.Dropped
    add_asked = Signal()
    add_from = Signal(str)
    sample_asked = Signal()

    def __init__(self, model: ReferenceModel, keys: Keys, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._keys = keys
        self._has_document = self._has_selection = False
        self.heading = QtWidgets.QLabel(self)
        bold = self.heading.font()
        bold.setBold(True)
        self.heading.setFont(bold)
        self.count = ElidedLabel(self, dim=True)
        self.sets_button = MenuButton(self.fill_sets, "", self)
        self.sets_button.setObjectName("nurie_sets")
        self.undo_button = FlatButton("reset", self)
        self.undo_button.setObjectName("nurie_bring_back")
        self.undo_button.clicked.connect(model.undo)
        self.add_button = MenuButton(self.fill_add, "add", self)
        self.add_button.setObjectName("nurie_add")
        self.gallery = Gallery(model, self)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.heading)
        row.addSpacing(2)
        row.addWidget(self.count, 1)
        row.addWidget(self.undo_button)
        row.addWidget(self.sets_button)
        row.addWidget(self.add_button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.gallery, 1)
        column.setSizeConstraint(QtWidgets.QLayout.SizeConstraint.SetMinAndMaxSize)
        self.gallery.dropped.connect(self.dropped)
        self.gallery.add_asked.connect(self.add_asked)
        self.gallery.sample_asked.connect(self.sample_asked)
        self.gallery.menu_asked.connect(self._open_menu)
        for signal in (model.changed, model.sets_changed, model.undo_changed, model.importing_changed):
            signal.connect(self.refresh)
        model.rowsInserted.connect(self.refresh)
        model.rowsRemoved.connect(self.refresh)
        model.modelReset.connect(self.refresh)
        self.retranslate()

    def set_document(self, *, document: bool, selection: bool) -> None:
        """Whether there is a drawing, and a selection in it, to take references from."""
        self._has_document, self._has_selection = document, selection

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.undo_button,
            self.sets_button,
            self.add_button,
            self.gallery,
            self.gallery.add_tile,
            self.gallery.empty.add,
            self.gallery.empty.sample,
        )

    def retranslate(self) -> None:
        self.heading.setText(tr("References"))
        self.heading.setBuddy(self.gallery)
        self.add_button.explain(tr("Add references"), tr("Add references from files, the clipboard or this drawing"))
        self.sets_button.explain(tr("Set of references"), tr("Sets of references, one for each character or project"))
        self.gallery.retranslate()
        self.refresh()

    def refresh(self) -> None:
        total, used = self._model.rowCount(), len(self._model.enabled)
        if self._model.importing:
            text = tr("adding {count}…", count=self._model.importing)
        elif not total:
            text = ""
        else:
            text = tr("{used} of {total}", used=used, total=total)
        self.count.setText(text)
        self.count.setToolTip(tr("{used} of {total} references are in use", used=used, total=total) if total else "")
        shown = next((found for found in self._model.sets if found.id == self._model.set_id), None)
        self.sets_button.setText(shown.name if shown else "")
        self.sets_button.setVisible(len(self._model.sets) > 1)
        self.sets_button.updateGeometry()
        undo = self._model.undo_text
        self.undo_button.setVisible(bool(undo))
        if undo:
            self.undo_button.explain(undo, self._keys.hint(undo, keys="Ctrl+Z"))

    # Menus

    def fill_add(self, menu: QtWidgets.QMenu) -> None:
        """The ways to add a reference."""
        entry = self._keys.entry
        add_entry(menu, tr("Choose pictures…"), self.add_asked.emit, "file")
        add_entry(menu, entry(tr("Paste"), "nurie_paste"), self.gallery.paste, "paste")
        menu.addSeparator()
        layer, part = tr("From the active layer"), tr("From the selection")
        from_layer, from_part = partial(self.add_from.emit, "active"), partial(self.add_from.emit, "selection")
        add_entry(menu, entry(layer, "nurie_add_layer"), from_layer, "layers").setEnabled(self._has_document)
        add_entry(menu, entry(part, "nurie_add_selection"), from_part, "selection").setEnabled(self._has_selection)
        if len(self._model.sets) < 2:  # with several, their own button offers it
            menu.addSeparator()
            add_entry(menu, tr("New set of references…"), self._new_set)
        self._add_undo(menu)

    def fill_sets(self, menu: QtWidgets.QMenu) -> None:
        """The sets, and what can be done with the one that is shown."""
        model, group = self._model, QActionGroup(menu)
        for found in model.sets:
            text = tr("{name} ({count})", name=found.name, count=found.count).replace("&", "&&")
            choice = add_entry(menu, text, partial(model.show_set, found.id))
            choice.setCheckable(True)
            choice.setChecked(found.id == model.set_id)
            group.addAction(choice)
        menu.addSeparator()
        add_entry(menu, tr("New set…"), self._new_set)
        add_entry(menu, tr("Rename set…"), self._rename_set)
        remove = add_entry(menu, tr("Remove set"), partial(model.remove_set, model.set_id), "trash")
        remove.setEnabled(len(model.sets) > 1)
        self._add_undo(menu)

    def fill_reference(self, menu: QtWidgets.QMenu, digest: str) -> None:
        """What can be done with one reference."""
        model, entry = self._model, self._keys.entry
        used = digest in model.enabled
        alone = add_entry(menu, entry(tr("Use only this"), keys="Return"), partial(model.enable_only, [digest]))
        alone.setEnabled(model.enabled != (digest,))
        words = tr("Do not use") if used else tr("Use as well")
        add_entry(menu, entry(words, keys="Space"), partial(model.enable, digest, not used))
        menu.addSeparator()
        add_entry(menu, entry(tr("Rename"), keys="F2"), self.gallery.rename_current)
        others = [found for found in model.sets if found.id != model.set_id]
        if others:
            move = QtWidgets.QMenu(tr("Move to set"), menu)
            menu.addMenu(move)
            for found in others:
                add_entry(move, found.name.replace("&", "&&"), partial(model.move_to_set, [digest], found.id))
        add_entry(menu, entry(tr("Remove"), keys="Del"), partial(model.remove, [digest]), "trash")
        self._add_undo(menu)

    def _open_menu(self, digest: str, at: QtCore.QPoint) -> None:
        popup(self, at, (lambda menu: self.fill_reference(menu, digest)) if digest else self.fill_add)

    def _add_undo(self, menu: QtWidgets.QMenu) -> None:
        if self._model.undo_text:
            menu.addSeparator()
            add_entry(menu, self._keys.entry(self._model.undo_text, keys="Ctrl+Z"), self._model.undo, "reset")

    def _new_set(self) -> None:
        ask_name(self, tr("New set"), tr("Name of the set, such as a character's:"), "", self._add_set)

    def _add_set(self, name: str) -> None:
        self._model.add_set(name)

    def _rename_set(self) -> None:
        set_id, name = self._model.set_id, self.sets_button.text()
        ask_name(
            self, tr("Rename set"), tr("Name of the set:"), name, lambda typed: self._model.rename_set(set_id, typed)
        )
