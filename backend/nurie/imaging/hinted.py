"""Hinted areas: a stroke of colour means the whole area that its lines enclose, through small gaps and up to them.

Strokes of different colours in one area part it where it is narrowest between them. The open ground around a figure is
no such area, nor is what is large: in a drawing of open lines that may be half the figure. There a stroke means its
surroundings (`spread`).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, max_pool
from nurie.imaging.evidence import Evidence
from nurie.imaging.hints import DRAWN, Hints
from nurie.imaging.regions import find_regions
from nurie.imaging.strokes import area_colors

__all__ = ["fill_areas", "hinted_areas"]

Floats = NDArray[np.float32]

_PIXELS = 1_000_000
"""Pixels at which areas are looked for, about; the canvas they go to has fewer."""
_LARGEST = 0.04
"""Share of the page above which an area is not filled. Without it, a dab may spoil half a figure."""


def hinted_areas(ink: Floats, hints: Hints, placement: Placement) -> tuple[Floats, NDArray[np.bool_]]:
    """The areas that strokes lie in, on the canvas: their colours (S, S, 3) in [-1, 1] and where they are (S, S).

    ink (H, W) in [0, 1], 1 on full lines; hints RGBA (H, W, 4). An area with strokes of several colours has none.
    """
    size = placement.size
    rows, columns = np.nonzero(hints[..., 3] >= DRAWN)
    if len(rows) == 0:
        return np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.bool_)
    step = max(1, round(math.sqrt(ink.size / _PIXELS)))
    # The most ink of each square, so that no line opens.
    coarse = max_pool(ink, step)
    drawn = np.zeros(coarse.shape, np.uint8)
    cells = rows // step, columns // step
    drawn[cells] = 1
    strokes = np.asarray(cv2.connectedComponents(drawn, connectivity=8)[1], np.int32)
    regions = find_regions(coarse, marks=strokes)
    labels = regions.labels
    sizes = np.bincount(labels.ravel(), minlength=regions.count + 1) * step**2
    large = np.flatnonzero(sizes > _LARGEST * ink.size).tolist()
    found = area_colors(labels[cells].astype(np.int64), strokes[cells], hints[rows, columns, :3], sizes)
    colors = np.zeros((regions.count + 1, 3), np.float32)
    spoken = np.zeros(regions.count + 1, np.bool_)
    for area in found.keys() - {*regions.outside, *large}:
        colors[area] = np.array(found[area]) / 127.5 - 1
        spoken[area] = True
    shown, on_page = _on_canvas(labels, placement, step)
    return colors[shown], spoken[shown] & on_page


def fill_areas(found: Evidence, colors: Floats, there: NDArray[np.bool_]) -> Evidence:
    """Evidence with the colours (S, S, 3) of areas, ``there`` (S, S), at full confidence."""
    rgb = np.where(there[..., None], colors, found.rgb)
    return Evidence(rgb.astype(np.float32), np.where(there, np.float32(1), found.confidence))


def _on_canvas(
    labels: NDArray[np.uint16], placement: Placement, step: int
) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """Labels (h, w), each of ``step`` pixels of the drawing, at the canvas' pixels (S, S), and which of these have
    one."""
    middles = (np.arange(placement.size) + 0.5) / placement.scale
    rows, columns = (np.floor((middles + start) / step).astype(int) for start in (placement.y0, placement.x0))
    height, width = labels.shape
    on_page = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    return labels[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)], on_page
