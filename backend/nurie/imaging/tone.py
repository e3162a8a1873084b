"""Tone: screentone and hatching told from lines, so that regions are not cut into dots.

Dots and hatches are small, many and alike, and lie in fields; lines are long and alone. What is left when the small
parts of fields are taken away is line.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["without_tone"]

Mask = NDArray[np.uint8]

DOT = 4.0
"""Line widths (and no less than `_LEAST` pixels) that a dot is at most long."""
_LEAST = 6.0
FIELD = 12
"""Dots within a few of their own distances from which they are a field and no stipples, buttons or pupils."""
_STRIP = 512
"""Rows that are looked at for dots at once."""
_EVEN = 0.6
"""Share of the dots around one that are about as large as it is."""


def without_tone(lines: Mask, width: float) -> tuple[Mask, Mask]:
    """Lines (H, W; 255 on ink) without screentone, and the screentone alone (H, W); ``width`` is the lines'.

    A part is a dot when it is shorter than a few line widths; dots are tone where many of about one size stand close
    together. Dots that touch a line stay with it.
    """
    tone: Mask = np.zeros_like(lines)
    longest = max(_LEAST, DOT * width)
    if not _may_have_field(lines, longest):
        return lines, tone
    count, labels, stats, middles = cv2.connectedComponentsWithStats(lines, connectivity=8)
    extent = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    dots = np.flatnonzero((extent <= longest) & (np.arange(count) > 0))
    if len(dots) < FIELD:
        return lines, tone
    chosen = dots[
        _in_fields(
            np.asarray(middles[dots], np.float64), np.sqrt(stats[dots, cv2.CC_STAT_AREA].astype(np.float64)), longest
        )
    ]
    if len(chosen) == 0:
        return lines, tone
    table = np.zeros(count, np.uint8)
    table[chosen] = 255
    for top in range(0, len(lines), _STRIP):
        tone[top : top + _STRIP] = table[labels[top : top + _STRIP]]
    return np.asarray(cv2.bitwise_and(lines, cv2.bitwise_not(tone)), np.uint8), tone


def _may_have_field(lines: Mask, longest: float) -> bool:
    """Whether lines (H, W) can hold as many dots as a field has, told by their rims, an eighth of the time of parts.

    Strip by strip, so that a page full of dots is known at once; each is whole in one strip or in the next.
    """
    reach = math.ceil(longest) + 2
    count = 0
    for top in range(0, len(lines), _STRIP):
        strip = lines[top : top + _STRIP + reach]
        cut = (top > 0, top + len(strip) < len(lines))
        rims, links = cv2.findContours(strip, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        for rim, link in zip(rims, links[0] if rims else (), strict=True):
            # Those with a parent are the rims of holes.
            _, y, width, height = cv2.boundingRect(rim) if link[3] < 0 else (0, 0, reach, reach)
            whole = not (cut[0] and y == 0) and not (cut[1] and y + height == len(strip))
            count += whole and max(width, height) <= longest
            if count >= FIELD:
                return True
    return False


def _in_fields(middles: NDArray[np.float64], sizes: NDArray[np.float64], longest: float) -> NDArray[np.bool_]:
    """Which dots (n,) have enough of their like around them: counted in cells of a few dots' distance."""
    cell = 3 * longest
    places = np.floor(middles / cell).astype(np.int64)
    places -= places.min(axis=0)
    columns, rows = (int(size) + 1 for size in places.max(axis=0))
    flat = places[:, 1] * columns + places[:, 0]

    def around(values: NDArray[np.float64]) -> NDArray[np.float64]:
        grid = np.bincount(flat, values, rows * columns).reshape(rows, columns)
        total = cv2.boxFilter(grid, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(np.asarray(total, np.float64).ravel()[flat])

    number = around(np.ones(len(flat)))
    mean = around(sizes) / number
    alike = around((np.abs(sizes / np.maximum(mean, 1e-9) - 1) < 0.5).astype(np.float64)) / number
    # Of nine cells; a field's rim fills about half of them.
    return (number >= FIELD) & (alike >= _EVEN) & (np.abs(np.log(sizes / np.maximum(mean, 1e-9))) < math.log(2.5))
