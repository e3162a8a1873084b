# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be installed, as a small table: how much, where, on what; the single parts folded away."""

from __future__ import annotations

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtWidgets
from nurie_krita.setup import SetupPlan
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.fold import Fold
from nurie_krita.ui.setup_words import folder_words, size_words

__all__ = ["SetupFacts", "Table"]


class Table(QtWidgets.QWidget):
    """Rows of a name and a value; a value too long is shortened in its middle, and then whole in its tooltip."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[ElidedLabel, ElidedLabel]] = []

    def show_rows(self, rows: list[tuple[str, str]]) -> None:
        while len(self._rows) < len(rows):
            name, value = ElidedLabel(self, dim=True), ElidedLabel(self)
            name.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)
            value.elide = QtCore.Qt.TextElideMode.ElideMiddle
            place = len(self._rows)
            self._grid.addWidget(name, place, 0)
            self._grid.addWidget(value, place, 1)
            self._rows.append((name, value))
        for place, (name, value) in enumerate(self._rows):
            used = place < len(rows)
            name.setVisible(used)
            value.setVisible(used)
            if used:
                name.setText(rows[place][0])
                value.setText(rows[place][1])


class SetupFacts(QtWidgets.QWidget):
    """Shows a ``SetupPlan``; hidden without one."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: SetupPlan | None = None
        self.table = Table(self)
        self.items = Table()
        self.fold = Fold(self.items, self)
        self.fold.setObjectName("nurie_setup_parts")
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.table)
        column.addWidget(self.fold)
        self.hide()

    def show_plan(self, plan: SetupPlan | None) -> None:
        self._plan = plan
        self.setVisible(plan is not None)
        if plan is None:
            return
        here = tr("nothing, all is here already")
        self.table.show_rows(
            [
                (tr("Download"), size_words(plan.download_bytes) if plan.download_bytes else here),
                (tr("Space needed"), size_words(plan.disk_bytes)),
                (tr("Runs on"), plan.runtime),
                (tr("Python"), plan.python),
                (tr("Folder"), folder_words(plan.folder)),
            ]
        )
        self.items.show_rows([(name, size_words(size) if size else tr("is here")) for name, size in plan.items])
        self.fold.set_text(tr("What is installed ({count} parts)", count=len(plan.items)))

    def retranslate(self) -> None:
        self.show_plan(self._plan)
