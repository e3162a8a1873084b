"""Assemble: pictures of a drawing's figures, each on a canvas of its own, laid into the picture of the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Box, Placement

__all__ = ["Part", "assembled", "finer"]

Floats = NDArray[np.float32]

_FINEST = 4
"""Times that the assembled canvas is at most finer than the whole's."""
_SEAM = 2 / 448
"""Way around a figure's box, as a share of its canvas' side, over which one picture goes over into the other."""


@dataclass(frozen=True)
class Part:
    """A figure's pictures (B, 3, S, S) on the square ``placement`` of the drawing; they count within ``box``."""

    pictures: Floats
    placement: Placement
    box: Box


def finer(whole: Placement, parts: Sequence[Placement]) -> Placement:
    """The whole's square on a canvas on which the smallest part loses nothing, up to four times as fine."""
    times = max((math.ceil(whole.side / part.side) for part in parts), default=1)
    return whole.resized(whole.size * min(max(times, 1), _FINEST))


def assembled(pictures: Floats, whole: Placement, parts: Sequence[Part], canvas: Placement) -> Floats:
    """Pictures (B, 3, S, S) of the ``whole`` with the parts laid into them, on ``canvas``: the same square."""
    size = canvas.size
    result = []
    for number, picture in enumerate(pictures):
        page = _resized(np.ascontiguousarray(picture.transpose(1, 2, 0)), size)
        for part in parts:
            _lay(page, np.ascontiguousarray(part.pictures[number].transpose(1, 2, 0)), part, canvas)
        result.append(page.transpose(2, 0, 1))
    return np.ascontiguousarray(np.stack(result), dtype=np.float32)


def _lay(page: Floats, picture: Floats, part: Part, canvas: Placement) -> None:
    """One part into the page (S, S, 3), in place."""
    scale = canvas.scale
    side = max(1, round(part.placement.side * scale))
    left, top = (round((edge - first) * scale) for edge, first in _corners(part.placement, canvas))
    small = _resized(picture, side)
    seam = max(1, round(_SEAM * side))
    share: Floats = np.zeros((side, side), np.float32)
    box = [round((edge - first) * scale) for edge, first in zip(part.box, _twice(canvas), strict=True)]
    columns = slice(max(0, box[0] - left - seam), max(0, box[2] - left + seam))
    rows = slice(max(0, box[1] - top - seam), max(0, box[3] - top + seam))
    share[rows, columns] = 1
    share = np.asarray(cv2.blur(share, (2 * seam + 1, 2 * seam + 1), borderType=cv2.BORDER_CONSTANT), np.float32)
    # What of it lies on the page.
    y, x = slice(max(0, -top), min(side, len(page) - top)), slice(max(0, -left), min(side, len(page) - left))
    if y.stop <= y.start or x.stop <= x.start:
        return
    target = page[top + y.start : top + y.stop, left + x.start : left + x.stop]
    target += share[y, x, None] * (small[y, x] - target)


def _resized(picture: Floats, side: int) -> Floats:
    if side == len(picture):
        return np.array(picture, np.float32)
    how = cv2.INTER_AREA if side < len(picture) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (side, side), interpolation=how), np.float32)


def _corners(placement: Placement, canvas: Placement) -> tuple[tuple[int, int], tuple[int, int]]:
    return (placement.x0, canvas.x0), (placement.y0, canvas.y0)


def _twice(canvas: Placement) -> tuple[int, int, int, int]:
    return canvas.x0, canvas.y0, canvas.x0, canvas.y0
