# SPDX-License-Identifier: GPL-3.0-or-later
"""What was coloured, newest first, as a list model of bounded memory."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .forms import Parts
from .host import LineArt
from .i18n import tr
from .options import OptionValues
from .qt import QtCore, QtGui, Signal
from .result_pictures import ResultPictures

__all__ = ["MAX_RESULTS", "Result", "ResultModel", "ResultRole"]

MAX_RESULTS = 100
"""A strip of more cannot be looked through."""

MAX_PART_BYTES = 64 * 2**20
"""Of further parts, the newest; older results can be applied as plain layers."""

THUMBNAIL_SIDE = 192
"""Pixels along the longer side."""

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
    parts: what its form is made of, None where that is not kept (any more).
    """

    id: str
    art: LineArt
    values: OptionValues
    references: tuple[str, ...]
    name: str
    seconds: float
    created: float
    applied: bool = False
    parts: Parts | None = None


class ResultModel(QtCore.QAbstractListModel):
    """Colour pictures are Format_ARGB32, straight alpha, of the size of ``art.region``; memory is bounded
    (``limit_memory``), and the oldest results go when disk space is used up, too."""

    changed = Signal()  # what there is, or which one is shown

    def __init__(self, parent: QtCore.QObject | None = None, pictures: ResultPictures | None = None) -> None:
        super().__init__(parent)
        self._pictures = ResultPictures(self) if pictures is None else pictures
        self._pictures.lost.connect(self.remove)
        self._results: list[Result] = []
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
        parts: Parts | None = None,
    ) -> Result:
        """Put a new one first."""
        mask = self._shared_mask(art.mask)
        place = replace(art, image=QtGui.QImage(), mask=mask)
        result = Result(uuid.uuid4().hex, place, values, tuple(references), name, seconds, time.time(), parts=parts)
        self.beginInsertRows(_ROOT, 0, 0)
        self._results.insert(0, result)
        self._thumbnails[result.id] = _thumbnail(color, art)
        self.endInsertRows()
        self._pictures.put(result.id, color)
        self._let_parts_go()
        for old in self._results[MAX_RESULTS:]:
            self.remove(old.id)
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
        """Of pictures and masks, without thumbnails."""
        masks = {mask.cacheKey(): mask for result in self._results if (mask := result.art.mask) is not None}
        return self._pictures.bytes_in_memory + sum(mask.sizeInBytes() for mask in masks.values())

    def limit_memory(self, megabytes: int) -> None:
        """Keep the pictures of older results on the disk above so many; ``result_pictures.MAX_BYTES`` at first."""
        self._pictures.limit(megabytes << 20)

    def get(self, result_id: str) -> Result | None:
        """The one of this id, None if it is gone."""
        return next((result for result in self._results if result.id == result_id), None)

    def color(self, result_id: str) -> QtGui.QImage:
        """The colour alone. InputError if this result is gone."""
        return self._pictures.get(result_id)

    def mark_applied(self, result_id: str) -> None:
        """Remember that a layer was made of it."""
        self._results = [
            replace(result, applied=True) if result.id == result_id else result for result in self._results
        ]
        self._touch(ResultRole.APPLIED)

    def remove(self, result_id: str) -> None:
        """Delete one for good."""
        for row, result in enumerate(self._results):
            if result.id == result_id:
                self.beginRemoveRows(_ROOT, row, row)
                del self._results[row], self._thumbnails[result_id]
                self.endRemoveRows()
                self._pictures.discard(result_id)
                if self._shown == result_id:
                    self._shown = None
                self.changed.emit()
                return

    def clear(self) -> None:
        """Delete all."""
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

    def _let_parts_go(self) -> None:
        room = MAX_PART_BYTES
        for row, result in enumerate(self._results):
            room -= 0 if result.parts is None else result.parts.bytes
            if room < 0 and row > 0 and result.parts is not None:
                self._results[row] = replace(result, parts=None)

    def _shared_mask(self, mask: QtGui.QImage | None) -> QtGui.QImage | None:
        """The mask of an earlier result where it is the same: an artist tries several references on one selection."""
        former = self._results[0].art.mask if self._results else None
        return former if mask is not None and former is not None and former == mask else mask

    def _touch(self, role: int) -> None:
        if self._results:
            self.dataChanged.emit(self.index(0), self.index(len(self._results) - 1), [role])


def _thumbnail(color: QtGui.QImage, art: LineArt) -> QtGui.QImage:
    """Colour and lines on white, as on the canvas. First by nearest neighbours: the GUI thread has no time for more."""
    keep, smooth = QtCore.Qt.AspectRatioMode.KeepAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
    layers = [image for image in (color, art.image) if not image.isNull()]
    size = layers[0].size().scaled(4 * THUMBNAIL_SIDE, 4 * THUMBNAIL_SIDE, keep).boundedTo(layers[0].size())
    small = QtGui.QImage(size, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    small.fill(QtCore.Qt.GlobalColor.white)
    painter = QtGui.QPainter(small)
    modes = QtGui.QPainter.CompositionMode
    scan = modes.CompositionMode_Screen if art.dark else modes.CompositionMode_Multiply
    for number, layer in enumerate(layers):
        over = scan if art.opaque and number else modes.CompositionMode_SourceOver
        painter.setCompositionMode(over)
        painter.drawImage(QtCore.QRect(QtCore.QPoint(), size), layer)
    painter.end()
    return small.scaled(THUMBNAIL_SIDE, THUMBNAIL_SIDE, keep, smooth)


def _title(result: Result) -> str:
    seed = tr("seed {seed}", seed=result.values.seed)
    return f"{result.name} · {seed}" if result.name else seed


_READ: Mapping[int, Callable[[Result], Any]] = {
    _Item.DisplayRole: _title,
    _Item.ToolTipRole: _title,
    ResultRole.ID: lambda result: result.id,
    ResultRole.APPLIED: lambda result: result.applied,
}
