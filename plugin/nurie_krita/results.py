# SPDX-License-Identifier: GPL-3.0-or-later
"""What was coloured, newest first, as a list model of bounded memory."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .host import LineArt
from .i18n import tr
from .options import OptionValues
from .protocol import InputError
from .qt import QtCore, QtGui, Signal

__all__ = ["MAX_BYTES", "Result", "ResultModel", "ResultRole"]

MAX_BYTES = 256 * 2**20
"""Of pictures in memory: 21 colourings of 1500 × 2000 pixels, or 4 of 4000 × 4000. The oldest go first."""

_Item = QtCore.Qt.ItemDataRole
_ROOT = QtCore.QModelIndex()


class ResultRole:
    """Item roles beside Qt's own DisplayRole (a title) and ToolTipRole."""

    ID = _Item.UserRole + 1  # str
    THUMBNAIL = _Item.UserRole + 2  # QImage: colour under the lines
    SHOWN = _Item.UserRole + 3  # bool: on the canvas now
    APPLIED = _Item.UserRole + 4  # bool: made into a layer


@dataclass(frozen=True)
class Result:
    """One colouring, without its pixels.

    art: the line art it belongs to, its image left out (a null QImage), its mask kept. values: the options it was made
    with, the seed included. references: digests. name: of the reference, for titles and layers. seconds: it took.
    """

    id: str
    art: LineArt
    values: OptionValues
    references: tuple[str, ...]
    name: str
    seconds: float
    created: float
    applied: bool = False


class ResultModel(QtCore.QAbstractListModel):
    """Colour pictures are Format_ARGB32, straight alpha, of the size of ``art.region``."""

    changed = Signal()  # what there is, or which one is shown

    def __init__(self, parent: QtCore.QObject | None = None, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(parent)
        self._max_bytes = max_bytes
        self._results: list[Result] = []
        self._colors: dict[str, QtGui.QImage] = {}
        self._thumbnails: dict[str, QtGui.QImage] = {}
        self._shown: str | None = None

    def add(
        self,
        color: QtGui.QImage,
        art: LineArt,
        values: OptionValues,
        references: tuple[str, ...] = (),
        name: str = "",
        seconds: float = 0.0,
    ) -> Result:
        """Put a new one first."""
        result = Result(
            uuid.uuid4().hex, replace(art, image=QtGui.QImage()), values, tuple(references), name, seconds, time.time()
        )
        self.beginInsertRows(_ROOT, 0, 0)
        self._results.insert(0, result)
        self._colors[result.id] = color
        self._thumbnails[result.id] = color.scaled(192, 192, QtCore.Qt.AspectRatioMode.KeepAspectRatio)
        self.endInsertRows()
        self.changed.emit()
        return result

    @property
    def ids(self) -> tuple[str, ...]:
        """Newest first."""
        return tuple(result.id for result in self._results)

    @property
    def shown(self) -> str | None:
        """Id of the one on the canvas."""
        return self._shown

    @shown.setter
    def shown(self, result_id: str | None) -> None:
        if result_id != self._shown:
            self._shown = result_id
            self._touch(ResultRole.SHOWN)
            self.changed.emit()

    @property
    def bytes_in_memory(self) -> int:
        return sum(image.sizeInBytes() for image in self._colors.values())

    def get(self, result_id: str) -> Result | None:
        return next((result for result in self._results if result.id == result_id), None)

    def color(self, result_id: str) -> QtGui.QImage:
        """The colour alone. InputError if this result is gone."""
        try:
            return self._colors[result_id]
        except KeyError:
            raise InputError(tr("This result is gone."), tr("Colour the drawing again.")) from None

    def mark_applied(self, result_id: str) -> None:
        """Remember that a layer was made of it."""
        self._results = [
            replace(result, applied=True) if result.id == result_id else result for result in self._results
        ]
        self._touch(ResultRole.APPLIED)

    def remove(self, result_id: str) -> None:
        for row, result in enumerate(self._results):
            if result.id == result_id:
                self.beginRemoveRows(_ROOT, row, row)
                del self._results[row], self._colors[result_id], self._thumbnails[result_id]
                self.endRemoveRows()
                if self._shown == result_id:
                    self._shown = None
                self.changed.emit()
                return

    def clear(self) -> None:
        for result_id in self.ids:
            self.remove(result_id)

    def rowCount(self, parent: QtCore.QModelIndex = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._results)

    def data(self, index: QtCore.QModelIndex, role: int = _Item.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._results):
            return None
        result = self._results[index.row()]
        if role == ResultRole.THUMBNAIL:
            return self._thumbnails[result.id]
        if role == ResultRole.SHOWN:
            return result.id == self._shown
        read = _READ.get(role)
        return None if read is None else read(result)

    def _touch(self, role: int) -> None:
        if self._results:
            self.dataChanged.emit(self.index(0), self.index(len(self._results) - 1), [role])


def _title(result: Result) -> str:
    seed = tr("seed {seed}", seed=result.values.seed)
    return f"{result.name} · {seed}" if result.name else seed


_READ: Mapping[int, Callable[[Result], Any]] = {
    _Item.DisplayRole: _title,
    _Item.ToolTipRole: _title,
    ResultRole.ID: lambda result: result.id,
    ResultRole.APPLIED: lambda result: result.applied,
}
