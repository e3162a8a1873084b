"""Where lines leave a shape open, colours part it: an area that holds page and paint, or several paints, is cut.

An artist paints a figure whose outline is open apart from the page, and what its lines leave joined inside. An area
falls into rooms (`rooms`), each of which is of the paint that costs least over the whole of it: so a cut runs across a
narrow place, and a blotch is no part. Only a room that is page and paint still, since its opening is as wide as itself,
is cut where the model's colours change, evened out as far as lines let one see (cost-volume filtering: Hosni, Rhemann,
Bleyer, Rother and Gelautz, 2013).

A room that lines close is never cut: two colours of the model in it are a blotch far more often than two paints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.field import Field
from nurie.imaging.geodesic import crossing_cost, smooth_within
from nurie.imaging.oklab import difference, rgb_to_oklab
from nurie.imaging.rooms import find_rooms

__all__ = ["split_regions"]

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

APART = 0.1
"""Distance in OKLab from which two colours in a room that is page and paint are two paints and no shading."""
LEAST = 0.06
"""Share of such a room that each of its parts must have, or `_LEAST_PAGE` of the page where that is less."""
_LEAST_PAGE = 0.004
_SMALL = 40
"""Points below which nothing is a part."""
OPEN = (0.02, 0.9)
"""Shares of paint between which a region is open."""
BOTH = (0.25, 0.75)
"""Shares of paint between which a room is page and paint."""
REACH = 0.06
"""Width of the surrounding that a point is judged with, as a share of the picture's longer side."""
LINE = 60.0
"""What crossing a line costs, in points of paper."""
_MOST = 0.2
"""Distance beyond which a colour is no further from another: one blotch must not outweigh its surroundings."""
_POINTS = 200_000
"""Points at which costs are compared, about."""
_PAGE = np.array([[1, 0, 0]], np.float32)
"""White in OKLab."""
_CLEAR = 1.5
"""Distance to the next line, in pixels of the field, from which a colour is the area's own."""


