"""Connected components of a large, mostly empty mask, found tile by tile on all threads and joined at their sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.growth import tiled

__all__ = ["Components", "components"]

Mask = NDArray[np.uint8]
Indices = NDArray[np.int64]
Box = tuple[slice, slice]


@dataclass(frozen=True)
class Components:
    """``tiles``: for each place of a tile (top, left) its box, which of its pixels are in the mask (flat indices) and
    which pieces of components these are part of.

    By piece (n + 1,), of which 0 is none: ``owner``, the component that it is part of, 1 .. m. By component (m + 1,):
    ``areas`` in pixels; and ``boxes`` (m + 1, 4) as left, top, width, height.
    """

    tiles: dict[tuple[int, int], tuple[Box, NDArray[np.int32], NDArray[np.int32]]]
    owner: Indices
    areas: Indices
    boxes: Indices

    def write(self, target: NDArray[np.uint16], table: NDArray[np.uint16]) -> None:
        """``table`` (m + 1,) of each pixel's component into ``target`` (H, W), where the mask is."""
        by_piece = table[self.owner]
        for box, where, pieces in self.tiles.values():
            target[box][np.divmod(where, box[1].stop - box[1].start)] = by_piece[pieces]


@dataclass(frozen=True)
class _Tile:
    """What is found in ``box``, numbered from 1 on within it; ``sides`` are its rows' and columns' ends."""

    box: Box
    where: NDArray[np.int32]
    pieces: NDArray[np.int32]
    sides: tuple[NDArray[np.int32], ...]
    stats: Indices


def components(shape: tuple[int, int], mask: Callable[[Box], Mask]) -> Components:
    """The parts of a mask of ``shape`` (H, W) whose pixels touch by a side; ``mask``: a box of it, not 0 inside."""
    found: dict[tuple[int, int], _Tile] = {}

    def find(inner: Box, _outer: Box, _cut: Box) -> None:
        part = mask(inner)
        if cv2.countNonZero(part):
            _, pieces, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=4)
            place = inner[0].start, inner[1].start
            where = np.flatnonzero(part).astype(np.int32)
            sides = tuple(side.copy() for side in (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]))
            shifted = stats[1:] + np.array([place[1], place[0], 0, 0, 0])
            found[place] = _Tile(inner, where, np.asarray(pieces.ravel()[where], np.int32), sides, shifted)

    tiled(shape, 0, find)
    order = sorted(found)
    before = dict(zip(order, np.cumsum([0, *(len(found[place].stats) for place in order)]).tolist(), strict=False))
    stats = np.concatenate([np.zeros((1, 5), np.int64), *(found[place].stats for place in order)])
    owner = _joined(len(stats) - 1, _touching(found, before))
    areas = np.bincount(owner, stats[:, cv2.CC_STAT_AREA]).astype(np.int64)
    start, end = np.full((len(areas), 2), max(shape)), np.zeros((len(areas), 2), np.int64)
    np.minimum.at(start, owner, stats[:, :2])
    np.maximum.at(end, owner, stats[:, :2] + stats[:, 2:4])
    tiles = {
        place: (tile.box, tile.where, tile.pieces + np.int32(before[place])) for place, tile in sorted(found.items())
    }
    return Components(tiles, owner, areas, np.concatenate([start, end - start], axis=1))


def _touching(found: dict[tuple[int, int], _Tile], before: dict[tuple[int, int], int]) -> Indices:
    """Pairs of pieces (n, 2) that touch across a border of tiles."""
    pairs = [np.zeros((0, 2), np.int64)]
    # Tiles one below another, and then one beside another: the last row or column of one, the first of the next.
    for axis, (last, first) in enumerate(((1, 0), (3, 2))):
        for one, two in pairwise(sorted(found, key=lambda place: (place[1 - axis], place[axis]))):
            here, there = found[one], found[two]
            if one[1 - axis] == two[1 - axis] and here.box[axis].stop == there.box[axis].start:
                ends, starts = here.sides[last], there.sides[first]
                both = (ends > 0) & (starts > 0)
                pairs.append(np.stack([ends[both] + before[one], starts[both] + before[two]], axis=1))
    return np.unique(np.concatenate(pairs).astype(np.int64), axis=0)


def _joined(count: int, pairs: Indices) -> Indices:
    """Numbers 1 .. m (count + 1,) of what the pairs join, directly or not; 0 for 0."""
    groups = np.arange(count + 1)
    while True:
        lowest = np.minimum(groups[pairs[:, 0]], groups[pairs[:, 1]])
        before = groups.copy()
        np.minimum.at(groups, groups[pairs[:, 0]], lowest)
        np.minimum.at(groups, groups[pairs[:, 1]], lowest)
        groups = groups[groups]
        if (groups == before).all():
            return np.asarray(np.unique(groups, return_inverse=True)[1], np.int64)
