"""Regions from frame to frame: the same number for what is the same area of a moving drawing.

Areas are matched by how well they cover each other once movement is taken out - the whole drawing's first, then that of
each limb, by dense optical flow between the areas' borders (Kroeger et al., "Fast Optical Flow using Dense Inverse
Search", 2016) - and by how alike they are in size, form and place; each has at most one partner. A character's colours
are then those of its areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.color import ciede2000, rgb_to_lab
from nurie.imaging.oklab import oklab_to_rgb

__all__ = ["Tracks", "flicker", "shared_colors", "track"]

Floats = NDArray[np.float32]
Labels = NDArray[np.uint16]

_SIDE = 256
"""Longest side in pixels at which frames are compared."""
_FAR = 0.1
"""Distance of two areas' middles, the movement taken out, from which they are not near each other at all; of the
picture's longer side."""
_LEAST = 0.25
"""Likeness in [0, 1] below which two areas are no pair."""
_SURE = 0.5
"""Likeness from which they are one, whatever the model makes of it."""
_REACH, _SURE_REACH = 0.15, 0.4
"""Distances in OKLab within which a tracked area keeps its colour: of a doubtful pair, and of a sure one."""
_SMALLEST = 48
"""Pixels of the shorter side from which there is flow."""


@dataclass(frozen=True)
class Tracks:
    """``partners`` (n + 1,): for each area of a frame the one it was in the frame before, 0 for none; ``likeness``
    (n + 1,) in [0, 1]: how sure that is."""

    partners: NDArray[np.int64]
    likeness: NDArray[np.float64]


@dataclass(frozen=True)
class _Shapes:
    """Of each area (n + 1,): its share of the picture, middle (n + 1, 2) and spread (n + 1, 3), in picture sides."""

    small: NDArray[np.int64]
    area: NDArray[np.float64]
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]


def track(before: Labels, after: Labels) -> Tracks:
    """Which areas of ``before`` (H, W; 1 .. m) those of ``after`` (H, W; 1 .. n) are."""
    one, two = _shapes(before), _shapes(after)
    rows, columns = _origins(one, two)
    overlap = _overlap(one, two, rows, columns)
    away = np.linalg.norm(one.middle[:, None] - _came_from(two, rows, columns)[None], axis=2)
    near = np.clip(1 - away / _FAR, 0, 1)
    largest, smallest = np.maximum(one.area[:, None], two.area), np.minimum(one.area[:, None], two.area)
    size = smallest / np.maximum(largest, 1e-12)
    form = np.exp(-np.linalg.norm(np.sqrt(one.spread)[:, None] - np.sqrt(two.spread)[None], axis=2) * 20)
    likeness = 0.5 * overlap + 0.5 * near * np.sqrt(size) * form
    likeness[0], likeness[:, 0] = 0, 0
    partners, sure = np.zeros(len(two.area), np.int64), np.zeros(len(two.area))
    taken = np.zeros(len(one.area), np.bool_)
    # The most alike first, the larger of equals.
    pairs = np.nonzero(likeness >= _LEAST)
    order = np.lexsort((-two.area[pairs[1]], -likeness[pairs]))
    for row, column in zip(pairs[0][order].tolist(), pairs[1][order].tolist(), strict=True):
        if not taken[row] and partners[column] == 0:
            partners[column], sure[column] = row, likeness[row, column]
            taken[row] = True
    return Tracks(partners, sure)


def shared_colors(tracks: Tracks, before: Floats, after: Floats, painted: NDArray[np.bool_]) -> Floats:
    """Colours ``after`` (n + 1, 3) in OKLab, those of tracked areas taken from ``before`` (m + 1, 3).

    ``painted`` (m + 1,): areas of the frame before that have a colour. An area whose own colour is far from its
    partner's keeps its own: it is another thing, or turned into one; the surer the pair, the further that may be.
    """
    kept = before[tracks.partners]
    reach = np.where(tracks.likeness >= _SURE, _SURE_REACH, _REACH)
    close = np.linalg.norm(kept - after, axis=1) <= reach
    known = (tracks.partners > 0) & painted[tracks.partners]
    return np.where((known & close)[:, None], kept, after).astype(np.float32)


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


def _origins(one: _Shapes, two: _Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each small pixel of the later frame, row and column of the earlier one that it was, or nearly."""
    rows, columns = (np.asarray(index, np.int64) for index in np.indices(two.small.shape))
    if one.small.shape != two.small.shape:
        return rows, columns
    borders = [_borders(shapes.small) for shapes in (one, two)]
    if not (borders[0].any() and borders[1].any()):
        return rows, columns
    down, right = _movement(*borders)
    flow = np.zeros((*two.small.shape, 2), np.float32)
    if min(two.small.shape) >= _SMALLEST:
        shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
        height, width = two.small.shape
        shifted = cv2.warpAffine(borders[0], shift, (width, height))
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        search.setFinestScale(0)
        dark = [np.asarray(np.clip(255 - 200 * border, 0, 255), np.uint8) for border in (borders[1], shifted)]
        flow = np.asarray(search.calc(dark[0], dark[1], flow), np.float32)
    rows = np.rint(rows + flow[..., 1] - down).astype(np.int64)
    columns = np.rint(columns + flow[..., 0] - right).astype(np.int64)
    return rows, columns


def _movement(one: Floats, two: Floats) -> tuple[float, float]:
    """How far (rows, columns), in small pixels, the whole drawing moved: what makes the areas' borders meet best."""
    (column, row), response = cv2.phaseCorrelate(one, two)
    limit = 0.25 * max(one.shape)
    return (row, column) if response > 0.05 and max(abs(row), abs(column)) < limit else (0.0, 0.0)


def _borders(small: NDArray[np.int64]) -> Floats:
    edges: Floats = np.zeros(small.shape, np.float32)
    edges[:-1] += small[1:] != small[:-1]
    edges[:, :-1] += small[:, 1:] != small[:, :-1]
    return np.asarray(cv2.GaussianBlur(np.minimum(edges, 1), (0, 0), 1.5), np.float32)


def _came_from(two: _Shapes, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """The middle (n + 1, 2) of each area's origins, in picture sides."""
    flat, count = two.small.ravel(), len(two.area)
    total = np.maximum(np.bincount(flat, minlength=count), 1) * max(two.small.shape)
    return np.stack([np.bincount(flat, one.ravel(), count) / total for one in (rows, columns)], axis=1)


def _overlap(one: _Shapes, two: _Shapes, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Intersection over union of every pair, the first frame moved along; (n + 1, m + 1)."""
    table = np.zeros((len(one.area), len(two.area)))
    if one.small.shape != two.small.shape:
        return table
    height, width = one.small.shape
    seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    np.add.at(table, (one.small[rows[seen], columns[seen]], two.small[seen]), 1)
    union = one.area[:, None] * seen.size + two.area * seen.size - table
    return np.asarray(table / np.maximum(union, 1))
