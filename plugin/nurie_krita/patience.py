# SPDX-License-Identifier: GPL-3.0-or-later
"""How long anything may take before it counts as broken: in one table, so that nothing waits for ever."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Patience"]


@dataclass(frozen=True)
class Patience:
    """Seconds.

    start: from a backend's start to its ready line (a cold disk and a virus scanner take their time). answer: without
    a byte of an answer, or of an upload. result: the same while a large picture is encoded over there. silence: of a
    stream of events, which says something every 15 s even when there is nothing to say. health: between looks at a
    backend that works, and for its answer. stop: for a backend to end by itself. stable: of good work, after which
    earlier restarts are forgotten. queue: of waiting for room in a server's queue.
    restarts: waits before each new start of a backend that died; there are as many as starts. retries: waits before
    a request that failed on its way is sent again.
    """

    start: float = 90.0
    answer: float = 20.0
    result: float = 90.0
    silence: float = 45.0
    health: float = 10.0
    stop: float = 3.0
    stable: float = 60.0
    queue: float = 600.0
    restarts: tuple[float, ...] = (0.3, 1.5, 5.0)
    retries: tuple[float, ...] = (0.1, 0.5, 2.0)
