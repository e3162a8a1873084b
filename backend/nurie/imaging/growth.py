"""Regions grow, at full size, through the paper up to the lines and then under the lines to their middle.

Everything is done tile by tile in memory that stays in the processor's cache, so that time and memory grow with the
number of pixels and no faster.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["cap_depth", "grow", "grow_tile", "tiled"]

Labels = NDArray[np.uint16]
Mask = NDArray[np.uint8]
Box = tuple[slice, slice]

TILE = 512
"""Side of a tile in pixels."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_SQUARE = np.ones((3, 3), np.uint8)


def grow(labels: Labels, where: Mask, steps: int, *, diagonal: bool) -> Labels:
    """Labels (H, W) handed on, pixel by pixel for ``steps`` steps, to unlabelled (0) pixels where ``where`` is 255.

    ``diagonal``: every other step goes to all eight neighbours, which makes rings round; without it a line drawn with
    touching corners is tight. Where two regions arrive in the same step, the higher label stays.
    """
    result = np.empty_like(labels)

    def work(inner: Box, outer: Box, cut: Box) -> None:
        part = labels[outer].copy()
        grow_tile(part, where[outer], steps, diagonal=diagonal)
        result[inner] = part[cut]

    tiled((labels.shape[0], labels.shape[1]), steps + 1, work)
    return result


def grow_tile(part: Labels, room: Mask, steps: int, *, diagonal: bool) -> None:
    """`grow` in place, for a part (h, w) that fits the processor's cache."""
    before = 0
    for step in range(steps):
        missing = cv2.bitwise_and((part == 0).view(np.uint8), room)
        if step % 4 == 0:
            left = cv2.countNonZero(missing)
            # What none reached in four steps, as they go four and eight ways, lies behind lines.
            if left in (0, before):
                break
            before = left
        kernel = _SQUARE if diagonal and step % 2 else _CROSS
        cv2.copyTo(cv2.dilate(part, kernel, borderValue=0), missing, part)


def cap_depth(lines: Mask, limit: float) -> NDArray[np.float32]:
    """Distance (H, W) to the next pixel of ``lines`` (255), measured up to ``limit`` pixels and no further."""
    result = np.empty(lines.shape, np.float32)
    reach = int(limit) + 2

    def work(inner: Box, outer: Box, cut: Box) -> None:
        paper = cv2.bitwise_not(lines[outer])
        if cv2.countNonZero(paper) == paper.size:
            result[inner] = limit
            return
        found = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_5)
        result[inner] = np.minimum(found[cut], np.float32(limit))

    tiled((lines.shape[0], lines.shape[1]), reach, work)
    return result


def tiled(shape: tuple[int, int], halo: int, work: Callable[[Box, Box, Box], None]) -> None:
    """Call ``work(inner, outer, cut)`` for every tile of (H, W), on all of OpenCV's threads.

    ``inner`` is the tile, ``outer`` the tile and ``halo`` pixels around it within the picture, ``cut`` the tile seen
    from ``outer``.
    """
    height, width = shape
    boxes = []
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            bottom, right = min(height, top + TILE), min(width, left + TILE)
            above, before = max(0, top - halo), max(0, left - halo)
            outer = (slice(above, min(height, bottom + halo)), slice(before, min(width, right + halo)))
            cut = (slice(top - above, bottom - above), slice(left - before, right - before))
            boxes.append(((slice(top, bottom), slice(left, right)), outer, cut))
    threads = min(len(boxes), max(1, cv2.getNumThreads()))
    if threads == 1:
        for box in boxes:
            work(*box)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda box: work(*box), boxes):
            pass
