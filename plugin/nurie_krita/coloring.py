# SPDX-License-Identifier: GPL-3.0-or-later
"""One colouring, from the line art to the colours, as a state machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .process import Backend
from .qt import QtCore, QtGui, Signal

__all__ = ["STATES", "Coloring", "ColoringRequest"]

STATES = (
    "starting",
    "sending",
    "queued",
    "loading",
    "running",
    "finishing",
    "done",
    "failed",
    "cancelled",
)


@dataclass(frozen=True)
class ColoringRequest:
    """What is to be coloured, and how.

    sketch: line art, Format_ARGB32 or any other. references: PNG or JPEG files as bytes, at least one. mask: of the
    sketch's size, white where colour is wanted. hints: of its size, strokes on transparent ground. steps, guidance,
    style: None is the model's own. lane: ``live``, ``normal`` or ``batch``.
    """

    sketch: QtGui.QImage
    references: list[bytes]
    mask: QtGui.QImage | None = None
    hints: QtGui.QImage | None = None
    steps: int | None = None
    seed: int = 0
    guidance: float | None = None
    style: str | None = None
    lane: str = "normal"


class Coloring(QtCore.QObject):
    """Runs once: ``start``, then exactly one of ``done``, ``failed``, ``cancelled``.

    step, steps: of the denoiser. seconds_left: told by the server or None. waiting: jobs before this one while
    queued, or None. timings: seconds by stage, empty before the end; summary: what the server says of a job that is
    done (``seed``, ``steps``, ``device``, ``half_size`` …). error: the NurieError of one that failed.
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
        self.state = "starting"
        self.step = 0
        self.steps: int | None = request.steps
        self.seconds_left: float | None = None
        self.waiting: int | None = None
        self.timings: dict[str, float] = {}
        self.summary: dict[str, Any] = {}
        self.error: Exception | None = None

    def start(self) -> None:
        """Begin; once."""

    def cancel(self) -> None:
        """Stop: ``cancelled`` comes at once, the server stops before its next step. Nothing for one that ended."""
