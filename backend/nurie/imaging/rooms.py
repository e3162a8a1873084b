"""Rooms: open areas parted at their narrow places, where what lies on both sides is clearly of two paints.

An outline that its artist left open is meant all the same. Balls of falling size (`trapped_ball`) find the wide places
of an area and how narrow the way between them is; from the widest way down, two places become one unless the way is
narrow for them and one paint for both would cost much more than each one's own (region merging by a hierarchy of
saddles, as basins are merged by their dynamics: Grimaud, 1992).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.trapped_ball import Floats, Labels, balls, openings

__all__ = ["find_rooms"]

NARROW = (0.35, 0.65)
"""A way below this share of the smaller place's width may part two rooms: within an outline that is closed, and in an
area that holds page, whose outline is open in several places, surely."""
COST = (0.12, 0.08)
"""Distance in OKLab, in the mean over one of two rooms, that one paint for both must cost for them to stay apart; for
the same two."""


def find_rooms(
    depth: Floats, away: Floats, weight: Floats, is_open: NDArray[np.bool_]
) -> tuple[Labels, NDArray[np.int64]]:
    """Rooms (h, w), 0 where depth is 0, and each room's paint (rooms + 1,).

    ``depth`` (h, w): distance to the next wall, 0 on walls. ``away`` (h, w, n): what each paint costs at a point, in
    points of ``weight`` (h, w). ``is_open`` (h, w): in areas that hold page, which is paint number 0.
    """
    pieces = balls(depth, max(0.5, 0.9 * float(depth.max())), 0.5)
    count = int(pieces.max(initial=0)) + 1
    flat = pieces.ravel()
    weights = np.bincount(flat, weight.ravel(), count)
    columns = [np.bincount(flat, (weight * away[..., paint]).ravel(), count) for paint in range(away.shape[2])]
    costs = np.stack(columns, axis=1)
    closed = np.bincount(flat, ~is_open.ravel(), count) > 0
    costs[closed, 0] = np.inf
    narrow, cost = (np.where(closed, *limits).tolist() for limits in (NARROW, COST))
    peak = np.zeros(count, np.float32)
    np.maximum.at(peak, flat, depth.ravel())
    peaks, parent = peak.tolist(), list(range(count))

    def root(piece: int) -> int:
        while parent[piece] != piece:
            parent[piece] = parent[parent[piece]]
            piece = parent[piece]
        return piece

    pairs, saddle, _ = openings(pieces, depth)
    order = np.argsort(-saddle, kind="stable")
    for (one, two), way in zip(pairs[order].tolist(), saddle[order].tolist(), strict=True):
        first, second = root(one), root(two)
        if first == second:
            continue
        if way < narrow[first] * min(peaks[first], peaks[second]):
            shared = int((costs[first] + costs[second]).argmin())
            more = ((costs[room][shared] - costs[room].min()) / max(weights[room], 1e-9) for room in (first, second))
            if max(more) > cost[first]:
                continue
        low, high = sorted((first, second), key=lambda piece: (-peaks[piece], piece))
        parent[high] = low
        costs[low] += costs[high]
        weights[low] += weights[high]
    roots = np.fromiter((root(piece) for piece in range(count)), np.int64, count)
    found, numbers = np.unique(roots, return_inverse=True)
    return numbers.astype(np.int32)[pieces], costs.argmin(axis=1)[found]
