"""Hatching: strips and cells between many alike, even strokes, which are one area that was shaded and not many areas.

A strand of hair tapers, a finger has four like it; what hatching leaves between its strokes are strips of one even
width side by side, straight or bent with a form, or, where two layers cross, small cells of one size. Straight strips
and cells are told by their second moments, bent ones by how far their points are from their borders, all at points a
few pixels apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["hatched"]

Labels = NDArray[np.uint16]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

INK = 0.18
"""Share of a strip or cell, up to the middle of the strokes around it, that is ink at least."""
PITCH = (20.0, 8.0)
"""From stroke to stroke at most: pixels, or widths of the drawing's lines where these are more."""
STRIPS = 6
"""Alike strips side by side from which they are hatching."""
CELLS = 16
"""Alike cells next to each other from which they are."""
_LONG = 3.0
"""Times its width that a strip is long at least."""
_FULL = 0.9
"""Share of a rectangle of its own moments that a strip or cell fills at least: what bends or branches fills less."""
_EVEN = 1.15
"""Greatest depth of a bent strip at most, in mean ones of a strip of even width; 1.5 where it tapers to a point."""
_ALIKE = 1.5
"""Times that of two alike ones' widths (and of two cells' lengths) one may be the other's."""
_TURN = np.cos(np.deg2rad(12))
"""Of two alike strips' directions, as a cosine."""
_SIDE = 0.4
"""Share of the shorter one's length along which two alike strips lie side by side at least; of a cell's, 0.3."""
_RIM = 0.4
"""Share of its border that a clipped strip or cell at the rim of hatching has with it."""
_ROUNDS = 3


@dataclass(frozen=True)
class _Bars:
    """What a rectangle with a region's second moments would measure; (n + 1,) each, ``along`` (n + 1, 2). ``along`` is
    None for bands, which have no one direction, and whose width is infinite unless it is even."""

    area: Floats
    width: Floats
    length: Floats
    along: Floats | None


def hatched(points: Labels, lines: NDArray[np.uint8], count: int, width: float, spacing: int = 1) -> Indices:
    """Regions 1 .. ``count`` at points (h, w) -> the region that each belongs to, (count + 1,): itself, or the first of
    the hatching that it is a part of.

    Regions meet under ``lines`` (h, w; 255 on ink), which are ``width`` pixels wide; points are ``spacing`` apart.
    """
    table = np.arange(count + 1)
    if count < STRIPS:
        return table
    bars = _bars(points, count)
    ink = np.bincount(points.ravel(), (lines > 0).ravel(), count + 1)
    inky = (ink >= INK * bars.area) & (bars.area > 0)
    inky[0] = False
    pitch = max(PITCH[0], PITCH[1] * width) / spacing
    thin = inky & (bars.width <= pitch)
    even = thin & (bars.area >= _FULL * bars.width * bars.length)
    long = bars.length >= _LONG * bars.width
    bands = _bands(points, bars, inky)
    bent = inky & (bands.width <= pitch) & (bands.length >= _LONG * bands.width)
    thin |= bent
    if max(even.sum(), bent.sum()) < STRIPS:
        return table
    one, two, border = _borders(points, thin)
    for kind, shape, least in ((even & long, bars, STRIPS), (bent, bands, STRIPS), (even & ~long, bars, CELLS)):
        pairs = kind[one] & kind[two]
        pairs[pairs] = _alike(shape, one[pairs], two[pairs], border[pairs], strips=least == STRIPS)
        groups = _joined(table, one[pairs], two[pairs])
        size = np.bincount(groups, minlength=count + 1)
        table = np.where(size[groups] >= least, groups, table)
    return _with_rim(table, bars, thin, (one, two, border))


def _bars(points: Labels, count: int) -> _Bars:
    flat = points.ravel().astype(np.intp)
    rows, columns = (np.arange(side, dtype=np.float64) for side in points.shape)
    area = np.bincount(flat, minlength=count + 1).astype(np.float64)
    number = np.maximum(area, 1)

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(flat, np.broadcast_to(values, points.shape).ravel(), count + 1) / number)

    rows, columns = rows[:, None], columns[None]
    high, wide = mean(rows), mean(columns)
    # A point stands for a square of side one, whose own moment is a twelfth.
    down = np.maximum(mean(rows * rows) - high * high, 0) + 1 / 12
    right = np.maximum(mean(columns * columns) - wide * wide, 0) + 1 / 12
    both = mean(rows * columns) - high * wide
    middle, apart = (down + right) / 2, np.hypot((down - right) / 2, both)
    angle = np.arctan2(2 * both, right - down) / 2
    along = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return _Bars(area, np.sqrt(12 * np.maximum(middle - apart, 1 / 12)), np.sqrt(12 * (middle + apart)), along)


