"""Bleeding: colour that has crossed a line of the drawing, told from areas that are wholly in the wrong colour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.color import foreground
from nurie.imaging.materials import palette_of
from nurie.imaging.oklab import difference, rgb_to_oklab
from nurie.imaging.quantiles import region_quantiles

__all__ = ["bleeding", "true_areas"]

Picture = NDArray[np.float64]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]

APART = 0.1
"""Distance in OKLab from which the colours of two areas are told apart."""
REACH = 0.03
"""How far colour is looked for beyond a border, as a share of the picture's longer side."""
_LEAST = 1e-4
"""Share of the picture below which an area of the truth is a fleck of compression or of a soft edge."""


def true_areas(truth: Picture, lines: Mask) -> Labels:
    """Areas of one colour in the truth (H, W, 3), in [0, 1]: 0 .. n - 1, (H, W); those below ``lines`` (H, W) and
    flecks go to the nearest area."""
    flat = np.asarray(cv2.medianBlur((truth * 255 + 0.5).astype(np.uint8), 5), np.uint8)
    palette = palette_of(flat / np.float32(255), ~lines)
    if len(palette.colors) == 0:
        return np.zeros(lines.shape, np.int32)
    lab = rgb_to_oklab(flat)
    nearest = np.stack([difference(lab, color) for color in palette.colors], axis=2).argmin(axis=2)
    labels: Labels = np.full(lines.shape, -1, np.int32)
    count = 0
    for color in range(len(palette.colors)):
        _, parts, stats, _ = cv2.connectedComponentsWithStats(((nearest == color) & ~lines).astype(np.uint8))
        for part in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= _LEAST * lines.size):
            if part:
                labels[parts == part] = count
                count += 1
    if count == 0:
        return np.zeros(lines.shape, np.int32)
    unknown = labels < 0
    _, place = cv2.distanceTransformWithLabels(
        unknown.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(place.max()) + 1, np.int32)
    owner[place[~unknown]] = labels[~unknown]
    return np.asarray(owner[place], np.int32)


def bleeding(result: Picture, truth: Picture, lines: Mask) -> float:
    """Pixels that have the colour of the true area beyond a line, as a share of the foreground.

    ``result`` and ``truth`` (H, W, 3) over white, in [0, 1]; pixels on ``lines`` (H, W) count for nothing, and nor do
    borders without a line, of which a drawing does not tell. An area's
    colour is the median of the result's own colours in it, right or wrong: a pixel near a border bleeds when it is
    more than twice as near to the neighbour's colour than to its own area's, and these can be told apart.
    """
    areas = true_areas(truth, lines)
    lab = rgb_to_oklab(result.astype(np.float32))
    open_paper = ~lines
    count = int(areas.max())
    weights = np.ones(int(open_paper.sum()), np.float32)
    own_colors = region_quantiles(areas[open_paper].astype(np.int64), lab[open_paper], weights, count, (0.5,))[0]
    other, near = _across(areas, lines, REACH * max(areas.shape))
    here, there = own_colors[areas], own_colors[other]
    crossed = near & open_paper & (difference(here, there) > APART)
    crossed &= difference(lab, here) > 2 * difference(lab, there)
    return float(crossed.sum() / foreground(truth).sum())


def _across(areas: Labels, lines: Mask, reach: float) -> tuple[Labels, Mask]:
    """The area beyond each pixel's nearest border under a line (H, W), and whether it is within ``reach`` pixels.

    Where the nearest border is none of the pixel's own area, the border's area lies beyond it.
    """
    beyond: Labels = np.full(areas.shape, -1, np.int32)
    for axis in (0, 1):
        one, two = (np.s_[:-1], np.s_[1:]) if axis == 0 else (np.s_[:, :-1], np.s_[:, 1:])
        differ = areas[one] != areas[two]
        beyond[one][differ] = areas[two][differ]
        beyond[two][differ] = areas[one][differ]
    border = (beyond >= 0) & lines
    if not border.any():
        return areas, border
    far, place = cv2.distanceTransformWithLabels(
        (~border).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    inner = np.zeros(int(place.max()) + 1, np.int32)
    outer = inner.copy()
    inner[place[border]], outer[place[border]] = areas[border], beyond[border]
    return np.where(inner[place] == areas, outer[place], inner[place]).astype(np.int32), np.asarray(far <= reach)
