# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work on a document, a little in each round of Krita's event loop: between two of them the artist goes on.

The work is a generator: each ``yield ms`` gives Krita that long, and what it returns is the outcome. Meanwhile
anything may be closed, deleted or undone, so nothing of the artist's document is kept over a ``yield``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from .i18n import tr
from .protocol import NurieError
from .qt import QtCore

__all__ = ["Rounds"]


class Rounds:
    """Work under way. done: called with what the work returned; failed: with what it, or ``done``, raised."""

    _running: set[Rounds] = set()  # noqa: RUF012 - one for all, so that nobody else has to keep them

    def __init__(
        self, work: Generator[int, None, Any], done: Callable[[Any], None], failed: Callable[[NurieError], None]
    ) -> None:
        self._work = work
        self._done = done
        self._failed = failed

    def start(self) -> None:
        """Returns at once; one of ``done`` and ``failed`` is called later."""
        self._running.add(self)
        QtCore.QTimer.singleShot(0, self._round)

    def _round(self) -> None:
        try:
            pause = next(self._work)
        except StopIteration as end:
            self._end(end.value)
        except Exception as error:  # noqa: BLE001 - a callback of a timer has nobody above it
            self._fail(error)
        else:
            QtCore.QTimer.singleShot(pause, self._round)

    def _end(self, outcome: Any) -> None:
        self._running.discard(self)
        try:
            self._done(outcome)
        except Exception as error:  # noqa: BLE001 - see above
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._running.discard(self)
        if not isinstance(error, NurieError):
            error = NurieError(tr("The colors could not be put into the drawing."), str(error), "apply")
        self._failed(error)
