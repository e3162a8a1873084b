"""Regions from frame to frame: the same number for what is the same area of a moving drawing.

Areas are matched by how well they cover each other once the whole drawing's movement is taken out, and by how alike
they are in size, form and place; each has at most one partner. A character's colours are then those of its areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.color import ciede2000, rgb_to_lab
from nurie.imaging.oklab import oklab_to_rgb

__all__ = ["flicker", "shared_colors", "track"]

Floats = NDArray[np.float32]
Labels = NDArray[np.uint16]

_SIDE = 256
"""Longest side in pixels at which frames are compared."""
_FAR = 0.15
"""Distance of two areas' middles, as a share of the picture's longer side, at which they are no pair any more."""
_LEAST = 0.25
"""Likeness in [0, 1] below which two areas are no pair."""


@dataclass(frozen=True)
class _Shapes:
    """Of each area (n + 1,): its share of the picture, middle (n + 1, 2) and spread (n + 1, 3), in picture sides."""

    small: NDArray[np.int64]
    area: NDArray[np.float64]
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]


def track(before: Labels, after: Labels) -> NDArray[np.int64]:
    """For each area of ``after`` (H, W; 1 .. n) its partner in ``before`` (H, W), 0 for none; (n + 1,)."""
    one, two = _shapes(before), _shapes(after)
    moved = _movement(one, two)
    overlap = _overlap(one, two, moved)
    away = np.linalg.norm(one.middle[:, None] + moved / max(one.small.shape) - two.middle[None], axis=2)
    near = np.clip(1 - away / _FAR, 0, 1)
    largest, smallest = np.maximum(one.area[:, None], two.area), np.minimum(one.area[:, None], two.area)
    size = smallest / np.maximum(largest, 1e-12)
    form = np.exp(-np.linalg.norm(np.sqrt(one.spread)[:, None] - np.sqrt(two.spread)[None], axis=2) * 20)
    likeness = 0.5 * overlap + 0.5 * near * np.sqrt(size) * form
    likeness[0], likeness[:, 0] = 0, 0
    partners = np.zeros(len(two.area), np.int64)
    taken = np.zeros(len(one.area), np.bool_)
    # The most alike first, the larger of equals.
    rows, columns = np.nonzero(likeness >= _LEAST)
    order = np.lexsort((-two.area[columns], -likeness[rows, columns]))
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if not taken[row] and partners[column] == 0:
            partners[column] = row
            taken[row] = True
    return partners


def shared_colors(
    partners: NDArray[np.int64], before: Floats, after: Floats, painted: NDArray[np.bool_], reach: float = 0.15
) -> Floats:
    """Colours ``after`` (n + 1, 3) in OKLab, those of tracked areas taken from ``before`` (m + 1, 3).

    ``painted`` (m + 1,): areas of the frame before that have a colour. An area whose own colour is further than
    ``reach`` from its partner's keeps its own: it is another thing, or turned into one.
    """
    kept = before[partners]
    close = np.linalg.norm(kept - after, axis=1) <= reach
    return np.where(((partners > 0) & painted[partners] & close)[:, None], kept, after).astype(np.float32)


def flicker(partners: NDArray[np.int64], before: Floats, after: Floats, areas: NDArray[np.float64]) -> float:
    """Mean CIEDE2000 between tracked areas' colours (OKLab) of two frames, by ``areas`` (n + 1,) of the later one."""
    tracked = np.flatnonzero(partners > 0)
    if len(tracked) == 0 or areas[tracked].sum() == 0:
        return 0.0
    one, two = (rgb_to_lab(oklab_to_rgb(colors)) for colors in (before[partners[tracked]], after[tracked]))
    return float(np.average(ciede2000(one, two), weights=areas[tracked]))


def _shapes(labels: Labels) -> _Shapes:
    step = max(1, max(labels.shape) // _SIDE)
    small = np.ascontiguousarray(labels[step // 2 :: step, step // 2 :: step]).astype(np.int64)
    count = int(labels.max(initial=0)) + 1
    side = max(small.shape)
    rows, columns = np.indices(small.shape).reshape(2, -1) / side
    flat = small.ravel()
    number = np.bincount(flat, minlength=count).astype(np.float64)
    total = np.maximum(number, 1)

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(flat, values, count) / total)

    middle = np.stack([mean(rows), mean(columns)], axis=1)
    high, wide = rows - middle[flat, 0], columns - middle[flat, 1]
    spread = np.stack([mean(high * high), mean(wide * wide), np.abs(mean(high * wide))], axis=1)
    return _Shapes(small, number / flat.size, middle, spread)


def _movement(one: _Shapes, two: _Shapes) -> NDArray[np.float64]:
    """How far (rows, columns), in small pixels, the drawing moved: what makes the areas' borders meet best."""
    if one.small.shape != two.small.shape:
        return np.zeros(2)
    borders = [_borders(shapes.small) for shapes in (one, two)]
    if not (borders[0].any() and borders[1].any()):
        return np.zeros(2)
    (column, row), response = cv2.phaseCorrelate(borders[0], borders[1])
    limit = 0.25 * max(one.small.shape)
    return np.array([row, column]) if response > 0.05 and max(abs(row), abs(column)) < limit else np.zeros(2)


def _borders(small: NDArray[np.int64]) -> Floats:
    edges: Floats = np.zeros(small.shape, np.float32)
    edges[:-1] += small[1:] != small[:-1]
    edges[:, :-1] += small[:, 1:] != small[:, :-1]
    return np.asarray(cv2.GaussianBlur(edges, (0, 0), 2), np.float32)


def _overlap(one: _Shapes, two: _Shapes, moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of every pair, the first frame moved along; (n + 1, m + 1)."""
    table = np.zeros((len(one.area), len(two.area)))
    if one.small.shape != two.small.shape:
        return table
    down, right = np.rint(moved).astype(int)
    height, width = one.small.shape
    rows, columns = np.arange(height) - down, np.arange(width) - right
    seen = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    first = one.small[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
    np.add.at(table, (first[seen], two.small[seen]), 1)
    union = one.area[:, None] * seen.size + two.area * seen.size - table
    return np.asarray(table / np.maximum(union, 1))
