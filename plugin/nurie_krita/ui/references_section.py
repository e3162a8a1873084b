# SPDX-License-Identifier: GPL-3.0-or-later
"""The references with their heading: which set is shown, how many are in use, and the ways to add one."""

from __future__ import annotations

from collections.abc import Callable

from nurie_krita.i18n import tr
from nurie_krita.qt import QAction, QtCore, QtGui, QtWidgets, Signal
from nurie_krita.references import ReferenceModel
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.flat_button import FlatButton, MenuButton
from nurie_krita.ui.gallery import Gallery
from nurie_krita.ui.prompts import ask_name
from nurie_krita.ui.surroundings import Surroundings

__all__ = ["ReferencesSection"]


class ReferencesSection(QtWidgets.QWidget):
    """Binds to a ``ReferenceModel``; what needs files, layers or the sample is left to whoever listens."""

    dropped = Signal(object)  # drops.Dropped
    add_asked = Signal()
    add_from = Signal(str)
    sample_asked = Signal()

    def __init__(
        self, model: ReferenceModel, surroundings: Surroundings, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._surroundings = surroundings
        self._has_document = self._has_selection = False
        self.heading = QtWidgets.QLabel(self)
        bold = self.heading.font()
        bold.setBold(True)
        self.heading.setFont(bold)
        self.count = ElidedLabel(self, dim=True)
        self.sets_button = MenuButton(surroundings, self.fill_sets, "", self)
        self.sets_button.setObjectName("nurie_sets")
        self.undo_button = FlatButton(surroundings, "reset", self)
        self.undo_button.setObjectName("nurie_bring_back")
        self.undo_button.clicked.connect(model.undo)
        self.add_button = MenuButton(surroundings, self.fill_add, "add", self)
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
            self.undo_button.explain(undo, self._surroundings.hint(undo, keys="Ctrl+Z"))

    # Menus

    def fill_add(self, menu: QtWidgets.QMenu) -> None:
        """The ways to add a reference."""
        glyph = self._surroundings.glyph
        self._act(menu, tr("Choose pictures…"), self.add_asked.emit).setIcon(glyph("file", menu.palette()))
        paste = self._act(menu, self._entry(tr("Paste"), "nurie_paste"), self.gallery.paste)
        paste.setIcon(glyph("paste", menu.palette()))
        menu.addSeparator()
        layer = self._act(
            menu, self._entry(tr("From the active layer"), "nurie_add_layer"), lambda: self.add_from.emit("active")
        )
        layer.setIcon(glyph("layers", menu.palette()))
        layer.setEnabled(self._has_document)
        part = self._act(
            menu, self._entry(tr("From the selection"), "nurie_add_selection"), lambda: self.add_from.emit("selection")
        )
        part.setIcon(glyph("selection", menu.palette()))
        part.setEnabled(self._has_selection)
        if len(self._model.sets) < 2:  # with several, their own button offers it
            menu.addSeparator()
            self._act(menu, tr("New set of references…"), self._new_set)
        self._add_undo(menu)

    def fill_sets(self, menu: QtWidgets.QMenu) -> None:
        """The sets, and what can be done with the one that is shown."""
        for found in self._model.sets:
            text = tr("{name} ({count})", name=found.name, count=found.count).replace("&", "&&")
            action = self._act(menu, text, lambda set_id=found.id: self._model.show_set(set_id))
            action.setCheckable(True)
            action.setChecked(found.id == self._model.set_id)
        menu.addSeparator()
        self._act(menu, tr("New set…"), self._new_set)
        self._act(menu, tr("Rename set…"), self._rename_set)
        remove = self._act(menu, tr("Remove set"), lambda: self._model.remove_set(self._model.set_id))
        remove.setEnabled(len(self._model.sets) > 1)
        self._add_undo(menu)

    def fill_reference(self, menu: QtWidgets.QMenu, digest: str) -> None:
        """What can be done with one reference."""
        model = self._model
        used = digest in model.enabled
        alone = self._act(menu, self._keyed(tr("Use only this"), "Return"), lambda: model.enable_only([digest]))
        alone.setEnabled(model.enabled != (digest,))
        words = tr("Do not use") if used else tr("Use as well")
        self._act(menu, self._keyed(words, "Space"), lambda: model.enable(digest, not used))
        menu.addSeparator()
        self._act(menu, self._keyed(tr("Rename"), "F2"), self.gallery.rename_current)
        others = [found for found in model.sets if found.id != model.set_id]
        if others:
            move = menu.addMenu(tr("Move to set"))
            for found in others if move is not None else []:
                text = found.name.replace("&", "&&")
                self._act(move, text, lambda set_id=found.id: model.move_to_set([digest], set_id))
        remove = self._act(menu, self._keyed(tr("Remove"), "Del"), lambda: model.remove([digest]))
        remove.setIcon(self._surroundings.glyph("trash", menu.palette()))
        self._add_undo(menu)

    def _open_menu(self, digest: str, at: QtCore.QPoint) -> None:
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        if digest:
            self.fill_reference(menu, digest)
        else:
            self.fill_add(menu)
        menu.popup(at)

    def _add_undo(self, menu: QtWidgets.QMenu) -> None:
        if self._model.undo_text:
            menu.addSeparator()
            undo = self._act(menu, self._keyed(self._model.undo_text, "Ctrl+Z"), self._model.undo)
            undo.setIcon(self._surroundings.glyph("reset", menu.palette()))

    def _entry(self, text: str, action: str) -> str:
        return self._keyed(text, self._surroundings.keys(action))

    @staticmethod
    def _keyed(text: str, keys: str) -> str:
        """A menu's text with its keys at the right; they act in the gallery or through Krita, not through the menu."""
        native = QtGui.QKeySequence(keys).toString(QtGui.QKeySequence.SequenceFormat.NativeText) if keys else ""
        return f"{text.replace('&', '&&')}\t{native}" if native else text.replace("&", "&&")

    @staticmethod
    def _act(menu: QtWidgets.QMenu, text: str, act: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: act())
        return action

    def _new_set(self) -> None:
        ask_name(self, tr("New set"), tr("Name of the set, such as a character's:"), "", self._model.add_set)

    def _rename_set(self) -> None:
        set_id, name = self._model.set_id, self.sets_button.text()
        ask_name(
            self, tr("Rename set"), tr("Name of the set:"), name, lambda typed: self._model.rename_set(set_id, typed)
        )
