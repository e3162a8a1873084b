# SPDX-License-Identifier: GPL-3.0-or-later
"""Several colourings, one after the other: frames of an animation, pages."""

from __future__ import annotations

from collections.abc import Callable

from .coloring import Coloring, ColoringRequest
from .process import Backend
from .qt import QtCore, QtGui, Signal

__all__ = ["ColoringQueue"]


class ColoringQueue(QtCore.QObject):
    """Runs once over its items; what goes wrong with one does not stop the rest.

    ``items`` make the requests, each when its turn comes (on the GUI thread; may raise NurieError), so that only one
    drawing is in memory. current: the colouring that runs, or None. index: its item. paused: nothing new is begun.
    """

    changed = Signal()
    item_done = Signal(int, QtGui.QImage)
    item_failed = Signal(int, object)
    finished = Signal()
    """Every item is done, failed or cancelled."""

    def __init__(
        self,
        backend: Backend,
        items: list[Callable[[], ColoringRequest]],
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.backend = backend
        self.total = len(items)
        self.index = 0
        self.paused = False
        self.current: Coloring | None = None
        self.errors: dict[int, Exception] = {}

    def start(self) -> None:
        """Begin; once."""

    def pause(self, paused: bool) -> None:
        """Let the running item end and begin no other, or go on."""

    def cancel(self) -> None:
        """Stop the running item and begin no other; ``finished`` comes at once."""
