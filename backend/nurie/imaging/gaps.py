"""Gaps: how wide the openings are that a drawing's lines leave by mistake, judged from where lines end."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["gap_size", "line_ends", "pooled", "thinned"]

Mask = NDArray[np.uint8]

WIDEST = 6.0
"""Gaps wider than this many line widths are meant."""
_SIDE = 1000
"""Longest side in pixels at which lines are thinned."""
_ROUNDS = 24
"""Rounds of thinning; each takes a pixel off every side. What is thicker is no line."""
_AHEAD = math.cos(math.radians(60))
"""A line's end looks this far to its sides, as a cosine, for the line it was meant to meet."""


def gap_size(lines: Mask, width: float) -> float:
    """The width in pixels of openings to close in ``lines`` (H, W; 255 on ink), whose lines are ``width`` wide.

    Most of the gaps that line ends leave to the line ahead of them, no less than one line's width (ends are round and
    corners open by as much) and no more than `WIDEST` of them.
    """
    step = max(1, math.ceil(max(lines.shape) / _SIDE))
    small = pooled(lines, step)
    least, most = max(1.0, width), WIDEST * max(1.5, width)
    found = _gaps(thinned(small), small, width / step, most / step)
    if len(found) == 0:
        return float(least)
    return float(np.clip(np.percentile(found, 80) * step, least, most))


def pooled(lines: Mask, step: int) -> Mask:
    """The most ink of each ``step`` x ``step`` square of lines (H, W) -> (ceil(H / step), ceil(W / step))."""
    if step == 1:
        return lines
    # Anchored at its first pixel, the kernel looks right and down: each square's first pixel sees the whole square.
    most = cv2.dilate(lines, np.ones((step, step), np.uint8), anchor=(0, 0), borderValue=0)
    return np.ascontiguousarray(most[::step, ::step], np.uint8)


def thinned(lines: Mask) -> Mask:
    """Lines (H, W) one pixel wide, as 0 and 1: Zhang and Suen, "A fast parallel algorithm for thinning" (1984)."""
    here = np.pad((lines > 0).astype(np.uint8), 1)
    for _ in range(_ROUNDS):
        changed = False
        for second in (False, True):
            gone = _removable(here, second)
            changed = changed or bool(gone.any())
            here[1:-1, 1:-1][gone] = 0
        if not changed:
            break
    return np.ascontiguousarray(here[1:-1, 1:-1])


def line_ends(skeleton: Mask) -> NDArray[np.int64]:
    """Rows and columns (n, 2) of the pixels of a skeleton (H, W; 0 and 1) with one neighbour."""
    around = cv2.filter2D(skeleton, -1, np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]), borderType=cv2.BORDER_CONSTANT)
    return np.argwhere((skeleton > 0) & (around == 1))


def _removable(here: Mask, second: bool) -> NDArray[np.bool_]:
    north, south, west, east = here[:-2, 1:-1], here[2:, 1:-1], here[1:-1, :-2], here[1:-1, 2:]
    ring = (north, here[:-2, 2:], east, here[2:, 2:], south, here[2:, :-2], west, here[:-2, :-2])
    neighbours = sum(part.astype(np.int8) for part in ring)
    rises = sum(((ring[i] == 0) & (ring[(i + 1) % 8] == 1)).astype(np.int8) for i in range(8))
    fits = (here[1:-1, 1:-1] == 1) & (neighbours >= 2) & (neighbours <= 6) & (rises == 1)
    if second:
        return np.asarray(fits & (north * east * west == 0) & (north * south * west == 0))
    return np.asarray(fits & (north * east * south == 0) & (east * south * west == 0))


def _gaps(skeleton: Mask, lines: Mask, width: float, most: float) -> NDArray[np.float64]:
    """The way from each line end to the nearest ink ahead of it, in pixels of ``lines``, up to ``most`` (n,)."""
    reach = math.ceil(most + 2 * width) + 3
    found = []
    padded, ink = np.pad(skeleton, reach), np.pad(lines, reach)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    far = np.hypot(rows, columns)
    for row, column in line_ends(skeleton)[:4000]:
        window = np.s_[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
        # The line that ends here, as far back as it takes to see its direction.
        _, own = cv2.connectedComponents(((padded[window] > 0) & (far <= 2 * width + 4)).astype(np.uint8))
        tail = own == own[reach, reach]
        back = np.array([rows[tail].mean(), columns[tail].mean()])
        length = float(np.hypot(*back))
        if length < 1:
            continue
        ahead = (rows * -back[0] + columns * -back[1]) / length
        target = (ink[window] > 0) & (ahead > _AHEAD * far) & (far > width / 2 + 1)
        if target.any():
            gap = float(far[target].min()) - width / 2
            if gap <= most:
                found.append(gap)
    return np.array(found)
