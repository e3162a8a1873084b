# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Krita's GUI thread could not answer, measured from inside by a timer that should tick all the time."""

from __future__ import annotations

import time

from .qt import QtCore

__all__ = ["Blocks"]

_TICK_MS = 5


class Blocks:
    """Longest time between two rounds of the event loop, in milliseconds, without the test case's own work.

    The driver calls ``pause`` before it goes on with the case and ``resume`` after; what a case makes the product do
    while paused (a click is delivered at once) is given to ``note``.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._last: float | None = time.perf_counter()
        self._timer = QtCore.QTimer()
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)

    def reset(self) -> None:
        """Start to measure anew."""
        self.longest = 0.0

    def note(self, milliseconds: float) -> None:
        """Count a block measured elsewhere."""
        self.longest = max(self.longest, milliseconds)

    def pause(self) -> None:
        """The case's own code runs now."""
        self._tick()
        self._last = None

    def resume(self) -> None:
        """The case's code has yielded."""
        self._last = time.perf_counter()

    def _tick(self) -> None:
        now = time.perf_counter()
        if self._last is not None:
            self.note((now - self._last) * 1000 - _TICK_MS)
            self._last = now
