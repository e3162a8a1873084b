"""Where lines leave a shape open, colours part it: a region that the model painted in clearly different colours is cut.

An artist fills hair and face apart although no line runs between them. Each such region is cut in two by its colours
(two means), again and again, as long as the halves differ clearly, both are large, and both hold together.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["split_regions"]

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

APART = 0.15
"""Distance in OKLab between two halves' colours from which they are two paints."""
LEAST = 0.06
"""Share of a region that both halves must have."""
_SMALL = 64
"""Points below which no region is cut."""
_SAMPLES = 2000
_DEPTH = 3
_SMOOTH = 0.006
"""Radius of the surrounding that decides which half a point is in, as a share of the field's longer side."""


def split_regions(labels: NDArray[np.uint16], lab: Floats, weights: Floats) -> tuple[Labels, NDArray[np.int32]]:
    """Regions (h, w) cut by the colours lab (h, w, 3) in OKLab -> parts (h, w), and each part's region (parts + 1,).

    ``weights`` (h, w): how much each point's colour is to be trusted. Parts that are regions keep their number; the
    largest part of a cut region does so too.
    """
    parts = labels.astype(np.int32)
    owners = list(range(int(parts.max(initial=0)) + 1))
    flat = lab.reshape(-1, 3)
    weight = weights.ravel()
    order = np.argsort(parts, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(parts.ravel(), minlength=len(owners)))
    radius = max(1, round(_SMOOTH * max(labels.shape)))
    for region in range(1, len(owners)):
        members = order[ends[region - 1] : ends[region]]
        if len(members) < _SMALL:
            continue
        _cut(parts, members, flat, weight, owners, region, radius, _DEPTH)
    return parts, np.array(owners, np.int32)


def _cut(
    parts: Labels,
    members: NDArray[np.int64],
    colors: Floats,
    weights: Floats,
    owners: list[int],
    region: int,
    radius: int,
    depth: int,
) -> None:
    """Cut the part whose points are ``members`` (flat indices) in two, if its colours ask for it, and its parts."""
    trusted = members[weights[members] > 0]
    if depth == 0 or len(trusted) < _SMALL:
        return
    sample = colors[trusted[:: max(1, len(trusted) // _SAMPLES)]]
    if np.ptp(np.quantile(sample, (LEAST, 1 - LEAST), axis=0), axis=0).max() < APART / 2:
        return
    # Where to begin is found, not drawn: the ends of the longest axis, so that the same drawing is cut the same way.
    middle = sample.mean(axis=0)
    axis = np.linalg.eigh(np.cov((sample - middle).T))[1][:, -1]
    along = (sample - middle) @ axis
    centres = np.stack(
        [sample[along <= np.quantile(along, 0.1)].mean(0), sample[along >= np.quantile(along, 0.9)].mean(0)]
    )
    for _ in range(8):
        nearer = np.square(sample[:, None] - centres).sum(2).argmin(1)
        if not 0 < nearer.sum() < len(nearer):
            return
        centres = np.stack([sample[nearer == half].mean(axis=0) for half in (0, 1)])
    if np.linalg.norm(centres[0] - centres[1]) < APART:
        return
    second = _halves(parts.shape, members, colors, weights, centres, radius)
    share = second.mean()
    if not LEAST <= share <= 1 - LEAST:
        return
    smaller = second if share <= 0.5 else ~second
    number = len(owners)
    owners.append(owners[region])
    moved = members[smaller]
    parts.ravel()[moved] = number
    _cut(parts, members[~smaller], colors, weights, owners, region, radius, depth - 1)
    _cut(parts, moved, colors, weights, owners, number, radius, depth - 1)


def _halves(
    shape: tuple[int, ...],
    members: NDArray[np.int64],
    colors: Floats,
    weights: Floats,
    centres: Floats,
    radius: int,
) -> NDArray[np.bool_]:
    """Which members are in the second half: by most of their surrounding within the region, weighted."""
    rows, columns = np.divmod(members, shape[1])
    top, left = int(rows.min()), int(columns.min())
    box = (int(rows.max()) - top + 1, int(columns.max()) - left + 1)
    nearer = np.square(colors[members][:, None] - centres).sum(2).argmin(1)
    share: Floats = np.zeros((*box, 2), np.float32)
    own = np.maximum(weights[members], np.float32(1e-3))
    share[rows - top, columns - left, 0] = own
    share[rows - top, columns - left, 1] = own * nearer
    mean = cv2.GaussianBlur(share, (0, 0), radius, borderType=cv2.BORDER_CONSTANT)[rows - top, columns - left]
    return np.asarray(mean[:, 1] > 0.5 * mean[:, 0])
