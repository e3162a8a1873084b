"""Where lines leave a shape open, colours part it: a region that the model painted in clearly different colours is cut.

An artist fills hair and face apart although no line runs between them, and a figure whose outline is open apart from
the page. What each colour of the model's picture would cost at each point is evened out as far as lines let one see,
and the cheapest is taken (cost-volume filtering: Hosni, Rhemann, Bleyer, Rother and Gelautz, 2013), so that a cut goes
along lines where there are any, and a blotch is no part.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.field import Field
from nurie.imaging.geodesic import crossing_cost, smooth_within
from nurie.imaging.oklab import difference, rgb_to_oklab

__all__ = ["split_regions"]

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

APART = 0.18
"""Distance in OKLab from which two colours in one closed region are two paints and no shading."""
APART_OPEN = 0.1
"""The same in a region that holds paint and page: its outline is open, so that it surely holds several things."""
LEAST = 0.1
"""Share of a closed region that each of its parts must have."""
LEAST_OPEN = 0.06
"""The same in an open region, or `_LEAST_PAGE` of the page where that is less."""
_LEAST_PAGE = 0.004
_LEAST_PART = 0.002
"""Share of the page that each part of a closed region must have: less is the model's own blur, as in an eye."""
_SMALL = 40
"""Points below which nothing is a part."""
OPEN = (0.02, 0.9)
"""Shares of paint between which a region is open."""
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
    step = max(1, math.ceil(math.sqrt(points.size / _POINTS)))
    paint = field.rgba[..., 3] > 127
    clear = field.clear / np.float32(field.step)
    shares = _shares(points, paint, clear, count)
    is_open = (shares > OPEN[0]) & (shares < OPEN[1])
    coarse = np.s_[step // 2 :: step, step // 2 :: step]
    regions = np.ascontiguousarray(points[coarse], np.int64)
    # The page is paint number 0.
    paints = np.concatenate([_PAGE, paints])
    away = _away(field.rgba[coarse], paint[coarse], paints)
    lines = cv2.erode(clear, np.ones((step, step), np.uint8))[coarse] == 0
    costs = _evened(np.minimum(away, np.float32(_MOST)), clear[coarse], lines)
    kept = _kept(regions, costs.argmin(axis=2), difference(paints[:, None], paints[None]), is_open)
    allowed = kept[regions]
    # Strongly coloured points are no page, however pale their surroundings are.
    allowed[..., 0] &= ~((away[..., 0] > _MOST) & allowed[..., 1:].any(axis=2))
    chosen = np.where(allowed, costs, np.float32(np.inf)).argmin(axis=2)
    return _numbered(points, regions, chosen, kept, (shares > 0.5) & (np.arange(count + 1) > 0), step)


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


def _evened(costs: Floats, clear: Floats, lines: Mask) -> Floats:
    """Costs (h, w, n), each the mean of its surroundings within lines; points far from lines count most."""
    weight = np.clip(clear / 4, 0.02, 1).astype(np.float32)[..., None]
    crossing = crossing_cost(lines.astype(np.float32), LINE)
    smooth = smooth_within(np.concatenate([costs * weight, weight], axis=2), crossing, REACH * max(lines.shape))
    return np.asarray(smooth[..., :-1] / np.maximum(smooth[..., -1:], np.float32(1e-9)))


def _kept(regions: NDArray[np.int64], first: NDArray[np.int64], apart: Floats, is_open: Mask) -> Mask:
    """Which paints each region is cut into, (regions + 1, paints): the most common one, and those that differ enough
    from all kept before and are common enough themselves. Page is kept in open regions only."""
    count, paints = len(is_open), len(apart)
    table = np.bincount((regions * paints + first).ravel(), minlength=count * paints).reshape(count, paints)
    total = table.sum(axis=1)
    table[~is_open, 0] = 0
    closed = np.maximum(LEAST * total, _LEAST_PART * regions.size)
    least = np.where(is_open, np.minimum(LEAST_OPEN * total, _LEAST_PAGE * regions.size), closed)
    least = np.maximum(least, _SMALL)
    kept = np.zeros((count, paints), np.bool_)
    kept[np.arange(count), table.argmax(axis=1)] = True
    for region in np.flatnonzero((table >= least[:, None]).sum(axis=1) > 1):
        limit = APART_OPEN if is_open[region] else APART
        for paint in np.argsort(-table[region], kind="stable"):
            if table[region, paint] < least[region]:
                break
            if apart[paint, kept[region]].min() >= limit:
                kept[region, paint] = True
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
    areas = np.bincount((regions * paints + chosen).ravel(), minlength=count * paints).reshape(count, paints)
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
