# SPDX-License-Identifier: GPL-3.0-or-later
"""One colouring, from the line art to the colours, as a state machine.

What is due next follows from what is there already (``_advance``): a backend, the encoded files, the files on the
server, the job on the server, its end, its result. A fault takes some of it away again, and the same rule goes on.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from . import png
from .client import Client
from .delivery import Delivery
from .exchange import BROKEN, Call, Exchange
from .forms import Fetching
from .i18n import tr
from .inputs import ColoringRequest, Inputs, prepare
from .news import News, died_twice, nonsense, read_news, stopped, too_large
from .process import Backend
from .protocol import ENDED, NurieError
from .qt import QtCore, QtGui, Signal
from .sse import Event
from .work import Task, in_thread

__all__ = ["STATES", "Coloring", "ColoringRequest"]

STATES = ("starting", "sending", "queued", "loading", "running", "finishing", "done", "failed", "cancelled")
_FULL, _GONE = frozenset({"queue_full", "busy"}), frozenset({"shutting_down", "not_found"})


class Coloring(QtCore.QObject):
    """Runs once: ``start``, then exactly one of ``done``, ``failed``, ``cancelled``.

    id: of its job. step, steps: of the denoiser. seconds_left: told by the server or None. waiting: jobs before it
    while queued. timings, at the end: the server's seconds by stage. reached: seconds from ``start`` to each state,
    to the files being ready (``prepared``), to the first estimate (``preview``). summary: what the server says of a job
    that is done (``seed``, ``steps``, ``device``, ``half_size`` …). fetching: the result's further parts.
    """

    changed = Signal()
    preview = Signal(QtGui.QImage)
    """The present estimate, small, of the sketch's proportions."""
    done = Signal(QtGui.QImage)
    """Colour only, Format_ARGB32 (straight alpha), of the sketch's size."""
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, backend: Backend, request: ColoringRequest, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.backend = backend
        self.request = request
        self.id = secrets.token_hex(16)
        self.state = "starting"
        self.step = 0
        self.steps: int | None = request.steps
        self.seconds_left: float | None = None
        self.waiting: int | None = None
        self.timings: dict[str, float] = {}
        self.reached: dict[str, float] = {}
        self.summary: dict[str, Any] = {}
        self.error: NurieError | None = None
        self.fetching = Fetching(request.parts)
        self._started: float | None = None
        self._client: Client | None = None  # the server that the facts below are about
        self._inputs: Inputs | None = None
        self._posted = self._finished = self._decoding = False
        self._last_event = 0
        self._task: Task | None = None
        self._exchange: Exchange | Delivery | None = None
        self._posting: Call | None = None
        self._posts = self._faults = self._evictions = self._losses = 0
        self._full_since: float | None = None
        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._advance)

    @property
    def ended(self) -> bool:
        """Whether it is over, in whichever way."""
        return self.state in ENDED

    def start(self) -> None:
        """Begin; once."""
        if self._started is not None:
            return
        self._started = time.monotonic()
        backend, request, name = self.backend, self.request, self.id
        limit = backend.limit("image_side", 8000)
        self._task = in_thread(lambda: prepare(request, name, limit), self._on_inputs, self._fail)
        backend.hold()
        backend.state_changed.connect(self._on_backend)
        backend.ensure()
        self._advance()

    def cancel(self) -> None:
        """Stop: ``cancelled`` comes at once, the server stops before its next step. Nothing for one that ended."""
        if not self.ended:
            self._withdraw()
            self._end("cancelled")
            self.cancelled.emit()

    def _advance(self) -> None:
        """Do the one thing that is due, unless something is under way."""
        if self.ended or self._exchange is not None or self._decoding or self._pause.isActive():
            return
        client, inputs = self.backend.client, self._inputs
        if client is None:
            if self.backend.state == "starting":
                self._show("starting")
            else:
                self._fail(self.backend.error or stopped())
            return
        if client is not self._client:
            self._client, self._faults, self._posted, self._finished = client, 0, False, False
        if inputs is None:
            return
        missing = next((name for name in inputs.files if name not in client.known), None)
        if self._finished:
            part = self.fetching.due(self.summary)
            self._exchange = client.result(self.id, part, self._on_result, self._on_fault)
        elif self._posted:
            self._exchange = client.events(self.id, self._last_event, self._on_event, self._on_fault)
        elif self._posts > 1:
            self._fail(died_twice())
        elif missing is None:
            job = self.fetching.asked(inputs.job, self.backend.info, inputs.divide)
            self._exchange = self._posting = client.post_job(job, self._on_posted, self._on_fault)
        else:
            self._upload(client, missing, inputs.files[missing])

    def _upload(self, client: Client, name: str, data: bytes) -> None:
        if len(data) > self.backend.limit("image_bytes", len(data)):
            self._fail(too_large(len(data)))
            return
        self._show("sending")
        if not self.ended:
            self._exchange = client.put_image(name, data, self._on_stored, self._on_fault)

    def _on_backend(self, state: str) -> None:
        """It came, went, or is another one: what was under way with the former is none of it any more."""
        if self._client is not None and self.backend.client is not self._client:
            self._client = None
            self._pause.stop()
            self._leave()
        self._advance()

    def _on_inputs(self, inputs: Inputs) -> None:
        self._inputs, self._task = inputs, None
        self._reach("prepared")
        self._advance()

    def _on_stored(self, answer: dict[str, Any]) -> None:
        self._exchange = None
        self._worked()
        self._advance()

    def _on_posted(self, answer: dict[str, Any]) -> None:
        self._exchange = None
        self._worked()
        self._posted, self._last_event = True, 0
        self._posts += 1
        self._show("queued")
        self._advance()

    def _on_event(self, event: Event) -> None:
        number = int(event.id) if event.id.isascii() and event.id.isdecimal() else 0
        if number <= self._last_event:
            return  # told before
        news = read_news(event)
        if news is None:
            self._fail(nonsense())
            return
        self._last_event = number
        self._worked()
        if news.state in ENDED:
            self._leave()
            self._on_outcome(news)
        elif news.state is not None:
            self.waiting, self.seconds_left = news.position, news.seconds_left
            self.step, self.steps = news.step, news.steps or self.steps
            self._show(news.state)
            picture = None if news.preview is None else png.decode_preview(news.preview)
            if picture is not None and not self.ended:
                self._reach("preview")
                self.preview.emit(picture)

    def _on_outcome(self, news: News) -> None:
        """The job is over, over there."""
        if news.state == "done":
            self.summary, self.timings = news.result, news.timings
            self._finished = True
            self._show("finishing")
            self._advance()
        elif news.error is not None:
            self._posted = False
            self._fail(news.error)
        elif news.reason == "shutdown":
            self._on_fault(NurieError(tr("The backend is ending."), code="shutting_down"))
        else:
            self._end("cancelled")
            self.cancelled.emit()

    def _on_result(self, data: bytes) -> None:
        self._exchange = None
        inputs = self._inputs
        if not self.fetching.take(data):
            self._advance()
        elif inputs is not None:
            size, divide = inputs.size, inputs.divide
            self._decoding = True
            self._task = in_thread(lambda: png.decode(data, size, divide), self._on_picture, self._fail)

    def _on_picture(self, picture: QtGui.QImage) -> None:
        self._end("done")
        if (self.backend.info or {}).get("engine") is None:
            self.backend.refresh()
        self.done.emit(picture)

    def _on_fault(self, error: NurieError) -> None:
        """The server's refusals are final, but for those that time or resending cures; so is what breaks often."""
        self._exchange = None
        if error.code in _FULL:
            self._wait_for_room(error)
            return
        if error.code == "unknown_image" and self._evictions < 2 and self._client is not None:
            # The server let go of it for newer ones; send everything again.
            self._client.known.clear()
            self._evictions += 1
        elif error.code in _GONE and not self._finished:
            self._posted = False
        elif error.code not in BROKEN:
            self._fail(error)
            return
        waits = self.backend.patience.retries
        if self._faults >= len(waits) or (error.code == "silent" and self._faults >= 1):
            self._losses += 1
            if not self.backend.lost(error) or self._losses > 1:
                self._fail(error)
            return
        self._pause.start(round(waits[self._faults] * 1000))
        self._faults += 1
        self.backend.check()

    def _wait_for_room(self, error: NurieError) -> None:
        """The server's queue is full: others' jobs have to end first."""
        self._full_since = self._full_since or time.monotonic()
        waited = time.monotonic() - self._full_since
        if waited >= self.backend.patience.queue:
            self._fail(error)
            return
        self._pause.start(round(min(5.0, 1.0 + waited / 4) * 1000))
        self._show("queued")

    def _worked(self) -> None:
        """Earlier faults count no more."""
        self._faults, self._full_since = 0, None

    def _leave(self) -> None:
        if self._exchange is not None:
            self._exchange.abort()
            self._exchange = None

    def _withdraw(self) -> None:
        """Have the server stop, too, even if the job is only on its way there."""
        posting = None if self._posted or self._exchange is not self._posting else self._posting
        if self._client is not None and not self._finished and (self._posted or posting):
            self._client.withdraw(self.id, posting)
            self._exchange = None if posting else self._exchange

    def _reach(self, what: str) -> None:
        self.reached.setdefault(what, time.monotonic() - (self._started or 0.0))

    def _show(self, state: str) -> None:
        self.state = state
        self._reach(state)
        self.changed.emit()

    def _fail(self, error: NurieError) -> None:
        if self.ended:
            return
        self._withdraw()
        self.error = error
        self._end("failed")
        self.failed.emit(error)

    def _end(self, state: str) -> None:
        self._pause.stop()
        self._leave()
        if self._task is not None:
            self._task.forget()
        self._task = self._inputs = None
        self.state, self.seconds_left, self.waiting = state, None, None
        self._reach(state)
        if self._started is not None:
            self.backend.state_changed.disconnect(self._on_backend)
            self.backend.release()
        self.changed.emit()
