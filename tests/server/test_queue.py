"""The waiting line, against a model of three plain lists."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nurie.protocol import LANES, JobRequest, NurieError
from nurie.server.jobs import Job
from nurie.server.queue import JobQueue

LIMIT = 5


def job(lane: str = "normal", name: str = "job") -> Job:
    return Job(name, JobRequest("0" * 64, ("1" * 64,), lane=lane))


class Line(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.queue = JobQueue(LIMIT)
        self.expected: dict[str, list[Job]] = {lane: [] for lane in LANES}
        self.loop = asyncio.new_event_loop()

    def in_order(self) -> list[Job]:
        return [job for lane in ("live", "normal", "batch") for job in self.expected[lane]]

    @rule(lane=st.sampled_from(LANES))
    def put(self, lane: str) -> None:
        new = job(lane)
        live = self.expected["live"]
        if lane == "live" and live:
            assert self.queue.put(new) is live[0]
            self.expected["live"] = [new]
        elif len(self.in_order()) == LIMIT:
            with pytest.raises(NurieError) as caught:
                self.queue.put(new)
            assert caught.value.code == "queue_full"
        else:
            assert self.queue.put(new) is None
            self.expected[lane].append(new)

    @precondition(lambda self: len(self.queue) > 0)
    @rule()
    def take(self) -> None:
        first = self.in_order()[0]
        assert self.loop.run_until_complete(self.queue.take()) is first
        self.expected[first.request.lane].remove(first)

    @precondition(lambda self: len(self.queue) > 0)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(self.in_order()))
        assert self.queue.remove(chosen)
        assert not self.queue.remove(chosen)
        self.expected[chosen.request.lane].remove(chosen)

    @invariant()
    def every_job_waits_in_its_place(self) -> None:
        assert self.queue.waiting() == self.in_order()
        assert [self.queue.position(waiting) for waiting in self.in_order()] == list(range(len(self.queue)))
        assert len(self.queue) <= LIMIT
        assert len(self.expected["live"]) <= 1

    def teardown(self) -> None:
        self.loop.close()


Line.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestLine = Line.TestCase


def test_who_waits_for_a_job_gets_the_next_one() -> None:
    async def story() -> list[Job]:
        queue = JobQueue(LIMIT)
        waiting = [asyncio.create_task(queue.take()) for _ in range(2)]
        await asyncio.sleep(0)
        for name in ("first", "second"):
            queue.put(job(name=name))
        return [await task for task in waiting]

    assert sorted(taken.id for taken in asyncio.run(story())) == ["first", "second"]


def test_a_job_that_waits_nowhere_has_no_place() -> None:
    assert JobQueue(LIMIT).position(job()) == 0
    assert not JobQueue(LIMIT).remove(job())
