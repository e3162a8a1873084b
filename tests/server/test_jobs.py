"""A job's states and its events."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from nurie.protocol import ENDED, EVENTS, STATES, JobRequest
from nurie.server.jobs import TRANSITIONS, Event, EventLog, Job

WAYS = {
    "queued": [],
    "loading": ["loading"],
    "running": ["loading", "running"],
    "finishing": ["loading", "running", "finishing"],
    "done": ["loading", "running", "finishing", "done"],
    "failed": ["loading", "failed"],
    "cancelled": ["cancelled"],
}


def job(state: str = "queued") -> Job:
    made = Job("name", JobRequest("0" * 64, ("1" * 64,)))
    for passed in WAYS[state]:
        made.advance(passed)
    return made


@pytest.mark.parametrize(("before", "after"), [*itertools.product(STATES, STATES)])
def test_only_the_transitions_of_the_contract_are_possible(before: str, after: str) -> None:
    made = job(before)
    if after in TRANSITIONS[before]:
        made.advance(after)
        assert made.state == after
    else:
        with pytest.raises(ValueError, match=f"from {before} to {after}"):
            made.advance(after)
        assert made.state == before


def test_the_way_of_a_job_is_the_states_in_order_and_every_state_may_be_cancelled() -> None:
    for before, after in itertools.pairwise(STATES[:5]):
        assert after in TRANSITIONS[before]
    for state in STATES:
        assert ("cancelled" in TRANSITIONS[state]) == (state not in ENDED)


def test_events_have_the_contracts_names_and_ids_without_gaps() -> None:
    made = job("done")
    assert [event.name for event in made.log.events] == ["loading", "progress", "progress", "done"]
    assert [event.id for event in made.log.events] == [1, 2, 3, 4]
    assert {event.name for event in made.log.events} <= set(EVENTS)
    assert made.log.closed


def test_the_end_is_told_in_the_status_too() -> None:
    made = job("finishing")
    made.seconds_left = 3.0
    made.advance("done", result={"width": 7})
    status = made.status()
    assert (status["state"], status["result"], status["seconds_left"]) == ("done", {"width": 7}, None)


def test_a_job_that_was_asked_to_stop_reports_no_more_steps() -> None:
    made = job("running")
    made.report(1, 2.0, "jpeg")
    made.cancelled = True
    made.report(2, 1.0, "jpeg")
    assert (made.step, len(made.log.events)) == (1, 3)


def test_previews_are_dropped_at_the_end_and_nothing_else_is() -> None:
    made = job("running")
    made.report(1, 2.0, "jpeg")
    assert made.log.events[-1].data["preview"] == "jpeg"
    made.advance("failed", error={})
    assert [event.id for event in made.log.events] == [1, 2, 3, 4]
    assert made.log.events[2].data == {"state": "running", "step": 1, "steps": None, "seconds_left": 2.0}


def test_readers_that_come_late_or_back_miss_nothing() -> None:
    async def story() -> tuple[list[Event], list[Event], list[Event]]:
        log = EventLog()
        log.append("queued", {})

        async def read(after: int) -> list[Event]:
            return [event async for event in log.follow(after)]

        early = asyncio.create_task(read(0))
        await asyncio.sleep(0)
        for number in range(3):
            log.append("progress", {"step": number})
            await asyncio.sleep(0)
        back = asyncio.create_task(read(2))
        await asyncio.sleep(0)
        log.append("done", {})
        return await early, await back, await read(4)

    early, back, late = asyncio.run(story())
    assert [event.id for event in early] == [1, 2, 3, 4, 5]
    assert [event.id for event in back] == [3, 4, 5]
    assert [event.name for event in late] == ["done"]


def test_nothing_is_told_after_the_end() -> None:
    with pytest.raises(ValueError, match="after the end"):
        job("done").log.append("progress", {})
