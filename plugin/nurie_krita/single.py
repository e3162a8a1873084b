# SPDX-License-Identifier: GPL-3.0-or-later
"""One drawing: line art through the backend, its estimate over the canvas, its colours among the results."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .coloring import Coloring, ColoringRequest
from .host import LineArt
from .options import OptionValues
from .pace import Pace
from .process import Backend
from .progress import activity_of
from .protocol import NurieError
from .qt import QtCore, QtGui, Signal
from .shown import ShownPicture
from .state import IDLE, PanelState

__all__ = ["Single"]


@dataclass
class _Running:
    """What runs, what it was made from, and since when."""

    coloring: Coloring
    art: LineArt
    values: OptionValues
    references: tuple[str, ...]
    label: str
    since: float
    cold: bool


class Single(QtCore.QObject):
    """One colouring at a time."""

    done = Signal(str)
    """With the id of the result, which ``state.results`` keeps by now; the last estimate lies over the canvas still."""
    failed = Signal(object)

    def __init__(
        self,
        state: PanelState,
        backend: Backend,
        pace: Pace,
        shown: ShownPicture,
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._backend = backend
        self._pace = pace
        self._shown = shown
        self._running: _Running | None = None

    def start(self, art: LineArt, values: OptionValues, references: tuple[str, ...], label: str) -> None:
        """Colour; references: digests. NurieError if one of them is gone."""
        pictures = [self._state.references.data_of(digest) for digest in references]
        request = ColoringRequest.of(art.image, pictures, values)
        cold = self._backend.state not in ("ready", "remote")
        coloring = Coloring(self._backend, request, self)
        self._running = _Running(coloring, art, values, references, label, time.monotonic(), cold)
        coloring.changed.connect(self._changed)
        coloring.preview.connect(self._preview)
        coloring.done.connect(self._done)
        coloring.failed.connect(self._failed)
        coloring.cancelled.connect(self._cancelled)
        self._state.activity = activity_of(coloring)
        coloring.start()

    def cancel(self) -> None:
        """Stop; nothing comes of it."""
        if self._running is not None:
            self._running.coloring.cancel()

    def _changed(self) -> None:
        if self._running is not None:
            self._state.activity = activity_of(self._running.coloring)

    def _preview(self, image: QtGui.QImage) -> None:
        if self._running is not None and self._state.options.values.live_preview:
            self._shown.preview(self._running.art, image)

    def _done(self, color: QtGui.QImage) -> None:
        running = self._running
        if running is None:
            return
        seconds = time.monotonic() - running.since
        region, divided = running.art.region, running.values.working_size
        megapixels = region.width * region.height / 1e6 / divided**2
        self._pace.learn(running.values.steps, megapixels, seconds, cold=running.cold)
        parts = running.coloring.fetching.parts
        result = self._state.results.add(
            color, running.art, running.values, running.references, running.label, seconds, parts
        )
        self._end()
        self.done.emit(result.id)

    def _failed(self, error: NurieError) -> None:
        self._cancelled()
        self.failed.emit(error)

    def _cancelled(self) -> None:
        self._end()
        self._shown.end_preview()

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.coloring.deleteLater()
        self._state.activity = IDLE
