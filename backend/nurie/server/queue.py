"""The waiting line: lanes in order, first come first served within a lane, bounded."""

from __future__ import annotations

import asyncio
from collections import deque

from nurie.protocol import LANES, NurieError
from nurie.server.jobs import Job

__all__ = ["JobQueue"]


class JobQueue:
    """Jobs that wait for a worker. One event loop's thread uses it; several workers may take from it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lanes: dict[str, deque[Job]] = {lane: deque() for lane in LANES}
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def waiting(self) -> list[Job]:
        """In the order in which they will start, were none to come."""
        return [job for lane in self._lanes.values() for job in lane]

    def position(self, job: Job) -> int:
        """How many start before it; 0 for the next one and for one that waits no longer."""
        waiting = self.waiting()
        return waiting.index(job) if job in waiting else 0

    def put(self, job: Job) -> Job | None:
        """Let a job wait; the live job whose place it takes comes back. NurieError ``queue_full`` when all is taken."""
        lane = self._lanes[job.request.lane]
        replaced = lane.popleft() if job.request.lane == "live" and lane else None
        if len(self) >= self._limit:
            raise NurieError(
                f"{len(self)} jobs are waiting already.", "Let some finish or cancel them.", code="queue_full"
            )
        lane.append(job)
        self._news.set()
        return replaced

    def remove(self, job: Job) -> bool:
        """Take a waiting job out of the line; False for one that was not in it."""
        lane = self._lanes[job.request.lane]
        if job not in lane:
            return False
        lane.remove(job)
        return True

    async def take(self) -> Job:
        """The next job, as soon as there is one."""
        while not len(self):
            self._news.clear()
            await self._news.wait()
        return next(lane for lane in self._lanes.values() if lane).popleft()
