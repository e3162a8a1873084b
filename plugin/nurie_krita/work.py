# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes are worked on in threads, everything else happens on the GUI thread: this is the bridge between them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from .i18n import tr
from .protocol import MemoryLimitError, NurieError
from .qt import QtCore, Signal, Slot

__all__ = ["Task", "in_thread"]

_PATIENCE_MS = 3_000
_pools: list[QtCore.QThreadPool] = []
_waiting: set[Task] = set()
"""Tasks whose answer has not come yet: a Qt object must not be deleted by the thread that lets go of it last."""


def in_thread(function: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[NurieError], None]) -> Task:
    """Run ``function`` in a thread; later, on this thread, ``then(its result)`` or ``failed(what it raised)``.

    To be called on the GUI thread. The function touches no widget, no QObject of others, nothing of Krita.
    """
    task = Task(function, then, failed)
    _waiting.add(task)
    _pool().start(_Runnable(task))
    return task


def _pool() -> QtCore.QThreadPool:
    """Not Qt's global one: QImage's own functions share their work out to that and wait for it, holding the
    interpreter's lock, for which our functions wait in turn. With the global pool full of ours, both wait for ever."""
    if not _pools:
        _pools.append(QtCore.QThreadPool())
        application = QtCore.QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(_finish)
    return _pools[0]


def _finish() -> None:
    """The program ends: what has not begun is dropped, what has begun must not meet a half-closed interpreter."""
    for pool in _pools:
        pool.clear()
        pool.waitForDone(_PATIENCE_MS)


class Task(QtCore.QObject):
    """What ``in_thread`` gives back, to lose interest in it."""

    _ended = Signal()

    def __init__(
        self, function: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[NurieError], None]
    ) -> None:
        super().__init__()
        self._function: Callable[[], Any] | None = function
        self._then: Callable[[Any], None] | None = then
        self._failed: Callable[[NurieError], None] | None = failed
        self._result: Any = None
        self._error: NurieError | None = None
        self._ended.connect(
            self._deliver
        )  # emitted by another thread, and therefore delivered by this one's event loop

    def forget(self) -> None:
        """Neither callback is called any more; work that has begun is done for nothing."""
        self._function = self._then = self._failed = None

    def run(self) -> None:
        """In the thread."""
        function = self._function
        try:
            self._result = None if function is None else function()
        except NurieError as error:
            self._error = error
        except MemoryError:
            self._error = MemoryLimitError(
                tr("There is not enough memory for this picture."), tr("Close other programs, or scale it down.")
            )
        except Exception as error:  # noqa: BLE001 - a thread has nobody above it: a mistake of ours must be told too
            text = tr("Something unexpected went wrong ({reason}).", reason=f"{type(error).__name__}: {error}")
            self._error = NurieError(text, tr("Please report it, with the diagnostics."), code="internal")
        with contextlib.suppress(RuntimeError):  # the program has ended, and Qt's half of this object with it
            self._ended.emit()

    @Slot()
    def _deliver(self) -> None:
        _waiting.discard(self)
        then, failed, result, error = self._then, self._failed, self._result, self._error
        self.forget()
        self._result = None
        if error is None and then is not None:
            then(result)
        elif error is not None and failed is not None:
            failed(error)


class _Runnable(QtCore.QRunnable):
    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def run(self) -> None:
        self._task.run()
