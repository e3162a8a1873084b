# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Krita's GUI thread could not answer, measured from inside by a timer that should tick all the time."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import time
from pathlib import Path

from .qt import QtCore

__all__ = ["Blocks"]

_TICK_MS = 5
_TRACE = float(os.environ.get("NURIE_E2E_TRACE_BLOCKS", "0"))
"""Milliseconds from which on blocks.txt tells where the thread is; for looking into it by hand."""


class Blocks:
    """Longest time between two rounds of the event loop, in milliseconds, without the test case's own work.

    ``longest`` is by the clock, ``busiest`` by the processor time that the thread used, ``waited`` what of the longest
    it was ready and waited for a processor: on a computer with much else to do the first says little. The driver calls
    ``pause`` before it goes on with the case and ``resume`` after; what a case makes the product do while paused (a
    click is delivered at once) is measured with ``with``.
    """

    def __init__(self, out: Path) -> None:
        self.longest = 0.0
        self.busiest = 0.0
        self.waited = 0.0
        self._since = self._at = time.perf_counter()
        self._last: tuple[float, float, float] | None = _now()
        self._trace = (out / "blocks.txt").open("w", encoding="utf-8") if _TRACE else None
        self._timer = QtCore.QTimer()
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)

    def reset(self) -> None:
        """Start to measure anew."""
        self.longest = self.busiest = self.waited = 0.0
        self._since = self._at = time.perf_counter()

    def __str__(self) -> str:
        after = (self._at - self._since) * 1000
        used = f"{self.busiest:.0f} of the processor, {self.waited:.0f} waiting for one"
        return f"{self.longest:.0f} ({used}), {after:.0f} ms after the start"

    def __enter__(self) -> None:
        """Count what is done inside: the case makes the product do it."""
        self._last = _now()
        self._watch()

    def __exit__(self, *_: object) -> None:
        self._tick()
        self.pause()

    def pause(self) -> None:
        """The case's own code runs now."""
        self._tick()
        self._last = None
        faulthandler.cancel_dump_traceback_later()

    def resume(self) -> None:
        """The case's code has yielded."""
        self._last = _now()
        self._watch()

    def _tick(self) -> None:
        if self._last is None:
            return
        now = _now()
        late = now[0] - self._last[0] - _TICK_MS
        if late > self.longest:
            self.longest, self._at, self.waited = late, now[0] / 1000, now[2] - self._last[2]
        self.busiest = max(self.busiest, now[1] - self._last[1])
        self._last = now
        self._watch()

    def _watch(self) -> None:
        if self._trace is not None:
            faulthandler.dump_traceback_later(_TRACE / 1000, file=self._trace)


def _now() -> tuple[float, float, float]:
    """Milliseconds by the clock, of the processor's for this thread, and that it was ready and waited for one (0 where
    the kernel does not tell)."""
    return time.perf_counter() * 1000, time.thread_time() * 1000, _waited()


def _waited() -> float:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path("/proc/thread-self/schedstat").read_bytes().split()[1]) / 1e6
    return 0.0
