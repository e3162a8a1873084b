# SPDX-License-Identifier: GPL-3.0-or-later
"""A thread for work that takes minutes; ``work.in_thread``'s pool is for work that takes moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore, Slot

__all__ = ["Thread", "failure_of"]

Result = TypeVar("Result")
_running: set[object] = set()
"""A Qt object must not go while its thread runs."""


class Thread(QtCore.QThread, Generic[Result]):
    """Runs ``work``, once; later, on the thread that made it, ``then`` gets the result. ``work`` raises nothing."""

    def __init__(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        super().__init__()
        self._work: Callable[[], Result] | None = work
        self._then: Callable[[Result], None] | None = then
        self._result: list[Result] = []
        self.finished.connect(self._deliver)
        _running.add(self)
        self.start()

    def run(self) -> None:
        """In the thread."""
        work, self._work = self._work, None
        if work is not None:
            self._result.append(work())

    def forget(self) -> None:
        """Nobody wants the result any more."""
        self._then = None

    @Slot()
    def _deliver(self) -> None:
        self.wait()
        _running.discard(self)
        then, self._then = self._then, None
        if then is not None and self._result:
            then(self._result.pop())


def failure_of(error: Exception) -> NurieError:
    """What is told of an exception, without what it holds on to: Qt's objects of that thread must end there."""
    if not isinstance(error, NurieError):
        text = tr("Something unexpected went wrong ({reason}).", reason=f"{type(error).__name__}: {error}")
        return NurieError(text, tr("Please report it, with the diagnostics."), code="internal")
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
