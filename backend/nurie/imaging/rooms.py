"""Rooms: open areas parted at their narrow places, where what lies on both sides is clearly of two paints.

An outline that its artist left open is meant all the same. Balls of falling size (`trapped_ball`) find the wide places
of an area and how narrow the way between them is; from the widest way down, two places become one unless the way is
narrow for them and one paint for both would cost much more than each one's own (region merging by a hierarchy of
saddles, as basins are merged by their dynamics: Grimaud, 1992).

Where an outline was left open a line ends. Two shapes that come near to each other leave a narrow way between them,
too, and no line ends there: what lies behind it is the same page.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.gaps import line_ends, thinned
from nurie.imaging.trapped_ball import Floats, Labels, balls, openings

__all__ = ["find_rooms"]

NARROW = (0.35, 0.65)
"""A way below this share of the smaller place's width may part two rooms: within an outline that is closed, and in an
area that holds page, whose outline is open where a line ends, surely."""
COST = (0.12, 0.08)
"""Distance in OKLab, in the mean over one of two rooms, that one paint for both must cost for them to stay apart; for
the same two."""
_AT_END = (2.0, 3.0)
"""A line ends at a way when it does so within the way's width of its middle, that is twice its depth, and a line's
width in points."""


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
    cost = np.where(closed, *COST).tolist()
    peak = np.zeros(count, np.float32)
    np.maximum.at(peak, flat, depth.ravel())
    peaks, parent = peak.tolist(), list(range(count))

    def root(piece: int) -> int:
        while parent[piece] != piece:
            parent[piece] = parent[parent[piece]]
            piece = parent[piece]
        return piece

    pairs, saddle, place = openings(pieces, depth)
    narrow = np.full(len(pairs), NARROW[0])
    if is_open.any():
        ended = _end_distance(depth).ravel()[place] <= _AT_END[0] * saddle + _AT_END[1]
        narrow[ended & ~closed[pairs[:, 0]]] = NARROW[1]
    order = np.argsort(-saddle, kind="stable")
    ways = zip(pairs[order].tolist(), saddle[order].tolist(), narrow[order].tolist(), strict=True)
    for (one, two), way, limit in ways:
        first, second = root(one), root(two)
        if first == second:
            continue
        if way < limit * min(peaks[first], peaks[second]):
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


def _end_distance(depth: Floats) -> Floats:
    """How far each point (h, w) is from where a wall, where depth is 0, ends as a line does."""
    others = np.ones(depth.shape, np.uint8)
    ends = line_ends(thinned((depth == 0).astype(np.uint8)))
    if len(ends) == 0:
        return np.full(depth.shape, np.inf, np.float32)
    others[ends[:, 0], ends[:, 1]] = 0
    return np.asarray(cv2.distanceTransform(others, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
