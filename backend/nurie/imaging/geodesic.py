"""Near and far inside a drawing, where crossing a line is a long way: the nearest seed, and smoothing within lines."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["crossing_cost", "nearest_seed", "smooth_within"]

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

_ROUNDS = 64
"""Rounds of four sweeps; in each a shortest way may turn once more, and few ways turn more than ten times."""
_SAME = 1e-3
"""Cost by which a way must be shorter to count as another."""
_PASSES = 3
"""Passes of the smoothing filter; each is half as wide as the one before, which hides its stripes."""


def crossing_cost(ink: Floats, line: float) -> Floats:
    """What passing a pixel costs, (S, S): 1 on paper and ``line`` more under full ink (S, S); in pixels of paper."""
    return np.asarray(1 + np.float32(line) * np.clip(ink, 0, 1), np.float32)


def nearest_seed(seeds: NDArray[np.bool_], cost: Floats, limit: float) -> tuple[Floats, Indices]:
    """From every pixel (S, S) to the seed that is cheapest to reach -> the cost and the seed's flat index, (S, S) each.

    Steps go to the four neighbours and cost the mean of both pixels. Infinite and -1 where no seed is within
    ``limit``. Swept to and fro along rows and columns, each sweep exact along its line, until nothing changes (the
    raster scan of Toivanen, "New geodesic distance transforms for gray-scale images", 1996).
    """
    distance = np.where(seeds, np.float32(0), np.float32(np.inf))
    nearest: Indices = np.where(seeds, np.arange(seeds.size).reshape(seeds.shape), -1)
    if not seeds.any():
        return distance, nearest
    # A pixel costs 1 or more, so that nothing outside this window is within the limit.
    edge = math.ceil(limit)
    window = tuple(slice(max(0, int(at.min()) - edge), int(at.max()) + edge + 1) for at in np.nonzero(seeds))
    near, origin, price = distance[window], nearest[window], cost[window]
    for _ in range(_ROUNDS):
        before = near.copy()
        for turned in (False, True):
            for back in (False, True):
                _sweep(_view(near, turned, back), _view(price, turned, back), _view(origin, turned, back))
        if not ((before > near + _SAME) & (near <= limit)).any():
            break
    far = distance > limit
    distance[far], nearest[far] = np.inf, -1
    return distance, nearest


def smooth_within(values: Floats, cost: Floats, reach: float) -> Floats:
    """Mean of values (S, S, C) over a surrounding of about ``reach`` cost, so that little comes from across a line.

    The domain transform's recursive filter (Gastal and Oliveira, 2011, equations 14 and 21), by ``cost`` (S, S).
    """
    # A row holds its channels one after another: rows of one length, without gaps, are what numpy is fast with.
    rows = np.array(values.transpose(0, 2, 1), np.float32, order="C")
    for number in range(_PASSES):
        sigma = reach * math.sqrt(3) * 2 ** (_PASSES - 1 - number) / math.sqrt(4**_PASSES - 1)
        for price in (cost, cost.T):
            keep = np.exp(-math.sqrt(2) / sigma * _steps(price))
            _follow(rows.reshape(len(rows), -1), np.tile(keep, (1, rows.shape[1])))
            rows = _turned(rows)
    return np.ascontiguousarray(rows.transpose(0, 2, 1))


def _follow(rows: Floats, keep: Floats) -> None:
    """Each row goes ``keep`` of its way to the row before it, down and then up again, in place; both are (n, m)."""
    way = np.empty_like(rows[0])
    down, shares = list(rows), list(keep)
    up = down[::-1]
    for order, kept in ((down, shares[1:]), (up, shares[:0:-1])):
        for row, before, share in zip(order[1:], order, kept, strict=False):
            np.subtract(before, row, out=way)
            np.multiply(way, share, out=way)
            np.add(row, way, out=row)


def _turned(rows: Floats) -> Floats:
    """(n, C, m) to (m, C, n)."""
    turned = np.empty(rows.shape[::-1], np.float32)
    for channel in range(rows.shape[1]):
        # A quarter of numpy's time, which goes down one column after another.
        turned[:, channel] = cv2.transpose(rows[:, channel])
    return turned


def _view(array: NDArray[Any], turned: bool, back: bool) -> NDArray[Any]:
    """Rows for columns, and the last row first, without a copy."""
    array = array.T if turned else array
    return array[::-1] if back else array


def _steps(cost: Floats) -> Floats:
    """The cost of coming to each row from the one before it; the first row's own."""
    steps: Floats = np.array(cost, np.float32)
    steps[1:] = (cost[1:] + cost[:-1]) / 2
    return steps


def _sweep(distance: Floats, cost: Floats, nearest: Indices) -> None:
    """Go down the columns, in place: distance[j] = min over k <= j of distance[k] + way[j] - way[k]."""
    way = np.cumsum(_steps(cost), axis=0, dtype=np.float64)
    lead = distance - way
    best = np.minimum.accumulate(lead, axis=0)
    row = np.arange(len(way))[:, None]
    origin = np.maximum.accumulate(np.where(lead <= best, row, 0), axis=0)
    moved = origin < row
    distance[moved] = (best + way)[moved]
    nearest[:] = np.take_along_axis(nearest, origin, axis=0)
