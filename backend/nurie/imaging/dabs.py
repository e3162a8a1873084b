"""Dabs: a few round strokes of the brush for each area, where it is widest - as an artist tells a lazy fill (Sýkora et
al., "LazyBrush", 2009; Krita's Colorize Mask) what to fill with which colour."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["dabs"]

Labels = NDArray[np.uint16]

_EACH = 3
"""Dabs of an area at most."""
_APART = 2.5
"""Radii of free space around a dab within which its area gets no other."""
_FILLED = 0.6
"""Of the free space around its middle, a dab's radius."""
_WIDEST = 0.015
"""Of the drawing's longer side, the largest radius."""
_SPECK = 12
"""Pixels below which an area gets none: what is around flows over it."""
_MOST_AREAS = 4000
_NEARLY = 0.4
"""Of its widest place's, the free space around a further dab of an area."""
_ROWS = 512


def dabs(labels: Labels, lines: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Dabs (m, 4) of areas ``labels`` (H, W; 1 .. n): area, column, row and radius in pixels, each with all its pixels
    in its area and off the ``lines`` (H, W; 255 on lines); in the order of areas, the widest first.

    An area of which nothing lies off the lines has none; large ones have up to three.
    """
    depth = _depth(labels, lines)
    count = int(labels.max(initial=0))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    least = np.full(count + 1, np.inf, np.float32)
    chosen = np.argsort(-sizes, kind="stable")[:_MOST_AREAS]
    least[chosen[sizes[chosen] >= _SPECK]] = 1
    widest = _WIDEST * max(labels.shape)
    found: list[NDArray[np.int32]] = []
    for turn in range(_EACH):
        areas, rows, columns, free = _deepest(labels, depth, least)
        if turn == 0:
            least[:] = np.inf
            least[areas] = np.maximum(_NEARLY * free, 1)
        radius = np.minimum(_FILLED * (free - 1), widest).astype(np.int32)
        found.append(np.stack([areas, columns, rows, radius], axis=1).astype(np.int32))
        for area, row, column, space in zip(
            areas.tolist(), rows.tolist(), columns.tolist(), free.tolist(), strict=True
        ):
            _take(depth, labels, area, row, column, math.ceil(_APART * space))
    every = np.concatenate(found)
    return every[np.lexsort((-every[:, 3], every[:, 0]))]


def _deepest(
    labels: Labels, depth: NDArray[np.float32], least: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Areas whose deepest pixel is ``least`` (n + 1,) deep; its row, its column, its depth."""
    most = np.zeros(len(least), np.float32)
    for _, _, area, free in _strips(labels, depth, least):
        np.maximum.at(most, area, free)
    rows, columns = (np.full(len(least), -1, np.int64) for _ in range(2))
    for row, column, area, free in _strips(labels, depth, least):
        here = (free == most[area]) & (rows[area] < 0)
        # The last write wins: from the last pixel to the first.
        rows[area[here][::-1]], columns[area[here][::-1]] = row[here][::-1], column[here][::-1]
    areas = np.flatnonzero(rows >= 0)
    return areas, rows[areas], columns[areas], most[areas]


def _strips(
    labels: Labels, depth: NDArray[np.float32], least: NDArray[np.float32]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Labels, NDArray[np.float32]]]:
    """Row, column, area and depth of the pixels deep enough, a strip at a time."""
    for top in range(0, len(labels), _ROWS):
        strip = labels[top : top + _ROWS]
        row, column = np.nonzero(depth[top : top + _ROWS] >= least[strip])
        yield row + top, column, strip[row, column], depth[top : top + _ROWS][row, column]


def _take(depth: NDArray[np.float32], labels: Labels, area: int, row: int, column: int, reach: int) -> None:
    """No dab of this area any more within ``reach`` of a pixel."""
    top, left = max(0, row - reach), max(0, column - reach)
    window = np.s_[top : row + reach + 1, left : column + reach + 1]
    down, right = np.ogrid[: depth[window].shape[0], : depth[window].shape[1]]
    near = (down + top - row) ** 2 + (right + left - column) ** 2 <= reach * reach
    depth[window][near & (labels[window] == area)] = 0


def _depth(labels: Labels, lines: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far each pixel is from the next line, other area or side of the page."""
    inside = np.where(lines > 0, np.uint8(0), np.uint8(255))
    down, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    inside[1:][down] = 0
    inside[:-1][down] = 0
    inside[:, 1:][right] = 0
    inside[:, :-1][right] = 0
    inside[[0, -1]] = 0
    inside[:, [0, -1]] = 0
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
