# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work on a document, a little in each round of Krita's event loop: between two of them the artist goes on.

The work is a generator: each ``yield ms`` gives Krita that long, and what it returns is the outcome. Meanwhile
anything may be closed, deleted or undone, so nothing of the artist's document is kept over a ``yield``. After a
``yield 0`` the same round goes on while it is short: each round of Krita's event loop may draw its whole window.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from typing import Any

from .i18n import tr
from .protocol import NurieError
from .qt import QtCore

__all__ = ["ROUND", "Rounds"]

ROUND = 1
"""Yielded before what takes long: milliseconds that make sure of a round of its own."""
_SHORT_SECONDS = 0.015


class Rounds:
    """Work under way. done: called with what the work returned; failed: with what it, or ``done``, raised."""

    _running: set[Rounds] = set()  # noqa: RUF012 - one for all, so that nobody else has to keep them

    def __init__(
        self, work: Generator[int, None, Any], done: Callable[[Any], None], failed: Callable[[NurieError], None]
    ) -> None:
        self._work = work
        self._done = done
        self._failed = failed

    @classmethod
    def drop_all(cls) -> None:
        """Krita ends: no work goes on, and nobody is called any more."""
        dropped = set(cls._running)
        cls._running.clear()
        for rounds in dropped:
            with contextlib.suppress(ValueError):  # what runs just now has Krita turn its event loop, and ends after it
                rounds._work.close()

    def start(self) -> None:
        """Returns at once; one of ``done`` and ``failed`` is called later, unless Krita ends before."""
        self._running.add(self)
        QtCore.QTimer.singleShot(0, self._round)

    def _round(self) -> None:
        begun = time.perf_counter()
        try:
            while self in self._running:
                pause = next(self._work)
                if pause > 0 or time.perf_counter() - begun >= _SHORT_SECONDS:
                    QtCore.QTimer.singleShot(pause, self._round)
                    return
            self._work.close()
        except StopIteration as end:
            self._end(end.value)
        except Exception as error:  # noqa: BLE001 - a callback of a timer has nobody above it
            self._fail(error)

    def _end(self, outcome: Any) -> None:
        if self not in self._running:
            return
        try:
            self._done(outcome)
        except Exception as error:  # noqa: BLE001 - see above
            self._fail(error)
        self._running.discard(self)

    def _fail(self, error: Exception) -> None:
        if self not in self._running:
            return
        self._running.discard(self)
        if not isinstance(error, NurieError):
            error = NurieError(tr("The colors could not be put into the drawing."), str(error), "apply")
        self._failed(error)
