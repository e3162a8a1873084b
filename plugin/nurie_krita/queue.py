# SPDX-License-Identifier: GPL-3.0-or-later
"""Several colourings, one after the other: frames of an animation, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .coloring import Coloring
from .inputs import ColoringRequest
from .process import Backend
from .protocol import NurieError
from .qt import QtCore, QtGui, Signal

__all__ = ["ColoringQueue"]


class ColoringQueue(QtCore.QObject):
    """Runs once over its items; what goes wrong with one does not stop the rest.

    ``items`` make the requests, each when its turn comes (on the GUI thread; may raise NurieError), so that only one
    drawing is in memory. When the backend itself fails, nothing is lost: the queue pauses, ``problem`` says why, and
    going on takes up the same item again.

    current: the colouring that runs, or None. index: its item, or the next one. total: of items. paused: nothing new is
    begun. errors: by item.
    """

    changed = Signal()
    item_done = Signal(int, QtGui.QImage)
    """The item and its colours; ``current`` is still its colouring, with timings and summary."""
    item_failed = Signal(int, object)
    problem = Signal(object)
    finished = Signal()
    """Every item is done or failed, or the rest was cancelled."""

    def __init__(
        self,
        backend: Backend,
        items: Sequence[Callable[[], ColoringRequest]],
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.backend = backend
        self.total = len(items)
        self.index = 0
        self.paused = False
        self.ended = False
        self.current: Coloring | None = None
        self.errors: dict[int, NurieError] = {}
        self._items = tuple(items)
        self._begun = False
        # Through the event loop, so that a thousand items which fail at once do not pile up on the stack.
        self._turn = QtCore.QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._next)

    def start(self) -> None:
        """Begin; once."""
        if not self._begun:
            self._begun = True
            self._turn.start(0)

    def pause(self, paused: bool) -> None:
        """Let the running item end and begin no other, or go on."""
        if self.ended or paused == self.paused:
            return
        self.paused = paused
        if not paused and self._begun:
            self._turn.start(0)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop the running item and begin no other; ``finished`` comes at once."""
        if self.ended:
            return
        self.ended = True
        self._turn.stop()
        coloring = self.current
        if coloring is not None:
            coloring.cancel()
            self._leave(coloring)
        self._finish()

    def _next(self) -> None:
        if self.ended or self.paused or self.current is not None:
            return
        if self.index >= self.total:
            self.ended = True
            self._finish()
            return
        try:
            request = self._items[self.index]()
        except NurieError as error:
            self._fail(error)
            return
        coloring = Coloring(self.backend, request, self)
        self.current = coloring
        coloring.changed.connect(self.changed)
        coloring.done.connect(self._on_done)
        coloring.failed.connect(self._on_failed)
        coloring.cancelled.connect(self._on_cancelled)
        coloring.start()

    def _on_done(self, color: QtGui.QImage) -> None:
        coloring = self.current
        self.item_done.emit(self.index, color)
        if coloring is not None:
            self._leave(coloring)
        self._go_on()

    def _on_failed(self, error: NurieError) -> None:
        if self.current is not None:
            self._leave(self.current)
        if self.backend.state == "failed":
            self.paused = True
            self.problem.emit(error)
            self.changed.emit()
        else:
            self._fail(error)

    def _on_cancelled(self) -> None:
        """By ``cancel``, or the one item by somebody who held it."""
        if self.current is not None:
            self._leave(self.current)
        self._go_on()

    def _fail(self, error: NurieError) -> None:
        self.errors[self.index] = error
        self.item_failed.emit(self.index, error)
        self._go_on()

    def _go_on(self) -> None:
        if not self.ended:
            self.index += 1
            self._turn.start(0)
            self.changed.emit()

    def _leave(self, coloring: Coloring) -> None:
        self.current = None
        coloring.deleteLater()

    def _finish(self) -> None:
        self.changed.emit()
        self.finished.emit()
