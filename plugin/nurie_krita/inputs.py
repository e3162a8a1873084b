# SPDX-License-Identifier: GPL-3.0-or-later
"""What a colouring sends: files by their digests, made in a thread."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import png
from .forms import parts_of, style_of
from .i18n import tr
from .options import OptionValues
from .protocol import InputError, JobRequest
from .qt import QtCore, QtGui

__all__ = ["ColoringRequest", "Inputs", "prepare"]


_ENOUGH = 256
"""Pixels of a drawing's shorter side that no working size takes away."""


@dataclass(frozen=True)
class ColoringRequest:
    """What is to be coloured, and how.

    sketch: line art, Format_ARGB32 or any other. references: PNG or JPEG files as bytes, at least one. mask: of the
    sketch's size, white where colour is wanted. hints: of its size, strokes on transparent ground. steps, guidance,
    style: None is the model's own. working_size: what the sketch's sides are divided by, where that leaves enough.
    lane: ``live``, ``normal`` or ``batch``. parts: names of ``protocol.PARTS`` that are wanted where the server knows
    them.
    """

    sketch: QtGui.QImage
    references: list[bytes]
    mask: QtGui.QImage | None = None
    hints: QtGui.QImage | None = None
    steps: int | None = None
    seed: int = 0
    guidance: float | None = None
    style: str | None = None
    working_size: int = 1
    lane: str = "normal"
    parts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, sketch: QtGui.QImage, references: list[bytes], values: OptionValues, lane: str = "normal"
    ) -> ColoringRequest:
        """As the panel's options say."""
        return cls(
            sketch,
            references,
            steps=values.steps,
            seed=values.seed,
            guidance=values.guidance,
            style=style_of(values.form, values.style),
            working_size=values.working_size,
            lane=lane,
            parts=parts_of(values.form),
        )


@dataclass(frozen=True)
class Inputs:
    """job: as it is posted. files: by digest, all that it names. size: of the sketch; divide: what its sides were
    divided by, as the artist wishes or for a server that takes no larger ones."""

    job: JobRequest
    size: QtCore.QSize
    divide: int
    files: dict[str, bytes] = field(repr=False)


def _most_divided(size: QtCore.QSize) -> int:
    return max(1, min(size.width(), size.height()) // _ENOUGH)


def prepare(request: ColoringRequest, name: str, limit: int) -> Inputs:
    """Encode and hash, for a job called ``name`` on a server that takes sides up to ``limit`` px; a thread's work. Of
    the parts nothing is said yet: what the server knows of them may not be known by now.

    InputError without a reference, and for a mask or hints of another size than the sketch's.
    """
    if not request.references:
        raise InputError(tr("There is no reference."), tr("Choose a picture whose colors are wanted."))
    sketch, size = request.sketch, request.sketch.size()
    divide = max(png.reduction(sketch, limit), min(request.working_size, _most_divided(size)))
    files: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        digest = png.digest(data)
        files[digest] = data
        return digest

    def drawn(image: QtGui.QImage | None) -> str | None:
        if image is None:
            return None
        if image.size() != size:
            raise InputError(tr("The mask or the hints are not of the drawing's size."), tr("Try again."))
        return keep(png.encode(image, divide))

    job = JobRequest(
        sketch=keep(png.encode(sketch, divide)),
        references=tuple(dict.fromkeys(keep(data) for data in request.references)),
        id=name,
        steps=request.steps,
        seed=request.seed,
        guidance=request.guidance,
        style=request.style,
        hints=drawn(request.hints),
        mask=drawn(request.mask),
        lane=request.lane,
    )
    return Inputs(job, size, divide, files)
