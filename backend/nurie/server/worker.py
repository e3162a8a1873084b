"""The worker: one thread, one device, one job at a time. What the job tells crosses to the event loop's thread here."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from mmap import mmap
from typing import TYPE_CHECKING, Any

from nurie.protocol import Cancelled, NurieError
from nurie.server.engine import EngineHost
from nurie.server.jobs import Job
from nurie.server.limits import Limits
from nurie.server.pace import Pace
from nurie.server.responses import internal_error

if TYPE_CHECKING:
    from PIL import Image

    from nurie.server.coloring import Workbench

__all__ = ["Done", "Worker"]

_log = logging.getLogger("nurie.server")


@dataclass(frozen=True)
class Done:
    """A coloured job: its pictures by part (or their JSON), and what it says of them."""

    pictures: dict[str, Image.Image | bytes]
    summary: dict[str, Any]


class Worker:
    """Runs jobs on a thread of its own; made and called on the event loop's thread."""

    def __init__(self, host: EngineHost, limits: Limits) -> None:
        self._host = host
        self._limits = limits
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="nurie-worker")
        self._bench: Workbench | None = None
        self._pace = Pace()

    async def color(self, job: Job, images: dict[str, mmap]) -> Done | NurieError:
        """Do the job's work; what goes wrong, cancelling too, is the answer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._color, job, images, loop)

    async def warm(self) -> None:
        """Load the default model ahead of a job, to which what goes wrong is left: it will meet the same."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._warm)

    async def let_go(self) -> None:
        """Free the model, after the job that runs."""
        free = self._host.let_go if self._bench is None else self._bench.clear
        await asyncio.get_running_loop().run_in_executor(self._thread, free)

    def close(self) -> None:
        """Wait for nothing: what still runs sees that its job was cancelled, and ends."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _color(self, job: Job, images: dict[str, mmap], loop: asyncio.AbstractEventLoop) -> Done | NurieError:
        try:
            # Here, not above: numpy, OpenCV and Pillow take longer to import than the server takes to start.
            from nurie.server.coloring import Progress, Workbench, summary
            from nurie.server.parts import further_parts

            if self._bench is None:
                self._bench = Workbench(self._host, self._limits)
            progress = Progress(*_hooks(job, self._pace, loop))
            result, half = self._bench.color(job.request, images, progress)
            self._pace.finish()
            parts = further_parts(result.painting, job.request.parts) if job.request.parts else {}
            told = summary(result, half=half) | ({"parts": [*parts]} if job.request.parts else {})
            return Done({"color": result.color, "image": result.image, **parts}, told)
        except NurieError as error:
            return _bare(error)
        except Exception:  # noqa: BLE001 - the outermost frame of this thread
            _log.exception("unexpected", extra={"job": job.id})
            return internal_error()

    def _warm(self) -> None:
        try:
            importlib.import_module("nurie.server.coloring")  # what the job will import, see ``_color``
            self._host.colorizer(self._host.default)
        except Exception:  # noqa: BLE001 - the outermost frame of this thread
            _log.warning("the model could not be loaded ahead of a job", exc_info=True)


def _bare(error: NurieError) -> NurieError:
    """The error without the frames it came through: a failed job keeps its error, and they keep all it worked in."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _hooks(job: Job, pace: Pace, loop: asyncio.AbstractEventLoop) -> tuple[Callable[..., None], ...]:
    """The functions of ``Progress``; they measure here and tell over there."""
    steps = 0

    def tell(function: Callable[..., None], *arguments: Any) -> None:
        try:
            loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop has ended, and nobody listens any more
            raise Cancelled from None

    def checkpoint() -> None:
        if job.cancelled:
            raise Cancelled

    def running(count: int) -> None:
        nonlocal steps
        checkpoint()
        steps = count
        pace.start()
        tell(_run, job, count, pace.left(0, count))

    def step(done: int, preview: str | None) -> None:
        checkpoint()
        tell(job.report, done, pace.left(done, steps), preview)

    def finishing() -> None:
        tell(_finish, job)

    return checkpoint, running, pace.denoise, step, finishing


def _run(job: Job, steps: int, seconds_left: float | None) -> None:
    if job.ended:
        return
    if job.state != "loading":  # the second try, after memory ran out
        job.report(0, seconds_left, None)
        return
    job.steps, job.seconds_left = steps, seconds_left
    job.advance("running")


def _finish(job: Job) -> None:
    if job.state == "running":
        job.advance("finishing")
