# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result becomes in the document, and what the engine has to hand over for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .protocol import JobRequest

__all__ = ["COLOR", "FORMS", "LAYER", "MASK", "Fetching", "Parts", "parts_of", "style_of"]

COLOR = "color"
"""The part that every result has."""

LAYER, MASK = "layer", "mask"
FORMS = (LAYER, "tones", "colors", MASK)
"""One layer of color; flats, shadows and highlights in layers of their own; one layer for each color; Krita's Colorize
Mask on the line art, with key strokes."""

_PARTS: Mapping[str, tuple[str, ...]] = {
    LAYER: (),
    "tones": ("flats", "shadows", "highlights"),
    "colors": ("swatches", "strokes"),
    MASK: ("strokes",),
}


@dataclass(frozen=True)
class Parts:
    """Further parts of a result, as the backend made them: its files by name, of a drawing whose sides were divided by
    ``divide``."""

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    divide: int = 1

    @property
    def bytes(self) -> int:
        return sum(len(data) for data in self.files.values())


def parts_of(form: str) -> tuple[str, ...]:
    """What a form is made of, beside the color: names of ``protocol.PARTS``."""
    return _PARTS[form]


def style_of(form: str, style: str | None) -> str | None:
    """The style that a form needs: shadows and lights are those of a shaded picture, one paint an area is flat."""
    if form == "tones":
        return style if style not in (None, "flats") else "shaded"
    return style if form == LAYER else "flats"


class Fetching:
    """In which order a result's parts are fetched: the further ones, then the color. parts: what has come, or None."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self.parts: Parts | None = None
        self._wanted = wanted
        self._due = COLOR
        self._divide = 1

    def asked(self, job: JobRequest, info: Mapping[str, Any] | None, divide: int) -> JobRequest:
        """The job with the parts that are wanted, of those that the server's ``info`` says it knows."""
        known = (info or {}).get("parts")
        self._divide = divide
        return replace(job, parts=tuple(part for part in self._wanted if isinstance(known, list) and part in known))

    def due(self, summary: Mapping[str, Any]) -> str:
        """The part to fetch now, of a job whose end said ``summary``."""
        told = summary.get("parts")
        there = told if isinstance(told, list) else []
        files = {} if self.parts is None else self.parts.files
        self._due = next((part for part in self._wanted if part in there and part not in files), COLOR)
        return self._due

    def take(self, data: bytes) -> bool:
        """The part that was due has come; whether it was the last, the color."""
        if self._due != COLOR:
            files = {} if self.parts is None else self.parts.files
            self.parts = Parts({**files, self._due: data}, self._divide)
        return self._due == COLOR