def _bands(points: Labels, bars: _Bars, chosen: Mask) -> _Bars:
    """Width and length of each ``chosen`` region (n + 1,) as of a band, however it bends."""
    count = len(bars.area) - 1
    inner = np.ones(points.shape, np.uint8)
    for here, free in ((points, inner), (points.T, inner.T)):
        apart = here[:-1] != here[1:]
        free[:-1][apart] = 0
        free[1:][apart] = 0
    depth = cv2.distanceTransform(inner, cv2.DIST_L2, cv2.DIST_MASK_5) + np.float32(0.5)
    # Across a band of width w the mean distance to its border is w / 4.
    mean = np.bincount(points.ravel(), depth.ravel(), count + 1) / np.maximum(bars.area, 1)
    places = np.flatnonzero(chosen[points])
    deepest = np.zeros(count + 1, np.float32)
    np.maximum.at(deepest, points.ravel()[places], depth.ravel()[places])
    even = chosen & (deepest <= _EVEN * 2 * mean)
    width = np.where(even, 4 * mean, np.inf)
    return _Bars(bars.area, width, bars.area / width, None)


def _borders(points: Labels, thin: Mask) -> tuple[Indices, Indices, Indices]:
    """Neighbouring regions of which one is thin: first, second (the higher number) and the length of their border."""
    keys = []
    for axis in (0, 1):
        here = points if axis == 0 else points.T
        first, second = here[:-1], here[1:]
        rows, columns = np.nonzero((first != second) & (thin[first] | thin[second]))
        pair = first[rows, columns].astype(np.int64), second[rows, columns].astype(np.int64)
        keys.append(np.minimum(*pair) << 32 | np.maximum(*pair))
    unique, border = np.unique(np.concatenate(keys), return_counts=True)
    return unique >> 32, unique & 0xFFFFFFFF, border


def _alike(bars: _Bars, one: Indices, two: Indices, border: Indices, *, strips: bool) -> Mask:
    def near(values: Floats) -> Mask:
        return np.asarray(np.maximum(values[one], values[two]) <= _ALIKE * np.minimum(values[one], values[two]))

    if strips:
        beside = border >= _SIDE * np.minimum(bars.length[one], bars.length[two])
        if bars.along is not None:
            beside &= np.abs((bars.along[one] * bars.along[two]).sum(axis=1)) >= _TURN
        return np.asarray(near(bars.width) & beside)
    beside = border >= 0.3 * np.minimum(bars.width[one], bars.width[two])
    return np.asarray(near(bars.width) & near(bars.length) & beside)


def _joined(table: Indices, one: Indices, two: Indices) -> Indices:
    """The lowest number of all that pairs join, directly or not; (count + 1,)."""
    groups = table.copy()
    while True:
        lowest = np.minimum(groups[one], groups[two])
        before = groups.copy()
        np.minimum.at(groups, groups[one], lowest)
        np.minimum.at(groups, groups[two], lowest)
        groups = groups[groups]
        if (groups == before).all():
            return np.asarray(groups)


def _with_rim(table: Indices, bars: _Bars, thin: Mask, borders: tuple[Indices, Indices, Indices]) -> Indices:
    """Thin regions no larger than what hatching is made of, and mostly beside it, belong to it, too."""
    one, two, border = borders
    count = len(table)
    around = np.bincount(one, border, count) + np.bincount(two, border, count)
    members = np.bincount(table, minlength=count)
    typical = np.bincount(table, bars.area, count) / np.maximum(members, 1)
    for _ in range(_ROUNDS):
        hatching = np.bincount(table, minlength=count)[table] > 1
        best, most = table.copy(), np.zeros(count)
        for own, other in ((one, two), (two, one)):
            fits = hatching[other] & ~hatching[own] & thin[own] & (bars.area[own] <= 1.5 * typical[table[other]])
            shared: dict[tuple[int, int], float] = {}
            for place in np.flatnonzero(fits):
                key = int(own[place]), int(table[other[place]])
                shared[key] = shared.get(key, 0.0) + float(border[place])
            for (region, group), length in shared.items():
                if length > most[region]:
                    best[region], most[region] = group, length
        table = np.where(most >= _RIM * np.maximum(around, 1), best, table)
    return np.asarray(table)
