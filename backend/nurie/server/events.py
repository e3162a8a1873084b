"""A job's events as server-sent events, from wherever a reader left off."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import AppStatus, EventSourceResponse

from nurie.server.jobs import Job
from nurie.server.limits import Limits

__all__ = ["event_stream"]

_PING_SECONDS = 15


def event_stream(job: Job, after: int, limits: Limits) -> EventSourceResponse:
    """Every event of the job whose id is above ``after``, until it ends; a reader that takes none is left."""
    # At the server's end too: its jobs end first and tell so, before which sse-starlette would cut the streams off.
    AppStatus.enable_automatic_graceful_drain = False
    return EventSourceResponse(_events(job, after), ping=_PING_SECONDS, send_timeout=limits.send_seconds, sep="\n")


async def _events(job: Job, after: int) -> AsyncIterator[ServerSentEvent]:
    async for event in job.log.follow(after):
        yield ServerSentEvent(json.dumps(event.data), event=event.name, id=str(event.id), sep="\n")
