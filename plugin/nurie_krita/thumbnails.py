# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails, read from disk when they are first looked at and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from .protocol import NurieError
from .qt import QtCore, QtGui, Signal
from .work import in_thread

__all__ = ["KEPT", "Thumbnails"]

KEPT = 400
"""Thumbnails in memory, each 192 × 192 × 4 bytes at most: 56 MiB in the worst case."""


class Thumbnails(QtCore.QObject):
    """``get`` answers at once; what it does not have yet is read on a thread, then ``loaded`` names it."""

    loaded = Signal(str)

    def __init__(self, read: Callable[[str], QtGui.QImage], parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._images: OrderedDict[str, QtGui.QImage] = OrderedDict()
        self._wanted: set[str] = set()

    def get(self, digest: str) -> QtGui.QImage | None:
        """The thumbnail; a null image if there is none to be had; None while it is being read."""
        image = self._images.get(digest)
        if image is not None:
            self._images.move_to_end(digest)
        elif digest not in self._wanted:
            self._wanted.add(digest)
            in_thread(
                lambda: self._read(digest),
                lambda read: self._loaded(digest, read),
                lambda error: self._failed(digest, error),
            )
        return image

    def put(self, digest: str, image: QtGui.QImage) -> None:
        """Keep one that is known already."""
        self._images[digest] = image
        self._images.move_to_end(digest)
        while len(self._images) > KEPT:
            self._images.popitem(last=False)

    def forget(self, digest: str) -> None:
        """Read this one afresh when it is asked for again."""
        self._images.pop(digest, None)

    def _loaded(self, digest: str, image: QtGui.QImage) -> None:
        self._wanted.discard(digest)
        self.put(digest, image)
        self.loaded.emit(digest)

    def _failed(self, digest: str, _error: NurieError) -> None:
        self._loaded(digest, QtGui.QImage())
