"""Trapped balls: areas of paper that a ball of a given size cannot leave through the gaps between the lines.

Zhang, Chen, Liao, Gu and Hu, "Vectorizing cartoon animations" (2009), section 3.2, by distances: where a ball of
radius r can stand is where the next line is further than r, and connected standing places are one area. Balls of
falling radius fill what the larger ones could not reach. Pieces are then put together by how narrow the opening
between them is, compared with the smaller of the two: the end of a tapering strand joins its strand, a room behind a
gap does not join its neighbour.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["balls", "joined", "openings"]

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

STEP = 0.7
"""Each ball's radius, as a share of the one before it."""
NARROW = 0.5
"""An opening below this share of the smaller piece's width keeps two pieces apart."""


def balls(depth: Floats, largest: float, smallest: float, spacing: float = 1.0) -> Labels:
    """Depth (H, W), each point's distance to the next line, 0 on lines -> pieces (H, W), from 1 on; 0 is no piece.

    ``largest`` and ``smallest`` radius in the unit of ``depth``, in which the points are ``spacing`` apart.
    ``smallest`` must be half the spacing or more, or else a ball jumps over a line between two points.
    """
    if not spacing / 2 <= smallest <= largest:
        raise ValueError(f"radii from {largest} to {smallest} do not suit points {spacing} apart")
    pieces: Labels = np.zeros(depth.shape, np.int32)
    count = 0
    for radius in _radii(largest, smallest):
        stand = ((depth > radius) & (pieces == 0)).astype(np.uint8)
        found, places = cv2.connectedComponents(stand, connectivity=4)
        if found == 1:
            continue
        # What the ball covers around where it stands; it is free of lines, because the next line is further away.
        reach, nearest = cv2.distanceTransformWithLabels(
            1 - stand, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        owner = np.zeros(int(nearest.max()) + 1, np.int32)
        owner[nearest[stand > 0]] = places[stand > 0] + count
        covered = (reach * np.float32(spacing) <= radius) & (pieces == 0) & (depth > 0)
        pieces[covered] = owner[nearest[covered]]
        count += found - 1
    return pieces


def openings(pieces: Labels, depth: Floats) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Pairs of neighbouring pieces (n, 2), the lower number first; the depth of the way between them and where it is.

    The depth (n,) is that of the best crossing, half the opening's width; its place (n,) is a flat index. 0 in
    ``pieces`` (H, W) is nobody's.
    """
    keys, ways, places = [], [], []
    flat, deep = pieces.ravel(), depth.ravel()
    for axis, stride in ((0, pieces.shape[1]), (1, 1)):
        one, two = (pieces[:-1], pieces[1:]) if axis == 0 else (pieces[:, :-1], pieces[:, 1:])
        rows, columns = np.nonzero((one != two) & (one > 0) & (two > 0))
        here = rows * pieces.shape[1] + columns
        first, second = flat[here].astype(np.int64), flat[here + stride].astype(np.int64)
        keys.append(np.minimum(first, second) << 32 | np.maximum(first, second))
        ways.append(np.minimum(deep[here], deep[here + stride]))
        places.append(here)
    key, way, place = (np.concatenate(parts) for parts in (keys, ways, places))
    order = np.lexsort((-way, key))
    unique, first_of = np.unique(key[order], return_index=True)
    best = order[first_of]
    return np.stack([unique >> 32, unique & 0xFFFFFFFF], axis=1), way[best], place[best]


def joined(pieces: Labels, depth: Floats, narrow: float = NARROW, marks: Labels | None = None) -> Labels:
    """Pieces (H, W) with those put together between which the opening is wide, numbered anew from 1 on.

    Widest openings first, as basins are merged by their dynamics (Grimaud, 1992): two stay apart where the opening's
    depth (H, W) is below ``narrow`` of the smaller one's greatest depth. With ``marks`` (H, W; 0 for none) only those
    do that hold different ones: areas are cut where the way between marks is narrowest, as by a watershed from markers
    (Meyer, 1994).
    """
    if marks is not None:
        pieces = _cut_between(pieces, marks)
    count = int(pieces.max(initial=0))
    mark = np.zeros(count + 1, np.int64)
    if marks is not None:
        np.maximum.at(mark, pieces[marks > 0], marks[marks > 0])
        mark[0] = 0
    held = mark.tolist()
    peak = np.zeros(count + 1, np.float32)
    np.maximum.at(peak, pieces.ravel(), depth.ravel())
    pairs, saddle, _ = openings(pieces, depth)
    parent = list(range(count + 1))
    peaks = peak.tolist()

    def root(piece: int) -> int:
        while parent[piece] != piece:
            parent[piece] = parent[parent[piece]]
            piece = parent[piece]
        return piece

    order = np.argsort(-saddle, kind="stable")
    for (one, two), way in zip(pairs[order].tolist(), saddle[order].tolist(), strict=True):
        first, second = root(one), root(two)
        if first == second:
            continue
        if marks is None:
            apart = way < narrow * min(peaks[first], peaks[second])
        else:
            apart = bool(held[first] and held[second]) and held[first] != held[second]
        if not apart:
            low, high = sorted((first, second), key=lambda piece: (-peaks[piece], piece))
            parent[high] = low
            held[low] = held[low] or held[high]
    roots = np.fromiter((root(piece) for piece in range(count + 1)), np.int32, count + 1)
    _, compact = np.unique(roots, return_inverse=True)
    return np.asarray(compact.astype(np.int32)[pieces], np.int32)


def _cut_between(pieces: Labels, marks: Labels) -> Labels:
    """Pieces (H, W) that hold different marks (H, W) cut half way between these."""
    drawn = (marks > 0) & (pieces > 0)
    if not drawn.any():
        return pieces
    pairs = np.unique(pieces[drawn].astype(np.int64) << 32 | marks[drawn])
    several = np.bincount(pairs >> 32, minlength=int(pieces.max()) + 1) > 1
    result = pieces.copy()
    for piece in np.flatnonzero(several):
        left, top, width, height = cv2.boundingRect((pieces == piece).astype(np.uint8))
        box = np.s_[top : top + height, left : left + width]
        inside = pieces[box] == piece
        here = inside & (marks[box] > 0)
        _, place = cv2.distanceTransformWithLabels(
            (~here).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        owner = np.zeros(int(place.max()) + 1, np.int32)
        owner[place[here]] = marks[box][here]
        found = np.unique(owner[place[inside]], return_inverse=True)[1]
        result[box][inside] = np.where(found == 0, piece, int(result.max()) + found).astype(np.int32)
    return np.asarray(result, np.int32)


def _radii(largest: float, smallest: float) -> list[float]:
    radii = [largest]
    while radii[-1] * STEP > smallest:
        radii.append(radii[-1] * STEP)
    return radii if radii[-1] <= smallest else [*radii, smallest]
