"""Figures: the separate drawings of a page, and the separate views of a character sheet.

A page of three characters, or a sheet that shows one from the front, the side and the back, is more than the model's
canvas can show at a time: each figure alone fills it, and is matched with the one it belongs to.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Box, Placement, fit, to_canvas
from nurie.imaging.color import FOREGROUND_LIMIT

__all__ = ["drawn_figures", "likeness", "outline", "painted_figures", "silhouette"]

Floats = NDArray[np.float32]
Mask = NDArray[np.uint8]

_GRID = 448
"""Side of the grid on which figures are told apart."""
_DRAWN, _PAINTED = 4, 2
"""Grid cells by which lines, which have gaps, and paint are widened before what touches is one figure."""
_LEAST = 0.15
"""Longest side of a figure, as a share of the grid's; what is smaller belongs to the figure beside it,"""
_NEAR = 0.06
"""or, further from any than this, to none."""
_MOST = 16
"""Figures of a page that are looked at by themselves, the largest ones."""
_GRAIN = 56


def drawn_figures(ink: Floats, box: Box) -> tuple[Box, ...]:
    """Boxes in pixels of the figures of a drawing, ink (H, W) within ``box``; none where it is a single one."""
    whole = fit(box, _GRID)
    return _figures(to_canvas(ink, whole, fill=0) > 0.15, _DRAWN, whole)


def painted_figures(rgb: NDArray[np.uint8], box: Box) -> tuple[Box, ...]:
    """Boxes in pixels of the figures of a picture (H, W, 3) on white, painted within ``box``; none where it is one."""
    whole = fit(box, _GRID)
    painted = (rgb.min(axis=2) < FOREGROUND_LIMIT * 255).astype(np.float32)
    return _figures(to_canvas(painted, whole, fill=0) > 0.3, _PAINTED, whole)


def outline(marked: NDArray[np.bool_], reach: int = 3) -> Mask:
    """1 in what marked pixels (S, S) enclose and on them, small gaps closed: what the border does not reach."""
    framed = np.pad(cv2.dilate(marked.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)), 1)
    cv2.floodFill(framed, None, (0, 0), 2)
    return np.asarray(framed[1:-1, 1:-1] != 2).astype(np.uint8)


def silhouette(marked: NDArray[np.bool_]) -> Floats:
    """The shape of a figure whose lines or paint (S, S) are marked, coarsely: shares in [0, 1] of 56 x 56 squares."""
    shape = cv2.resize(outline(marked).astype(np.float32), (_GRAIN, _GRAIN), interpolation=cv2.INTER_AREA)
    return np.asarray(shape, np.float32)


def likeness(one: Floats, other: Floats) -> float:
    """How much of two silhouettes lies on each other, in [0, 1]: common part over both, straight or mirrored."""

    def common(second: Floats) -> float:
        return float(np.minimum(one, second).sum() / max(float(np.maximum(one, second).sum()), 1e-6))

    return max(common(other), common(other[:, ::-1]))


def _figures(marked: NDArray[np.bool_], reach: int, whole: Placement) -> tuple[Box, ...]:
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(marked.astype(np.uint8), kernel))
    corners = stats[1:count, :2]
    pieces = np.column_stack([corners + reach, corners + stats[1:count, 2:4] - reach])
    found = _joined([(left, top, right, bottom) for left, top, right, bottom in pieces.tolist()])
    large = [box for box in found if _side(box) >= _LEAST * _GRID]
    for box in sorted((box for box in found if _side(box) < _LEAST * _GRID), key=_side, reverse=True):
        nearest = min(range(len(large)), key=lambda at, box=box: _gap(large[at], box), default=None)  # type: ignore[misc]
        if nearest is not None and _gap(large[nearest], box) < _NEAR * _GRID:
            large[nearest] = _union(large[nearest], box)
    large = sorted(_joined(large), key=_side, reverse=True)[:_MOST]
    if len(large) < 2:
        return ()
    in_order = sorted(large, key=lambda box: (box[1], box[0]))
    return tuple(_to_source(box, whole) for box in in_order)


def _joined(boxes: list[Box]) -> list[Box]:
    """Boxes of which no two overlap any more."""
    left = list(boxes)
    done: list[Box] = []
    while left:
        box = left.pop()
        meets = [other for other in left + done if _gap(box, other) < 0]
        if not meets:
            done.append(box)
            continue
        left = [other for other in left if other not in meets]
        done = [other for other in done if other not in meets]
        for other in meets:
            box = _union(box, other)
        left.append(box)
    return done


def _gap(one: Box, other: Box) -> int:
    """Cells between two boxes, along the axis on which they lie further apart; below 0 where they overlap."""
    return max(one[0] - other[2], other[0] - one[2], one[1] - other[3], other[1] - one[3])


def _union(one: Box, other: Box) -> Box:
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


def _side(box: Box) -> int:
    return max(box[2] - box[0], box[3] - box[1])


def _to_source(box: Box, whole: Placement) -> Box:
    left, top = (whole.point_to_source(box[0] - 0.5, box[1] - 0.5)[axis] + 0.5 for axis in (0, 1))
    right, bottom = (whole.point_to_source(box[2] - 0.5, box[3] - 0.5)[axis] + 0.5 for axis in (0, 1))
    return (int(np.floor(left)), int(np.floor(top)), int(np.ceil(right)), int(np.ceil(bottom)))
