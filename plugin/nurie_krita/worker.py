# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on bytes away from the GUI thread, its outcome brought back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .protocol import NurieError
from .qt import QtCore, Signal, Slot

__all__ = ["Worker"]


class Worker(QtCore.QObject):
    """Runs functions on its own threads, one by default, so that what was asked first is done first.

    ``done`` and ``failed`` are called on the thread that made the worker. A function may touch bytes, files and QImage,
    never widgets, QPixmap or Krita. What is still waiting when the worker is deleted is dropped; what runs is awaited.
    """

    idle = Signal()
    _finished = Signal(object, object)

    def __init__(self, threads: int = 1, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QtCore.QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._pending = 0
        self._finished.connect(self._deliver)  # emitted on other threads: Qt queues it for this one

    @property
    def pending(self) -> int:
        """How many outcomes have not been delivered yet."""
        return self._pending

    def run(
        self,
        function: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[NurieError], None],
    ) -> None:
        """Call the function on a thread, then ``done`` with what it returned, or ``failed`` with what it raised."""
        self._pending += 1
        self._pool.start(_Task(function, lambda outcome: self._finished.emit((done, failed), outcome)))

    def close(self) -> None:
        """Drop what waits and await what runs; nothing is delivered any more."""
        self._finished.disconnect(self._deliver)
        self._pool.clear()
        self._pool.waitForDone()

    @Slot(object, object)
    def _deliver(self, receivers: Any, outcome: Any) -> None:
        self._pending -= 1
        done, failed = receivers
        try:
            if isinstance(outcome, NurieError):
                failed(outcome)
            else:
                done(outcome)
        finally:
            if not self._pending:
                self.idle.emit()


class _Task(QtCore.QRunnable):
    def __init__(self, function: Callable[[], Any], tell: Callable[[Any], None]) -> None:
        super().__init__()
        self._function = function
        self._tell = tell

    def run(self) -> None:
        try:
            outcome = self._function()
        except NurieError as error:
            outcome = error
        except Exception as error:  # noqa: BLE001 - nobody else would see it on this thread
            outcome = NurieError(f"Something went wrong inside the plugin: {error!r}.", code="internal")
        try:
            self._tell(outcome)
        except RuntimeError:  # the worker is gone, nobody waits for this any more
            return
