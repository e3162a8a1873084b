"""One job: its state, the events it tells, and which state may follow which. Lives on the event loop's thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from nurie.protocol import ENDED, JobRequest, NurieError

__all__ = ["TRANSITIONS", "Event", "EventLog", "Job"]

TRANSITIONS: Mapping[str, frozenset[str]] = {
    "queued": frozenset({"loading", "cancelled"}),
    "loading": frozenset({"running", "failed", "cancelled"}),
    "running": frozenset({"finishing", "failed", "cancelled"}),
    "finishing": frozenset({"done", "failed", "cancelled"}),
    "done": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}

_TOLD_AS = {"running": "progress", "finishing": "progress"}
"""States whose event has another name."""


@dataclass(frozen=True)
class Event:
    """One event of a job's stream; ids count from 1 without gaps."""

    id: int
    name: str
    data: Mapping[str, Any]


class EventLog:
    """Everything a job has told, for readers that come late or come back."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = False
        self._news: asyncio.Event | None = None  # there while a reader waits: logs outlive their readers

    def append(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell one more; the first of ``ENDED`` closes the log and drops the previews, which the result outdoes."""
        if self.closed:
            raise ValueError(f"{name} after the end")
        self.events.append(Event(len(self.events) + 1, name, data))
        if name in ENDED:
            self.closed = True
            self.events = [
                Event(e.id, e.name, {k: v for k, v in e.data.items() if k != "preview"}) for e in self.events
            ]
        if self._news is not None:
            self._news.set()
            self._news = None

    async def follow(self, after: int = 0) -> AsyncIterator[Event]:
        """Every event whose id is above ``after``, those to come too, until the log closes."""
        while True:
            while after < len(self.events):
                event = self.events[after]
                after = event.id
                yield event
            if self.closed:
                return
            if self._news is None:
                self._news = asyncio.Event()
            await self._news.wait()


class Job:
    """A request on its way; ``cancelled`` is what its worker looks at between steps, from another thread."""

    def __init__(self, name: str, request: JobRequest) -> None:
        self.id = name
        self.request = request
        self.state = "queued"
        self.step = 0
        self.steps = request.steps
        self.seconds_left: float | None = None
        self.error: NurieError | None = None
        self.ended_at: float | None = None
        self.cancelled = False
        self.log = EventLog()
        self._outcome: dict[str, Any] = {}

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def advance(self, state: str, **data: Any) -> None:
        """Go on to ``state`` and tell it. ValueError for a state that does not follow the present one."""
        if state not in TRANSITIONS[self.state]:
            raise ValueError(f"a job does not go from {self.state} to {state}")
        self.state = state
        if state in ENDED:
            self.seconds_left = None
            self._outcome = data
        told = self.progress() if state in _TOLD_AS else {}
        self.log.append(_TOLD_AS.get(state, state), {**told, **data})

    def report(self, step: int, seconds_left: float | None, preview: str | None) -> None:
        """Step ``step`` of a running job is done; one that was asked to stop tells no more of it."""
        if self.state != "running" or self.cancelled:
            return
        self.step, self.seconds_left = step, seconds_left
        self.log.append("progress", self.progress() | ({} if preview is None else {"preview": preview}))

    def progress(self) -> dict[str, Any]:
        """What a progress event says, without its preview."""
        return {"state": self.state, "step": self.step, "steps": self.steps, "seconds_left": self.seconds_left}

    def status(self) -> dict[str, Any]:
        """What ``GET /v1/jobs/{id}`` answers."""
        return {"id": self.id, **self.progress(), **self._outcome}
