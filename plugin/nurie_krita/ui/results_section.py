# SPDX-License-Identifier: GPL-3.0-or-later
"""The results with their heading, a button to apply and one to hold for comparing. Not there without any."""

from __future__ import annotations

from functools import partial

from nurie_krita.host import PLACEMENTS
from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.results import ResultModel
from nurie_krita.ui import tiles
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.flat_button import FlatButton
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.menus import add_entry, popup
from nurie_krita.ui.results_strip import ResultsStrip
from nurie_krita.ui.theme import theme
from nurie_krita.ui.words import placement_words

__all__ = ["ResultsSection"]


class _Preview(QtWidgets.QWidget):
    """What is being made, where the canvas cannot show it."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.image: QtGui.QImage | None = None
        self._scaled = tiles.Scaled()
        self.setFixedSize(76, 76)
        self.hide()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        box = self.rect().adjusted(4, 4, -4, -4)
        pixmap = None
        if self.image is not None and not self.image.isNull():
            pixmap = self._scaled.get(self.image, box.size(), self.devicePixelRatioF())
        tiles.paint_tile(painter, QtCore.QRectF(box), pixmap, colors)
        tiles.paint_frame(painter, QtCore.QRectF(box), colors, chosen=True, hover=False, focus=False)
        painter.end()


class ResultsSection(QtWidgets.QWidget):
    """Binds to a ``ResultModel``; what to do with a result is left to whoever listens."""

    show_asked = Signal(object)
    apply_asked = Signal(str, str)  # id, placement; an empty placement is the one of the options
    reuse_asked = Signal(str)
    reference_asked = Signal(str)
    save_asked = Signal(str)
    compare = Signal(bool)

    def __init__(self, model: ResultModel, keys: Keys, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._keys = keys
        self.heading = QtWidgets.QLabel(self)
        bold = self.heading.font()
        bold.setBold(True)
        self.heading.setFont(bold)
        self.hint = ElidedLabel(self, dim=True)
        self.compare_button = FlatButton("eye", self)
        self.compare_button.setObjectName("nurie_compare")
        self.compare_button.pressed.connect(lambda: self.compare.emit(True))
        self.compare_button.released.connect(lambda: self.compare.emit(False))
        self.apply_button = FlatButton("check", self)
        self.apply_button.setObjectName("nurie_apply")
        self.apply_button.clicked.connect(self._apply_shown)
        self.preview = _Preview(self)
        self.strip = ResultsStrip(model, self)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.heading)
        row.addSpacing(2)
        row.addWidget(self.hint, 1)
        row.addWidget(self.compare_button)
        row.addWidget(self.apply_button)
        below = QtWidgets.QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self.preview, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.strip, 1)
        below.addStretch()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addLayout(below)
        self.strip.show_asked.connect(self.show_asked)
        self.strip.apply_asked.connect(lambda found: self.apply_asked.emit(found, ""))
        self.strip.menu_asked.connect(self._open_menu)
        model.changed.connect(self.refresh)
        model.rowsInserted.connect(self.refresh)
        model.rowsRemoved.connect(self.refresh)
        model.modelReset.connect(self.refresh)
        self.retranslate()

    def set_preview(self, image: QtGui.QImage | None) -> None:
        """A picture of what is being made, None when it is over."""
        self.preview.image = image
        self.preview.setVisible(image is not None)
        self.preview.update()
        self.refresh()

    def chain(self) -> tuple[QtWidgets.QWidget, ...]:
        """What takes the focus, in order."""
        return (
            self.compare_button,
            self.apply_button,
            self.strip,
        )

    def retranslate(self) -> None:
        self.heading.setText(tr("Results"))
        self.apply_button.setText(tr("Apply"))
        hint = self._keys.hint
        self.apply_button.explain(tr("Apply"), hint(tr("Make a layer of the colors shown"), "nurie_apply"))
        self.compare_button.explain(tr("Compare"), hint(tr("Hold to see the drawing without the colors"), "nurie_hide"))
        self.preview.setToolTip(tr("What is being made"))
        self.strip.retranslate()
        self.refresh()

    def refresh(self) -> None:
        shown = self._model.shown is not None
        waiting = self._model.rowCount() and not shown
        self.hint.setText(tr("click shows, double-click applies") if waiting else "")
        self.compare_button.setVisible(shown)
        self.apply_button.setVisible(shown)
        self.strip.setVisible(self._model.rowCount() > 0)
        self.setVisible(self._model.rowCount() > 0 or self.preview.image is not None)

    def fill_menu(self, menu: QtWidgets.QMenu, found: str) -> None:
        """What can be done with one result."""
        result = self._model.get(found)
        if result is None:
            return
        shown = self._model.shown == found
        seed = result.values.seed
        words = tr("Hide") if shown else tr("Show on the canvas")
        entry = self._keys.entry
        add_entry(menu, entry(words, keys="Space"), partial(self.show_asked.emit, None if shown else found), "eye")
        add_entry(menu, entry(tr("Apply"), keys="Return"), partial(self.apply_asked.emit, found, ""), "check")
        places = QtWidgets.QMenu(tr("Apply elsewhere"), menu)
        menu.addMenu(places)
        for placement in PLACEMENTS:
            add_entry(places, placement_words(placement), partial(self.apply_asked.emit, found, placement))
        menu.addSeparator()
        add_entry(menu, tr("Use its settings again"), partial(self.reuse_asked.emit, found))
        add_entry(menu, tr("Copy seed {seed}", seed=seed), partial(_copy, str(seed)))
        add_entry(menu, tr("Add to the references"), partial(self.reference_asked.emit, found))
        add_entry(menu, tr("Save picture…"), partial(self.save_asked.emit, found))
        menu.addSeparator()
        add_entry(menu, entry(tr("Remove"), keys="Del"), partial(self._model.remove, found), "trash")

    def _open_menu(self, found: str, at: QtCore.QPoint) -> None:
        popup(self, at, lambda menu: self.fill_menu(menu, found))

    def _apply_shown(self) -> None:
        if self._model.shown is not None:
            self.apply_asked.emit(self._model.shown, "")


def _copy(text: str) -> None:
    clipboard = QtGui.QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
