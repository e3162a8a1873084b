"""Regions grow, at full size, through the paper up to the lines and then under the lines to their middle.

Everything is done tile by tile in memory that stays in the processor's cache, so that time and memory grow with the
number of pixels and no faster.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Seeds", "at_points", "cap_depth", "grow", "grow_tile", "nearest", "tiled"]

Labels = NDArray[np.uint16]
Mask = NDArray[np.uint8]
Box = tuple[slice, slice]

TILE = 512
"""Side of a tile in pixels."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Seeds:
    """Labels at points ``spacing`` pixels apart that stand for pixels of a picture of ``shape`` (H, W).

    ``points`` (h, w): the labels at pixels ``first``, ``first`` + ``spacing`` and so on; ``squares`` (h, w): those of
    the points whose whole square, of which the point is the middle, has their label, 0 elsewhere.
    """

    shape: tuple[int, int]
    points: Labels
    squares: Labels
    spacing: int

    def part(self, box: Box) -> Labels:
        """The labels of a part of the picture, 0 where there is none."""
        if self.spacing == 1:
            return np.array(self.points[box], np.uint16)
        result: Labels = np.zeros([side.stop - side.start for side in box], np.uint16)
        near = tuple(slice(side.start // self.spacing, -(-side.stop // self.spacing)) for side in box)
        squares = np.ascontiguousarray(self.squares[near])
        if squares.size:
            wide = cv2.resize(squares, None, fx=self.spacing, fy=self.spacing, interpolation=cv2.INTER_NEAREST)
            rows, columns = (side.start % self.spacing for side in box)
            wide = wide[rows : rows + result.shape[0], columns : columns + result.shape[1]]
            result[: wide.shape[0], : wide.shape[1]] = wide
        points, pixels = at_points(box, self.spacing)
        result[pixels] = self.points[points]
        return result


def at_points(box: Box, spacing: int) -> tuple[Box, Box]:
    """Which of the points ``spacing`` apart (the first in the middle of its square) lie in a box, and where in it."""
    first = spacing // 2
    (points, pixels), (more_points, more_pixels) = (
        (
            slice((side.start - first + spacing - 1) // spacing, (side.stop - first + spacing - 1) // spacing),
            slice((first - side.start) % spacing, None, spacing),
        )
        for side in box
    )
    return (points, more_points), (pixels, more_pixels)


def grow(seeds: Seeds, where: Mask, steps: int) -> Labels:
    """Labels (H, W) handed on, pixel by pixel for ``steps`` steps, to unlabelled (0) pixels where ``where`` is 255.

    To the four pixels beside one, so that a line drawn with touching corners is tight. Where two regions arrive in the
    same step, the higher label stays.
    """
    result: Labels = np.empty(seeds.shape, np.uint16)

    def work(inner: Box, outer: Box, cut: Box) -> None:
        part = seeds.part(outer)
        grow_tile(part, where[outer], steps, diagonal=False)
        result[inner] = part[cut]

    tiled(seeds.shape, steps + 1, work)
    return result


def nearest(labels: Labels, reach: int) -> Labels:
    """Labels (H, W) with the nearest one at unlabelled (0) pixels, 0 where none is within ``reach`` pixels."""
    result: Labels = np.empty_like(labels)

    def work(inner: Box, outer: Box, cut: Box) -> None:
        part = labels[outer]
        missing = (part == 0).view(np.uint8)
        result[inner] = part[cut]
        if not cv2.countNonZero(missing[cut]) or cv2.countNonZero(missing) == missing.size:
            return
        away, place = cv2.distanceTransformWithLabels(
            missing, cv2.DIST_L2, cv2.DIST_MASK_3, labelType=cv2.DIST_LABEL_PIXEL
        )
        # OpenCV numbers the labelled pixels from 1 on, row by row.
        owner = np.concatenate([np.zeros(1, np.uint16), part[missing == 0]])
        found = np.take(owner, place[cut], mode="clip")
        found[away[cut] > reach] = 0
        result[inner] = found

    tiled((labels.shape[0], labels.shape[1]), reach + 1, work)
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


def cap_depth(lines: Mask, limit: float, spacing: int = 1) -> NDArray[np.float32]:
    """Distance (h, w) to the next pixel of ``lines`` (H, W; 255), measured up to ``limit`` pixels and no further, at
    points ``spacing`` apart (`at_points`)."""
    first = spacing // 2
    height, width = (max(0, -(-(side - first) // spacing)) for side in lines.shape)
    result = np.full((height, width), limit, np.float32)

    def work(inner: Box, outer: Box, cut: Box) -> None:
        paper = cv2.bitwise_not(lines[outer])
        if cv2.countNonZero(paper) == paper.size:
            return
        found = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_5)
        points, pixels = at_points(inner, spacing)
        np.minimum(found[cut][pixels], np.float32(limit), out=result[points])

    tiled((lines.shape[0], lines.shape[1]), int(limit) + 2, work)
    return result


def tiled(shape: tuple[int, int], halo: int, work: Callable[[Box, Box, Box], None], side: int = TILE) -> None:
    """Call ``work(inner, outer, cut)`` for every tile of (H, W), ``side`` pixels wide, on all of OpenCV's threads.

    ``inner`` is the tile, ``outer`` the tile and ``halo`` pixels around it within the picture, ``cut`` the tile seen
    from ``outer``.
    """
    height, width = shape
    boxes = []
    for top in range(0, height, side):
        for left in range(0, width, side):
            bottom, right = min(height, top + side), min(width, left + side)
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
