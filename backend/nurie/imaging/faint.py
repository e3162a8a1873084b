"""Faint lines: strokes that taper, hairlines and light pencil, which are walls as much as strong lines are.

Lower the limit from which ink is a line, and the soft rims of strong lines become lines as well: all get thicker. So
only ridges are taken below it, which are darker than what lies on two opposite sides of them; as hysteresis, but for
strokes that touch no strong line, too (Canny, "A computational approach to edge detection", 1986).
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
"""Ink below which nothing is a line."""
HIGHER = 0.06
"""By how much ink a ridge is above its sides."""
LONG = 2.0
"""Line widths (and no less than `_LEAST` pixels) that a faint line is at least long; less is grain."""
_LEAST = 2.0


def with_faint_lines(ink: NDArray[np.float32], lines: Mask, width: float) -> Mask:
    """``lines`` (H, W; 255 on lines, which are ``width`` wide) and the faint lines in ink (H, W), in [0, 1]."""
    away = max(2, math.ceil(width))
    long = max(_LEAST, LONG * width)
    result = np.empty_like(lines)

    def work(inner: Box, outer: Box, cut: Box) -> None:
        result[inner] = lines[inner]
        level = np.asarray(ink[outer] * np.float32(255), np.uint8)
        # In the halo, too: whatever reaches beyond it is long enough by that alone.
        ridge = cv2.inRange(cv2.subtract(level, _sides(level, away)), 255 * HIGHER, 255)
        ridge = cv2.bitwise_and(ridge, cv2.inRange(level, 255 * FAINT, 255))
        ridge = cv2.bitwise_and(ridge, cv2.bitwise_not(lines[outer]))
        if not cv2.countNonZero(ridge):
            return
        _, parts, stats, _ = cv2.connectedComponentsWithStats(ridge, connectivity=8)
        found = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= long
        found[0] = False
        result[inner][found[parts[cut]]] = 255

    tiled((lines.shape[0], lines.shape[1]), math.ceil(long) + away + 1, work)
    return result


def _sides(level: Mask, away: int) -> Mask:
    """The darker of the two pixels that lie ``away`` from each pixel (h, w) to opposite sides, at the lightest of four
    angles."""
    lightest = np.full_like(level, 255)
    for down, right in ((0, away), (away, 0), (away, away), (away, -away)):
        both = np.zeros((2 * away + 1, 2 * away + 1), np.uint8)
        both[away + down, away + right] = both[away - down, away - right] = 1
        cv2.min(lightest, cv2.dilate(level, both, borderValue=255), dst=lightest)
    return lightest
