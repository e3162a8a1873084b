"""Seconds left, from what was measured: of this job as soon as there is something, of the last one until then."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Pace"]


class Pace:
    """One worker's clock. A job is taken as something before its steps, steps that last alike, something after them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._before = self._after = 0.0
        self._step: float | None = None
        self._started = self._last = 0.0
        self._first: float | None = None

    def start(self) -> None:
        """A job's work begins."""
        self._started = self._clock()
        self._first = None

    def denoise(self) -> None:
        """The denoiser is about to run; the first time, the steps begin."""
        if self._first is None:
            self._first = self._clock()
            self._before = self._first - self._started

    def left(self, step: int, steps: int) -> float | None:
        """Call it when ``step`` steps of ``steps`` are done: seconds until the job is; None when nothing is known."""
        if step > 0 and self._first is not None:
            self._last = self._clock()
            self._step = (self._last - self._first) / step
        if self._step is None:
            return None
        before = self._before if step == 0 else 0.0
        return round(before + (steps - step) * self._step + self._after, 2)

    def finish(self) -> None:
        """The job is done."""
        self._after = self._clock() - self._last
