"""The service behind the routes: takes jobs, runs them one after the other, keeps what they made for a while.

Everything but the colouring itself happens on the event loop's thread, so nothing here needs a lock.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from mmap import mmap
from typing import Any

from starlette.concurrency import run_in_threadpool

from nurie.protocol import JobRequest, NurieError
from nurie.server.calibrating import IdleCalibration
from nurie.server.engine import EngineHost
from nurie.server.images import ImageStore
from nurie.server.jobs import Job
from nurie.server.limits import Limits
from nurie.server.memory import give_back
from nurie.server.queue import JobQueue
from nurie.server.responses import internal_error
from nurie.server.results import Results
from nurie.server.worker import Worker

__all__ = ["Service"]

_log = logging.getLogger("nurie.server")


class Service:
    """One engine, one worker, and the jobs of all clients."""

    def __init__(
        self,
        host: EngineHost,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        calibration: IdleCalibration | None = None,
    ) -> None:
        self.host = host
        self.limits = limits
        self.images = ImageStore(limits)
        self.results = Results(limits)
        self.queue = JobQueue(limits.queue)
        self.closing = False
        self._clock = clock
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._files: dict[str, dict[str, mmap]] = {}
        self._worker = Worker(host, limits)
        self._current: Job | None = None
        self._idle_since = clock()
        self._untrimmed = 0
        self._warming: asyncio.Task[None] | None = None
        self._calibration = calibration
        self._measuring: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the block lasts; what is left at its end is cancelled."""
        tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._tidy())]
        try:
            yield
        finally:
            self.close()
            tasks += [task for task in (self._warming, self._measuring) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._worker.close()

    def announce(self) -> None:
        """A picture has come in, so a job will follow: load the model meanwhile. It is tried once before each job."""
        if self._calibration is not None:
            self._calibration.stop()
        resting = self._current is None and not len(self.queue)
        if self._warming is None and resting and not self.host.is_loaded and not self.closing:
            self._warming = asyncio.create_task(self._warm())

    def submit(self, request: JobRequest) -> Job:
        """Let a job wait, or find the one that this very request made before. NurieError when it cannot be taken."""
        if self.closing:
            raise NurieError("The server is ending.", "Start it again.", code="shutting_down")
        known = None if request.id is None else self._jobs.get(request.id)
        if known is not None:
            if known.request != request:
                raise NurieError(f"Another job is called {known.id}.", "Give every job its own id.", code="conflict")
            return known
        self.host.check(request.model or self.host.default)
        files = self.images.hold(request.images)
        if self._calibration is not None:
            self._calibration.stop()
        job = Job(request.id or secrets.token_hex(8), request)
        try:
            replaced = self.queue.put(job)
        except NurieError:
            self.images.release(request.images)
            raise
        self._jobs[job.id] = job
        self._files[job.id] = dict(zip(request.images, files, strict=True))
        job.log.append("queued", {"position": self.queue.position(job)})
        self._note(job, "queued")
        if replaced is not None:
            self._end(replaced, "cancelled", reason="superseded")
        return job

    def job(self, name: str) -> Job:
        """NurieError ``not_found`` for one that never was or is long over."""
        if name not in self._jobs:
            raise NurieError("There is no such job.", "It may have been over for too long.", code="not_found")
        return self._jobs[name]

    def cancel(self, job: Job, reason: str = "requested") -> None:
        """Stop a job: at once while it waits or its model loads, else before its next step. Nothing for one that ended.

        A model that is loading is loaded all the same: the next job needs it.
        """
        if job.ended:
            return
        job.cancelled = True
        self.queue.remove(job)
        if job.state in ("queued", "loading") or self.closing:
            self._end(job, "cancelled", reason=reason)

    def close(self) -> None:
        """Take no more jobs and cancel all there are."""
        self.closing = True
        if self._calibration is not None:
            self._calibration.stop()
        for job in list(self._jobs.values()):
            self.cancel(job, "shutdown")

    def status(self, job: Job) -> dict[str, Any]:
        """What ``GET /v1/jobs/{id}`` answers."""
        position = {"position": self.queue.position(job)} if job.state == "queued" else {}
        return {**job.status(), **position}

    async def _warm(self) -> None:
        await self._worker.warm()
        self._idle_since = self._clock()

    async def _work(self) -> None:
        while True:
            job = await self.queue.take()
            self._current = job
            try:
                await self._run(job)
            except Exception:  # noqa: BLE001 - a mistake of ours must cost one job, not the worker
                _log.exception("unexpected", extra={"job": job.id})
                self._fail(job, internal_error())
            finally:
                self._current = self._warming = None
                self._idle_since = self._clock()
                self._untrimmed += 1

    async def _run(self, job: Job) -> None:
        job.advance("loading")
        self._note(job, "loading")
        done = await self._worker.color(job, self._files[job.id])
        if job.ended:  # cancelled while the model was loading, or by the server's end
            return
        if job.cancelled:
            self._end(job, "cancelled", reason="requested")
        elif isinstance(done, NurieError):
            self._fail(job, done)
        else:
            self.results.put(job.id, done.pictures, self._clock())
            self._end(job, "done", result=done.summary)

    def _fail(self, job: Job, error: NurieError) -> None:
        if not job.ended:
            job.error = error
            self._end(job, "failed", **error.as_dict())

    def _end(self, job: Job, state: str, **data: Any) -> None:
        job.ended_at = self._clock()
        self._files.pop(job.id, None)
        self.images.release(job.request.images)
        job.advance(state, **data)
        self._jobs.move_to_end(job.id)
        self._forget()
        self._note(job, state if job.error is None else f"{state} ({job.error.code})")

    def _forget(self) -> None:
        """Ended jobs lie at the end of the line, oldest first, in the order they ended; the first ones go."""
        ended = [job for job in self._jobs.values() if job.ended]
        limit = self._clock() - self.limits.kept_seconds
        surplus = max(0, len(ended) - self.limits.kept_jobs)
        for number, job in enumerate(ended):
            if number < surplus or (job.ended_at or 0.0) < limit:
                del self._jobs[job.id]
                self.results.drop(job.id)

    async def _tidy(self) -> None:
        """Every few seconds, for ever."""
        while True:
            await asyncio.sleep(min(5.0, self.limits.idle_seconds / 4))
            try:
                await self._put_away()
            except Exception:  # noqa: BLE001 - it must not be the last time
                _log.exception("unexpected")

    async def _put_away(self) -> None:
        """Let go of what has been kept long enough, and of what nobody needs while there is no job."""
        self._forget()
        self.results.sweep(self._clock())
        for picture in self.results.loose(self._clock()):
            await run_in_threadpool(picture.encode)
            self._untrimmed = max(1, self._untrimmed)  # its pixels are to be given back
        warming = self._warming is not None and not self._warming.done()
        resting = self._current is None and not len(self.queue) and not warming
        idle = self._clock() - self._idle_since if resting else 0.0
        if self.host.is_loaded and resting and idle >= self.limits.idle_seconds:
            self._untrimmed = 0
            self._warming = None
            await self._worker.let_go()
            _log.info("model let go after %.0f s without a job", idle)
        elif self._calibration is not None and self._calibration.due and self._jobs and idle >= self._calibration.after:
            if self._measuring is None or self._measuring.done():
                self._measuring = asyncio.create_task(self._measure(self._calibration))
        elif self._untrimmed >= self.limits.trim_jobs or (self._untrimmed and idle >= self.limits.trim_seconds):
            self._untrimmed = 0
            await run_in_threadpool(give_back)

    async def _measure(self, calibration: IdleCalibration) -> None:
        """Find out what ``auto`` is to be; the next job has it."""
        if await run_in_threadpool(calibration.run):
            self._warming = None
            await self._worker.let_go()
            _log.info("the engines were measured")

    def _note(self, job: Job, what: str) -> None:
        _log.info("%s", what, extra={"job": job.id})
