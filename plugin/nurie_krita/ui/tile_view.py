# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the gallery's tiles lie: columns spread evenly, a tile that invites after the last one, a sentence for none."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui import geometry
from nurie_krita.ui.add_tile import AddTile, EmptyState

__all__ = ["TileView"]

_CELL = 74
"""Wanted width of a cell; as many columns as fit are spread evenly."""

_LEAST_COLUMNS = 2

_SLACK = 4
"""Pixels below the last name that may be cut off before a scroll bar is worth its width."""


class TileView(QtWidgets.QListView):
    """As high as its rows where there is room for them, else it scrolls; without scroll bar unless it does."""

    def __init__(self, model: QtCore.QAbstractItemModel, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows_of = model
        self._columns = _LEAST_COLUMNS
        self._extent = (0, 0, 0)
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding)
        view = self.viewport() or self
        view.setAutoFillBackground(False)
        self.add_tile = AddTile(view)
        self.empty = EmptyState(view)
        self.setModel(model)
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(self._rearrange)
        self.setAcceptDrops(True)
        view.setAcceptDrops(True)
        self._rearrange()

    @property
    def columns(self) -> int:
        return self._columns

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(2 * _CELL, self._extent[0])

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(4 * _CELL, self._extent[1])

    def _heights(self) -> tuple[int, int, int]:
        """Least, wanted and largest height: half a row is enough to see that there is more; more than all is void."""
        if not self._rows_of.rowCount():
            wanted = self.empty.wanted_height(max(self.width(), 2 * _CELL))
            return wanted, wanted, wanted
        cell = self.gridSize().height()
        rows = self._rows()
        least = cell if rows == 1 else round(cell * 1.45)
        return least, cell * min(rows, 3), cell * rows

    def _rows(self) -> int:
        return -(-(self._rows_of.rowCount() + 1) // self._columns)

    def _rearrange(self) -> None:
        """Spread the columns, show a scroll bar only when there is something to scroll, put the tile last."""
        count = self._rows_of.rowCount()
        self.empty.setVisible(not count)
        self.add_tile.setVisible(bool(count))
        policy = QtCore.Qt.ScrollBarPolicy
        self._spread(self.width())
        self._extent = self._heights()
        missing = self._rows() * self.gridSize().height() - self.height()
        scrolls = bool(count) and missing > _SLACK and self.height() > 0
        if scrolls:
            bar = self.verticalScrollBar()
            self._spread(self.width() - (bar.sizeHint().width() if bar is not None else 0))
        wanted = policy.ScrollBarAlwaysOn if scrolls else policy.ScrollBarAlwaysOff
        if wanted != self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(wanted)
        self.setMaximumHeight(self._extent[2])
        self.updateGeometry()
        self.updateGeometries()

    def _spread(self, width: int) -> None:
        self._columns = max(_LEAST_COLUMNS, round(width / _CELL))
        grid = geometry.cell_size(max(24, (width - 1) // self._columns), self.font())
        if grid != self.gridSize():
            self.setGridSize(grid)

    def updateGeometries(self) -> None:  # noqa: N802
        """The tile is no item of the view, so the view does not know that it can be scrolled to."""
        super().updateGeometries()
        bar = self.verticalScrollBar()
        view = self.viewport()
        if bar is None or view is None or not hasattr(self, "empty"):
            return
        bar.setMaximum(max(0, self._rows() * self.gridSize().height() - view.height()))
        bar.setPageStep(view.height())
        bar.setSingleStep(max(1, self.gridSize().height() // 4))
        self._place_extras()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        super().scrollContentsBy(dx, dy)
        self._place_extras()

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._rearrange()

    def _place_extras(self) -> None:
        view = self.viewport() or self
        self.empty.setGeometry(view.rect())
        cell = self.cell_rect(self._rows_of.rowCount())
        self.add_tile.setGeometry(geometry.picture_rect(cell))

    def cell_rect(self, row: int) -> QtCore.QRect:
        """Where the cell of a row is, or would be, in the viewport."""
        view, grid, bar = self.viewport() or self, self.gridSize(), self.verticalScrollBar()
        top = (row // self._columns) * grid.height() - (bar.value() if bar is not None else 0)
        cell = QtCore.QRect(QtCore.QPoint((row % self._columns) * grid.width(), top), grid)
        return QtWidgets.QStyle.visualRect(self.layoutDirection(), view.rect(), cell)
