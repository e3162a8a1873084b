# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures on their way into the library: read and kept on a thread, one after the other, told in the order asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from .pictures import Picture
from .protocol import NurieError
from .qt import QtCore, Signal
from .reference_store import ReferenceStore
from .work import in_thread

__all__ = ["Import", "Importer"]


@dataclass(frozen=True)
class Import:
    """read: makes the picture, on a thread. set_id: where it goes. alone: it becomes the only reference in use, or, if
    it cannot be read, the next of its batch, which is what was asked for at once."""

    read: Callable[[], Picture]
    name: str
    set_id: str
    batch: object
    alone: bool = False
    sample: bool = False


class Importer(QtCore.QObject):
    """One picture in memory at a time, however many were dropped at once."""

    done = Signal(object, object)  # Import, Picture
    failed = Signal(object)  # NurieError
    pending_changed = Signal()

    def __init__(self, store: ReferenceStore, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._waiting: deque[Import] = deque()

    @property
    def pending(self) -> int:
        """How many are not in the library yet."""
        return len(self._waiting)

    def add(self, wanted: Import) -> None:
        """Ask for one more."""
        self._waiting.append(wanted)
        self.pending_changed.emit()
        if len(self._waiting) == 1:
            self._begin()

    def _begin(self) -> None:
        wanted = self._waiting[0]
        store = self._store

        def work() -> Picture:
            picture = wanted.read()
            store.keep(picture)
            return picture

        in_thread(work, self._succeeded, self._refused)

    def _succeeded(self, picture: Picture) -> None:
        wanted = self._end()
        self.done.emit(wanted, picture)

    def _refused(self, error: NurieError) -> None:
        refused = self._waiting[0]
        if refused.alone and len(self._waiting) > 1 and self._waiting[1].batch == refused.batch:
            self._waiting[1] = replace(self._waiting[1], alone=True)
        self._end()
        self.failed.emit(error)

    def _end(self) -> Import:
        ended = self._waiting.popleft()
        if self._waiting:
            self._begin()
        self.pending_changed.emit()
        return ended
