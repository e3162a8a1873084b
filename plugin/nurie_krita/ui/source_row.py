# SPDX-License-Identifier: GPL-3.0-or-later
"""Which line art is colored, and whether only the selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita.i18n import tr
from nurie_krita.options import Options
from nurie_krita.qt import QtWidgets
from nurie_krita.ui.elided import ElidedBox

if TYPE_CHECKING:
    from nurie_krita.host import DocumentFacts, Source

__all__ = ["SourceRow", "source_words"]


def source_words(source: Source) -> str:
    """How a source reads in the list."""
    if source.kind == "active":
        return tr("Active layer · {name}", name=source.name) if source.name else tr("Active layer")
    if source.kind == "visible":
        return tr("All visible layers")
    if source.kind == "group":
        return tr("Group · {name}", name=source.name)
    return source.name


class SourceRow(QtWidgets.QWidget):
    """Binds to ``Options.source`` and ``selection_only``; the document's facts are shown with ``show_document``."""

    def __init__(self, options: Options, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self._document: DocumentFacts | None = None
        self.label = QtWidgets.QLabel(self)
        self.box = ElidedBox(self, least=8)
        self.box.setObjectName("nurie_source")
        self.box.activated.connect(self._chosen)
        self.label.setBuddy(self.box)
        self.selection = QtWidgets.QCheckBox(self)
        self.selection.setObjectName("nurie_selection_only")
        self.selection.toggled.connect(lambda on: options.set(selection_only=on))
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.label)
        row.addWidget(self.box, 1)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.selection)
        options.changed.connect(self._follow)
        self.retranslate()

    def show_document(self, document: DocumentFacts | None) -> None:
        before, self._document = self._document, document
        if (before.sources if before else None) != (document.sources if document else None):
            self._fill()
        self._show_selection()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.box,
            self.selection,
        )

    def retranslate(self) -> None:
        self.label.setText(tr("Line art"))
        tip = tr("The layer, group or picture whose lines are colored")
        self.box.setToolTip(tip)
        self.box.setAccessibleName(tr("Line art"))
        self.box.setAccessibleDescription(tip)
        self.selection.setToolTip(tr("Color only what is selected, with a soft edge"))
        self._fill()
        self._show_selection()

    def _fill(self) -> None:
        self.box.clear()
        sources = self._document.sources if self._document else ()
        for source in sources:
            self.box.addItem(source_words(source), source.id)
        if not sources:
            self.box.addItem(tr("No drawing is open") if self._document is None else tr("Active layer"), "active")
        self.box.setEnabled(bool(sources))
        self._choose()

    def _choose(self) -> None:
        """Show what is chosen; a layer that is gone is shown as the active one, which the host takes then."""
        place = self.box.findData(self._options.values.source)
        self.box.setCurrentIndex(max(0, place))

    def _chosen(self, place: int) -> None:
        self._options.set(source=self.box.itemData(place))

    def _show_selection(self) -> None:
        region = self._document.selection if self._document else None
        self.selection.setVisible(region is not None)
        if region is not None:
            self.selection.setText(
                tr("Selection only · {width} × {height} px", width=region.width, height=region.height)
            )
        self.selection.setChecked(self._options.values.selection_only)

    def _follow(self, name: str) -> None:
        if name == "source":
            self._choose()
        elif name == "selection_only":
            self.selection.setChecked(self._options.values.selection_only)
