# SPDX-License-Identifier: GPL-3.0-or-later
"""Many colourings at once: every keyframe of an animation into one animated layer, or every open drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from .coloring import ColoringRequest
from .forms import LAYER, Parts
from .host import DocumentFacts, Host, LineArt
from .i18n import tr
from .memory import DocumentMemory
from .notices import notice_for
from .options import OptionValues
from .process import Backend
from .progress import activity_of
from .protocol import InputError, NurieError
from .qt import QtCore, QtGui, Signal
from .queue import ColoringQueue
from .result_applying import apply_result
from .state import IDLE, Activity, Notice, PanelState

__all__ = ["Batch"]


@dataclass
class _Work:
    """What a batch is made with and what has come of it so far: line art, colours and further parts by item."""

    values: OptionValues
    references: tuple[str, ...]
    label: str
    arts: dict[int, LineArt] = field(default_factory=dict)
    colors: dict[int, QtGui.QImage] = field(default_factory=dict)
    parts: dict[int, Parts | None] = field(default_factory=dict)


class Batch(QtCore.QObject):
    """One batch at a time. The same seed and references serve all of its items, so that a character keeps its colours.

    Colours of frames stay in memory until the animated layer is made of them: 12 MB each at 1500 × 2000 pixels.
    """

    changed = Signal()

    def __init__(
        self,
        state: PanelState,
        host: Host,
        backend: Backend,
        memory: DocumentMemory,
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._host = host
        self._backend = backend
        self._memory = memory
        self._queue: ColoringQueue | None = None

    @property
    def running(self) -> bool:
        return self._queue is not None

    @property
    def paused(self) -> bool:
        return self._queue is not None and self._queue.paused

    def frames(self, document: DocumentFacts, references: tuple[str, ...], label: str) -> None:
        """Colour each keyframe of the line art. InputError for a layer without any."""
        source = self._state.options.values.source
        times = self._host.frames(document.id, source)
        if not times:
            raise InputError(tr("This layer is not animated."), tr("Choose the layer that holds the keyframes."))
        work = self._work(references, label)
        # The animated layer that comes of it is one layer.
        work.values = replace(work.values, form=LAYER)
        self._memory.keep(document.id)
        reads = [partial(self._host.read_frame, document.id, source, time) for time in times]
        self._start(work, reads, lambda _item: None, lambda: self._apply_frames(work))

    def pages(self, references: tuple[str, ...], label: str) -> None:
        """Colour each open drawing that can show colours, and make a layer in each. InputError without any."""
        documents = [found for found in self._host.documents() if not found.gray]
        if not documents:
            raise InputError(tr("No open drawing can be colored."), tr("Open one that is not grayscale."))
        work = self._work(references, label)
        # A layer's id belongs to one document; the others go by their own active layer.
        source = self._state.options.values.source
        source = source if source in ("active", "visible") else "active"
        reads = [partial(self._host.read, page.id, source, selection_only=False) for page in documents]
        self._start(work, reads, lambda item: self._apply_page(work, item), lambda: None)

    def pause(self, paused: bool) -> None:
        """Let the present item end and begin no other, or go on."""
        if self._queue is not None:
            self._queue.pause(paused)
            self.changed.emit()

    def cancel(self) -> None:
        """Stop. What is done of a page stays, an animation gets no layer."""
        if self._queue is not None:
            self._queue.cancel()

    def _work(self, references: tuple[str, ...], label: str) -> _Work:
        values = replace(self._state.options.values, seed=self._state.options.next_seed())
        return _Work(values, references, label)

    def _start(
        self,
        work: _Work,
        reads: Sequence[Callable[[], LineArt]],
        item_done: Callable[[int], None],
        finished: Callable[[], None],
    ) -> None:
        pictures = [self._state.references.data_of(digest) for digest in work.references]
        items = [partial(self._request, work, item, read, pictures) for item, read in enumerate(reads)]
        queue = ColoringQueue(self._backend, items, self)
        self._queue = queue

        def keep(item: int, color: QtGui.QImage) -> None:
            work.colors[item] = color
            work.parts[item] = None if queue.current is None else queue.current.fetching.parts
            item_done(item)

        def end() -> None:
            self._queue = None
            self._state.activity = IDLE
            self._report(queue)
            finished()
            queue.deleteLater()
            self.changed.emit()

        queue.item_done.connect(keep)
        queue.changed.connect(self._progress)
        queue.problem.connect(self._stopped_by)
        queue.finished.connect(end)
        self._progress()
        queue.start()
        self.changed.emit()

    def _request(self, work: _Work, item: int, read: Callable[[], LineArt], pictures: list[bytes]) -> ColoringRequest:
        art = read()
        if art.state == "empty":
            raise InputError(tr("“{name}” has no lines.", name=art.source.name))
        work.arts[item] = replace(art, image=QtGui.QImage())
        return ColoringRequest.of(art.image, pictures, work.values, lane="batch")

    def _progress(self) -> None:
        queue = self._queue
        if queue is None:
            return
        item = min(queue.index + 1, queue.total)
        activity = IDLE if queue.current is None else activity_of(queue.current, item, queue.total)
        # Between two items nothing is coloured, and yet the batch goes on.
        self._state.activity = activity if activity.busy else Activity("starting", item=item, items=queue.total)

    def _stopped_by(self, error: NurieError) -> None:
        """The backend itself failed: the queue waits, and its present item is taken up again on request."""
        found = notice_for(error)
        self._state.notice = Notice(found.text, found.advice, tr("Go on"), "go_on")
        self.changed.emit()

    def _report(self, queue: ColoringQueue) -> None:
        if queue.errors:
            first = next(iter(queue.errors.values()))
            text = tr("{failed} of {count} could not be colored.", failed=len(queue.errors), count=queue.total)
            self._state.notice = Notice(text, str(first), level="warning")

    def _name(self, work: _Work) -> str:
        return tr("Colors · {name} · seed {seed}", name=work.label, seed=work.values.seed)

    def _apply_page(self, work: _Work, item: int) -> None:
        art, color = work.arts[item], work.colors.pop(item)
        parts = work.parts.pop(item)
        result = self._state.results.add(color, art, work.values, work.references, work.label, parts=parts)
        applied = self._state.results.mark_applied
        # Of a page that was closed meanwhile the colours are in the results; the rest goes on.
        name, placement = self._name(work), work.values.placement
        apply_result(self._host, result, color, name, placement, lambda _layer: applied(result.id), self._tell)

    def _apply_frames(self, work: _Work) -> None:
        items = sorted(work.colors)
        if not items:
            return
        arts, colors = [work.arts[item] for item in items], [work.colors[item] for item in items]
        self._host.apply_frames(arts, colors, self._name(work), lambda _layer: None, self._tell)

    def _tell(self, error: NurieError) -> None:
        self._state.notice = notice_for(error)
