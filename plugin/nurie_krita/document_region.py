# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles of document pixels: what is read for which page, drawing and selection. Pure arithmetic."""

from __future__ import annotations

import math

from .host import Region

__all__ = ["MAX_PIXELS", "MAX_SIDE", "around", "common", "moved", "reach", "reduction", "united"]

MAX_SIDE = 8000
"""Pixels; what the backend takes of a drawing, along either side."""

MAX_PIXELS = 40_000_000
"""An A4 page at 600 dpi fits. More is read smaller, so that a page of 16000 x 16000 px fits into memory."""

_BLEED = 0.25
"""Of the page's side: how far beyond its edge lines still belong to the drawing. Sketches parked further off do not."""

_CONTEXT = 0.5
"""Of a selection's longer side: how much of the drawing around it the model sees."""

_CONTEXT_LEAST = 128
_MARGIN_LEAST = 64
_SMALL = 0.5
"""Of the page: a drawing that covers less is read alone, which is faster and needs less memory."""


def common(one: Region, other: Region) -> Region | None:
    """What both cover; None where they do not meet."""
    left, top = max(one.x, other.x), max(one.y, other.y)
    right = min(one.x + one.width, other.x + other.width)
    bottom = min(one.y + one.height, other.y + other.height)
    return Region(left, top, right - left, bottom - top) if left < right and top < bottom else None


def united(one: Region, other: Region) -> Region:
    """The smallest rectangle that holds both."""
    left, top = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Region(left, top, right - left, bottom - top)


def moved(region: Region, dx: int, dy: int) -> Region:
    return Region(region.x + dx, region.y + dy, region.width, region.height)


def reach(page: Region, lines: Region | None) -> Region:
    """What to read of a layer whose lines lie within ``lines``: the page, and what runs off its edge; of a small
    drawing on a large page, the drawing with a margin. The page where there are no lines near it."""
    beyond = _grown(page, round(page.width * _BLEED), round(page.height * _BLEED))
    near = None if lines is None else common(lines, beyond)
    if near is None:
        return page
    margin = max(_MARGIN_LEAST, max(near.width, near.height) // 20)
    alone = common(_grown(near, margin, margin), united(page, near))
    if alone is not None and alone.width * alone.height < _SMALL * page.width * page.height:
        return alone
    return united(page, near)


def around(selection: Region, within: Region) -> Region | None:
    """A selection with enough of the drawing around it, None where it lies outside of ``within``."""
    if common(selection, within) is None:
        return None
    context = max(_CONTEXT_LEAST, round(max(selection.width, selection.height) * _CONTEXT))
    return common(_grown(selection, context, context), within)


def reduction(region: Region) -> int:
    """The whole number by which both sides are divided so that a picture of it is neither too long nor too large."""
    sides = max(region.width, region.height) / MAX_SIDE
    pixels = math.sqrt(region.width * region.height / MAX_PIXELS)
    return max(1, math.ceil(max(sides, pixels)))


def _grown(region: Region, dx: int, dy: int) -> Region:
    return Region(region.x - dx, region.y - dy, region.width + 2 * dx, region.height + 2 * dy)
