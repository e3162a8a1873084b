# SPDX-License-Identifier: GPL-3.0-or-later
"""The references of the set that is shown, as rows of a list model: what Qt's views ask, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .arrangement import Arrangement
from .i18n import tr
from .library import Entry, Library
from .qt import QtCore
from .thumbnails import Thumbnails

__all__ = ["MIME_TYPE", "ReferenceRows", "Role"]

MIME_TYPE = "application/x-nurie-references"
"""Of references dragged within the gallery: their digests, a line each."""

_Item = QtCore.Qt.ItemDataRole
_ROOT = QtCore.QModelIndex()


class Role:
    """Item roles beside Qt's own DisplayRole, EditRole (the name; writing renames) and ToolTipRole."""

    DIGEST = _Item.UserRole + 1  # str
    THUMBNAIL = _Item.UserRole + 2  # QImage; None while it is being read, null for good if the picture is gone
    ENABLED = _Item.UserRole + 3  # bool; writing switches
    ORDER = _Item.UserRole + 4  # int: place among those in use, from 1; 0 when not in use
    SAMPLE = _Item.UserRole + 5  # bool: came with the plugin
    SIZE = _Item.UserRole + 6  # QSize of the picture, pixels


class ReferenceRows(QtCore.QAbstractListModel):
    """Rows follow the arrangement; selection and current row survive adding, removing and reordering."""

    def __init__(self, arrangement: Arrangement, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._arrangement = arrangement
        self._entries = arrangement.library.shown.entries  # as the views know them
        self._thumbnails = Thumbnails(arrangement.store.thumbnail, self)
        self._thumbnails.loaded.connect(self._thumbnail_loaded)
        arrangement.changed.connect(self._follow)

    def row(self, digest: str) -> int:
        """Where this reference is, -1 if it is not in the set that is shown."""
        return next((row for row, entry in enumerate(self._entries) if entry.digest == digest), -1)

    def rowCount(self, parent: QtCore.QModelIndex = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: QtCore.QModelIndex, role: int = _Item.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Role.THUMBNAIL:
            return self._thumbnails.get(entry.digest)
        if role == Role.ORDER:
            return self._order(entry)
        read = _READ.get(role)
        return None if read is None else read(entry)

    def flags(self, index: QtCore.QModelIndex) -> QtCore.Qt.ItemFlag:
        flag = QtCore.Qt.ItemFlag
        if not index.isValid():
            return flag.NoItemFlags
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable | flag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:  # noqa: N802
        return [MIME_TYPE]

    def mimeData(self, indexes: Iterable[QtCore.QModelIndex]) -> QtCore.QMimeData:  # noqa: N802
        """Digests for the gallery itself, and files for other programs, such as Krita's canvas."""
        digests = [self._entries[index.row()].digest for index in indexes if index.isValid()]
        paths = [path for digest in digests if (path := self._arrangement.store.path(digest))]
        mime = QtCore.QMimeData()
        mime.setData(MIME_TYPE, "\n".join(digests).encode())
        mime.setUrls([QtCore.QUrl.fromLocalFile(str(path)) for path in paths])
        return mime

    def _order(self, entry: Entry) -> int:
        enabled = [other.digest for other in self._entries if other.enabled]
        return enabled.index(entry.digest) + 1 if entry.enabled else 0

    def _thumbnail_loaded(self, digest: str) -> None:
        index = self.index(self.row(digest))
        if index.isValid():
            self.dataChanged.emit(index, index, [Role.THUMBNAIL])

    def _follow(self, before: Library, after: Library) -> None:
        """Turn one arrangement into the next by the fewest kinds of change that views understand."""
        if after.shown.id != before.shown.id:
            self.beginResetModel()
            self._entries = after.shown.entries
            self.endResetModel()
            return
        wanted = after.shown.entries
        kept = set(after.shown.digests)
        for row in reversed(range(len(self._entries))):
            if self._entries[row].digest not in kept:
                self.beginRemoveRows(_ROOT, row, row)
                self._entries = (*self._entries[:row], *self._entries[row + 1 :])
                self.endRemoveRows()
        self._reorder([entry.digest for entry in wanted])
        here = {entry.digest for entry in self._entries}
        for row, entry in enumerate(wanted):
            if entry.digest not in here:
                self.beginInsertRows(_ROOT, row, row)
                self._entries = (*self._entries[:row], entry, *self._entries[row:])
                self.endInsertRows()
        changed = self._entries != wanted
        self._entries = wanted
        if changed or wanted:
            self.dataChanged.emit(self.index(0), self.index(len(wanted) - 1))

    def _reorder(self, order: list[str]) -> None:
        """Bring the rows there are into this order, which may name more."""
        place = {digest: row for row, digest in enumerate(order)}
        entries = tuple(sorted(self._entries, key=lambda entry: place[entry.digest]))
        if [entry.digest for entry in entries] == [entry.digest for entry in self._entries]:
            return
        self.layoutAboutToBeChanged.emit()
        rows = {entry.digest: row for row, entry in enumerate(entries)}
        old = self.persistentIndexList()
        new = [self.index(rows[self._entries[index.row()].digest]) for index in old]
        self._entries = entries
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()


def _tooltip(entry: Entry) -> str:
    if not entry.width:
        return entry.name
    return tr("{name}\n{width} × {height} pixels", name=entry.name, width=entry.width, height=entry.height)


_READ: Mapping[int, Callable[[Entry], Any]] = {
    _Item.DisplayRole: lambda entry: entry.name,
    _Item.EditRole: lambda entry: entry.name,
    _Item.ToolTipRole: _tooltip,
    Role.DIGEST: lambda entry: entry.digest,
    Role.ENABLED: lambda entry: entry.enabled,
    Role.SAMPLE: lambda entry: entry.sample,
    Role.SIZE: lambda entry: QtCore.QSize(entry.width, entry.height),
}
