# SPDX-License-Identifier: GPL-3.0-or-later
"""How references are arranged now: the library in memory and on disk, and what can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .library import Library
from .protocol import NurieError
from .qt import QtCore, Signal
from .reference_store import ReferenceStore

__all__ = ["Arrangement"]

UNDO_DEPTH = 50


class Arrangement(QtCore.QObject):
    """``changed`` carries the library before and after; ``failed`` why it could not be kept on disk.

    Other Kritas may change the file: every change starts from what is there now. Only which set is shown and which
    references are in use is this Krita's own business.
    """

    changed = Signal(object, object)
    undo_changed = Signal()
    failed = Signal(object)

    def __init__(self, folder: Path, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.store = ReferenceStore(folder)
        self.damaged: NurieError | None = None
        self._undo: list[tuple[str, Callable[[Library], Library]]] = []
        self._library = Library()
        try:
            self._library = self.store.load()
        except NurieError as error:
            self.damaged = error

    @property
    def library(self) -> Library:
        return self._library

    @property
    def undo_text(self) -> str:
        return self._undo[-1][0] if self._undo else ""

    def change(self, change: Callable[[Library], Library]) -> None:
        """Change what is on disk, or at least what is in memory."""
        mine = self._library
        try:
            self._adopt(self.store.change(lambda disk: change(disk.choosing_like(mine)), otherwise=mine))
        except NurieError as error:
            self._adopt(change(mine))
            self.failed.emit(error)

    def push_undo(self, text: str, bring_back: Callable[[Library], Library]) -> None:
        """Remember how to take back what was just done; ``text`` says it to the artist."""
        self._undo = [*self._undo, (text, bring_back)][-UNDO_DEPTH:]
        self.undo_changed.emit()

    def undo(self) -> None:
        """Take back the last thing that can be."""
        if self._undo:
            _, bring_back = self._undo.pop()
            self.change(bring_back)
            self.undo_changed.emit()

    def refresh(self) -> None:
        """Take over what another Krita changed on disk."""
        try:
            self._adopt(self.store.load().choosing_like(self._library))
        except NurieError as error:
            self.failed.emit(error)

    def _adopt(self, library: Library) -> None:
        before, self._library = self._library, library
        if library != before:
            self.changed.emit(before, library)
