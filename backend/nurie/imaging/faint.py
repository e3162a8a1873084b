"""Faint lines: strokes that taper, hairlines and light pencil, which are walls as much as strong lines are.

Lower the limit from which ink is a line, and the soft rims of strong lines become lines as well: all get thicker. So
only ridges are taken below it, which are darker than what lies on two opposite sides of them; as hysteresis, but for
strokes that touch no strong line, too (Canny, "A computational approach to edge detection", 1986). The fainter they
are, the longer they must be: grain is as dark as a hairline, but not as long.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.growth import tiled

__all__ = ["with_faint_lines"]

Mask = NDArray[np.uint8]
Box = tuple[slice, slice]

FAINT = 0.1
"""Ink below which nothing is a line, unless it is a hairline."""
HIGHER = 0.06
"""By how much ink a ridge is above its sides."""
LONG = 2.0
"""Line widths (and no less than `_LEAST` pixels) that a faint line is at least long; less is grain."""
_LEAST = 2.0
HAIR = (0.04, 0.03, 10.0)
"""The same three of a hairline: the least ink, how far above its sides, line widths (and no less pixels) of length."""
_SURE = 64.0
"""Length in pixels that no grain has, however wide the lines are."""
_FEW = 16
"""Ridges of a tile up to which each is looked at by itself."""
_TILE = 1024
"""Side of a tile in pixels: large, since what reaches into it is looked at from far around it."""
_AROUND = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


def with_faint_lines(ink: NDArray[np.float32], lines: Mask, width: float) -> Mask:
    """``lines`` (H, W; 255 on lines, which are ``width`` wide) and the faint lines in ink (H, W), in [0, 1]."""
    away = max(2, math.ceil(width))
    least = (max(_LEAST, LONG * width), min(HAIR[2] * max(1.0, width), max(_SURE, LONG * width)))
    result = np.empty_like(lines)

    def work(inner: Box, outer: Box, cut: Box) -> None:
        result[inner] = lines[inner]
        level = np.asarray(cv2.convertScaleAbs(ink[outer], alpha=255), np.uint8)
        above = cv2.subtract(level, _sides(level, away))
        paper = cv2.bitwise_not(lines[outer])
        # In the halo, too: whatever reaches beyond it is long enough by that alone.
        for (faint, higher), long in zip(((FAINT, HIGHER), HAIR[:2]), least, strict=True):
            ridge = cv2.bitwise_and(cv2.inRange(above, 255 * higher, 255), cv2.inRange(level, 255 * faint, 255))
            found = _of_length(np.asarray(cv2.bitwise_and(ridge, paper), np.uint8), long)
            if found is not None:
                cv2.bitwise_or(result[inner], found[cut], dst=result[inner])
                cv2.bitwise_and(paper, cv2.bitwise_not(found), dst=paper)

    tiled((lines.shape[0], lines.shape[1]), math.ceil(sum(least)) + away + 1, work, side=_TILE)
    return result


def _of_length(ridge: Mask, long: float) -> Mask | None:
    """What of a mask (h, w) is ``long`` or longer, part by part; None where nothing is."""
    # Most of grain is single pixels.
    ridge = np.asarray(cv2.bitwise_and(ridge, cv2.dilate(ridge, _AROUND, borderValue=0)), np.uint8)
    rims, inner = cv2.findContours(ridge, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    # Of the rims some are those of holes. A part's own has a point for each of its rows and columns.
    outer = [rim for rim, links in zip(rims, inner[0], strict=True) if links[3] < 0] if rims else []
    boxes = [(rim[0, 0], cv2.boundingRect(rim)) for rim in outer if len(rim) >= long]
    boxes = [(point, box) for point, box in boxes if max(box[2:]) >= long]
    if not boxes:
        return None
    if len(boxes) > _FEW:
        _, parts, stats, _ = cv2.connectedComponentsWithStats(ridge, connectivity=8)
        chosen = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= long
        chosen[0] = False
        return np.asarray(np.where(chosen[parts], 255, 0), np.uint8)
    found = np.zeros_like(ridge)
    for (x, y), (left, top, width, height) in boxes:
        part = np.s_[top : top + height, left : left + width]
        _, parts = cv2.connectedComponents(np.ascontiguousarray(ridge[part]), connectivity=8)
        found[part][parts == parts[y - top, x - left]] = 255
    return found


def _sides(level: Mask, away: int) -> Mask:
    """The darker of the two pixels that lie ``away`` from each pixel (h, w) to opposite sides, at the lightest of four
    angles."""
    height, width = level.shape
    wide = cv2.copyMakeBorder(level, away, away, away, away, cv2.BORDER_CONSTANT, value=(255,))
    lightest = np.full_like(level, 255)
    for down, right in ((0, away), (away, 0), (away, away), (away, -away)):
        one = wide[away + down : away + down + height, away + right : away + right + width]
        two = wide[away - down : away - down + height, away - right : away - right + width]
        cv2.min(lightest, cv2.max(one, two), dst=lightest)
    return lightest
