"""Connected components of a large mask, found tile by tile on all threads and joined along the tiles' borders."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.growth import TILE, tiled

__all__ = ["Components", "components"]

Mask = NDArray[np.uint8]
Indices = NDArray[np.int64]
Box = tuple[slice, slice]


@dataclass(frozen=True)
class Components:
    """``pieces`` int32 (H, W): 0 where the mask is; else 1 .. n, pieces of components. By piece (n + 1,), 0 the first:

    owner: the component that it is part of, 1 .. m. By component (m + 1,): ``areas`` in pixels; and ``boxes``
    (m + 1, 4) as left, top, width, height.
    """

    pieces: NDArray[np.int32]
    owner: Indices
    areas: Indices
    boxes: Indices


def components(mask: Mask) -> Components:
    """The parts of ``mask`` (H, W; not 0) whose pixels touch by a side, in the order of their first pieces."""
    shape = mask.shape[0], mask.shape[1]
    pieces = np.zeros(shape, np.int32)
    found: dict[tuple[int, int], NDArray[np.int64]] = {}

    def find(inner: Box, _outer: Box, _cut: Box) -> None:
        if cv2.countNonZero(mask[inner]):
            _, pieces[inner], stats, _ = cv2.connectedComponentsWithStats(mask[inner], connectivity=4)
            found[inner[0].start, inner[1].start] = stats[1:] + np.array([inner[1].start, inner[0].start, 0, 0, 0])

    tiled(shape, 0, find)
    order = sorted(found)
    before = dict(zip(order, np.cumsum([0, *(len(found[place]) for place in order)]), strict=False))

    def number(inner: Box, _outer: Box, _cut: Box) -> None:
        place = inner[0].start, inner[1].start
        if before.get(place, 0):
            np.add(pieces[inner], before[place], out=pieces[inner], where=pieces[inner] > 0, casting="unsafe")

    tiled(shape, 0, number)
    stats = np.concatenate([np.zeros((1, 5), np.int64), *(found[place] for place in order)])
    owner = _joined(len(stats) - 1, _touching(pieces))
    areas = np.bincount(owner, stats[:, cv2.CC_STAT_AREA]).astype(np.int64)
    start, end = np.full((len(areas), 2), max(mask.shape)), np.zeros((len(areas), 2), np.int64)
    np.minimum.at(start, owner, stats[:, :2])
    np.maximum.at(end, owner, stats[:, :2] + stats[:, 2:4])
    return Components(pieces, owner, areas, np.concatenate([start, end - start], axis=1))


def _touching(pieces: NDArray[np.int32]) -> Indices:
    """Pairs of pieces (n, 2) that touch across a border of tiles."""
    pairs = []
    for axis in (0, 1):
        view = pieces if axis == 0 else pieces.T
        here, there = view[TILE - 1 : -1 : TILE], view[TILE::TILE]
        both = (here > 0) & (there > 0)
        pairs.append(np.stack([here[both], there[both]], axis=1))
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