def split_regions(
    points: NDArray[np.uint16], field: Field, paints: Floats, count: int | None = None
) -> tuple[Labels, NDArray[np.int32], Mask]:
    """Regions (h, w) at the field's pixels cut between ``paints`` (n, 3; OKLab) -> parts (h, w), each part's region
    (parts + 1,), and which parts are painted (parts + 1,) rather than page.

    Parts that are regions keep their number; the largest part of a cut region does so too. ``count``: regions there
    are, when the last of them may have no point.
    """
    count = int(points.max(initial=0)) if count is None else count
    paint = field.rgba[..., 3] > 127
    clear = field.clear / np.float32(field.step)
    shares = _shares(points, paint, clear, count)
    painted = (shares > 0.5) & (np.arange(count + 1) > 0)
    is_open = (shares > OPEN[0]) & (shares < OPEN[1])
    step = max(1, math.ceil(math.sqrt(points.size / _POINTS)))
    coarse = np.s_[step // 2 :: step, step // 2 :: step]
    regions = np.ascontiguousarray(points[coarse], np.int64)
    # The page is paint number 0.
    paints = np.concatenate([_PAGE, paints])
    away = np.minimum(_away(field.rgba[coarse], paint[coarse], paints), np.float32(_MOST))
    lines = cv2.erode(clear, np.ones((step, step), np.uint8))[coarse] == 0
    sight = _Sight(away, np.ascontiguousarray(clear[coarse]), lines)
    depth = _depth(regions, lines)
    rooms, owns = find_rooms(depth, away, sight.weight, is_open[regions])
    chosen = _spread(owns[rooms], rooms > 0)
    chosen = _mixed_cut(chosen, rooms, paint[coarse], sight, difference(paints[:, None], paints[None]))
    sure = depth > 0
    table = np.bincount((regions * len(paints) + chosen)[sure], minlength=(count + 1) * len(paints))
    # Of a closed region, a corner that thick lines cut off is no room.
    kept = table.reshape(count + 1, len(paints)) >= np.where(is_open, 1, _SMALL)[:, None]
    return _numbered(points, regions, chosen, kept, painted, step)


@dataclass(frozen=True)
class _Sight:
    """What each paint costs at each point: ``away`` (h, w, n); ``clear`` (h, w) of ``lines`` (h, w), in points."""

    away: Floats
    clear: Floats
    lines: Mask

    @property
    def weight(self) -> Floats:
        """How much a point has to say (h, w): what is far from lines most."""
        return np.clip(self.clear / 4, 0.02, 1).astype(np.float32)

    def evened(self, paints: NDArray[np.int64]) -> Floats:
        """Costs of some paints (n,), each the mean of its surroundings within lines; (h, w, n)."""
        weight = self.weight[..., None]
        crossing = crossing_cost(self.lines.astype(np.float32), LINE)
        values = np.concatenate([self.away[..., paints] * weight, weight], axis=2)
        smooth = smooth_within(values, crossing, REACH * max(self.lines.shape))
        return np.asarray(smooth[..., :-1] / np.maximum(smooth[..., -1:], np.float32(1e-9)))


def _depth(regions: NDArray[np.int64], lines: Mask) -> Floats:
    """Each point's distance (h, w) to the next line or other region, 0 there."""
    free = ~lines
    free[:-1] &= regions[:-1] == regions[1:]
    free[:, :-1] &= regions[:, :-1] == regions[:, 1:]
    return np.asarray(cv2.distanceTransform(free.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)


def _spread(chosen: NDArray[np.int64], known: Mask) -> NDArray[np.int64]:
    """Points (h, w) that are not ``known`` take the nearest known one's number."""
    if not known.any():
        return np.zeros_like(chosen)
    _, place = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(place.max()) + 1, np.int64)
    owner[place[known]] = chosen[known]
    return np.asarray(owner[place], np.int64)


def _mixed_cut(
    chosen: NDArray[np.int64], rooms: Labels, paint: Mask, sight: _Sight, apart: Floats
) -> NDArray[np.int64]:
    """Paints (h, w), in rooms that hold page and paint by the evened colours of each point alone."""
    flat = rooms.ravel()
    count = int(rooms.max()) + 1
    weights = np.bincount(flat, sight.weight.ravel(), count)
    shares = np.bincount(flat, (sight.weight * paint).ravel(), count) / np.maximum(weights, 1e-9)
    mixed = (shares > BOTH[0]) & (shares < BOTH[1]) & (np.bincount(flat, minlength=count) > _SMALL)
    mixed[0] = False
    if not mixed.any():
        return chosen
    costs = sight.evened(np.arange(sight.away.shape[2]))
    kept = _kept(np.where(mixed[rooms], rooms, 0).astype(np.int64), costs.argmin(axis=2), apart, mixed)
    allowed = kept[rooms]
    # Strongly coloured points are no page, however pale their surroundings are.
    allowed[..., 0] &= ~((sight.away[..., 0] >= _MOST) & allowed[..., 1:].any(axis=2))
    return np.where(mixed[rooms], np.where(allowed, costs, np.float32(np.inf)).argmin(axis=2), chosen)


def _shares(points: NDArray[np.uint16], paint: Mask, clear: Floats, count: int) -> NDArray[np.float64]:
    """How much of each region's paper is painted, what is clear of lines counting most; (count + 1,)."""
    flat, sure = points.ravel(), (clear > _CLEAR).ravel()
    weights = np.where(sure, 1.0, 1e-3)
    return np.asarray(
        np.bincount(flat, weights * paint.ravel(), count + 1) / np.maximum(np.bincount(flat, weights, count + 1), 1e-9)
    )


def _away(rgba: NDArray[np.uint8], paint: Mask, paints: Floats) -> Floats:
    """Distance of each point (h, w) from each paint (n, 3) in OKLab, (h, w, n); unpainted points are white."""
    lab = rgb_to_oklab(np.where(paint[..., None], rgba[..., :3], np.uint8(255)).astype(np.uint8))
    return np.stack([difference(lab, one) for one in paints], axis=2)


def _kept(rooms: NDArray[np.int64], first: NDArray[np.int64], apart: Floats, mixed: Mask) -> Mask:
    """Which paints each room is cut into, (rooms + 1, paints): the most common one, and in ``mixed`` ones those that
    differ enough from all kept before and are common enough themselves."""
    count, paints = len(mixed), len(apart)
    table = np.bincount((rooms * paints + first).ravel(), minlength=count * paints).reshape(count, paints)
    least = np.maximum(np.minimum(LEAST * table.sum(axis=1), _LEAST_PAGE * rooms.size), _SMALL)
    kept = np.zeros((count, paints), np.bool_)
    kept[np.arange(count), table.argmax(axis=1)] = True
    for room in np.flatnonzero(mixed):
        for paint in np.argsort(-table[room], kind="stable"):
            if table[room, paint] < least[room]:
                break
            if apart[paint, kept[room]].min() >= APART:
                kept[room, paint] = True
    return kept


def _numbered(
    points: NDArray[np.uint16],
    regions: NDArray[np.int64],
    chosen: NDArray[np.int64],
    kept: Mask,
    painted: Mask,
    step: int,
) -> tuple[Labels, NDArray[np.int32], Mask]:
    """Parts at the field's pixels from the chosen paints at every ``step``-th of them."""
    count, paints = kept.shape
    cut = kept.sum(axis=1) > 1
    parts = points.astype(np.int32)
    owners = np.arange(count, dtype=np.int32)
    if not cut.any():
        return parts, owners, painted
    # Each region's paints by number, and what number of part that makes.
    areas = np.bincount((regions * paints + chosen).ravel(), minlength=count * paints).reshape(count, paints) * kept
    numbers = np.repeat(np.arange(count)[:, None], paints, axis=1)
    rows, columns = np.nonzero(kept & cut[:, None] & (np.arange(paints) != areas.argmax(axis=1)[:, None]))
    numbers[rows, columns] = count + np.arange(len(rows))
    owners = np.concatenate([owners, rows.astype(np.int32)])
    ground = np.concatenate([np.where(cut, areas.argmax(axis=1) == 0, ~painted), columns == 0])
    fine = np.repeat(np.repeat(chosen.astype(np.uint8), step, axis=0), step, axis=1)
    height, width = points.shape
    fine = np.pad(fine, ((0, max(0, height - len(fine))), (0, max(0, width - fine.shape[1]))), mode="edge")
    fine = fine[:height, :width]
    found = numbers[parts, fine]
    inside = cut[parts] & kept[parts, fine]
    return np.where(inside, found, parts).astype(np.int32), owners, ~ground
