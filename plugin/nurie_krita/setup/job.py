# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes on in the setup's thread, seen from both sides: told how far it is, asked to stop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from nurie_krita.protocol import Cancelled

__all__ = ["Job", "Rate"]

_EVERY = 0.1
"""Seconds between two reports of bytes."""
_WINDOW = 8.0
"""Seconds over which the rate is taken."""

Report = Callable[[str, int, int, "float | None"], None]


class Rate:
    """Bytes a second over the last seconds, and how long the rest takes."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, now: float, done: int) -> None:
        """So many bytes were there at this time, in seconds."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()

    def seconds_left(self, total: int) -> float | None:
        """None before anything can be said."""
        if len(self._seen) < 2:
            return None
        (since, before), (now, done) = self._seen[0], self._seen[-1]
        if now <= since or done <= before:
            return None
        return max(0.0, (total - done) * (now - since) / (done - before))


class Job:
    """One installation or removal. The thread calls everything but ``cancel``, which anybody may call."""

    def __init__(self, report: Report | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """report: of stage, bytes done, bytes in all, seconds left."""
        self._report = report or (lambda stage, done, total, seconds: None)
        self._clock = clock
        self._cancelled = threading.Event()
        self._stage = ""
        self._done = self._total = 0
        self._rate = Rate()
        self._reported = float("-inf")

    def cancel(self) -> None:
        """Let it end soon."""
        self._cancelled.set()

    def check(self) -> None:
        """Cancelled is raised if that is wanted."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Do nothing, or be cancelled."""
        self._cancelled.wait(seconds)
        self.check()

    def enter(self, stage: str, total: int = 0) -> None:
        """The next stage begins, of so many bytes."""
        self.check()
        self._stage, self._done, self._total = stage, 0, total
        self._rate = Rate()
        self._report(stage, 0, total, None)

    def advance(self, count: int, *, fresh: bool = True) -> None:
        """So many bytes more (or fewer, of what has to be done again); fresh: they took their time just now."""
        self._done += count
        now = self._clock()
        if not fresh or count < 0:
            self._rate = Rate()
        self._rate.add(now, self._done)
        if now - self._reported >= _EVERY or self._done >= self._total:
            self._reported = now
            self._report(self._stage, self._done, self._total, self._rate.seconds_left(self._total))
        self.check()
