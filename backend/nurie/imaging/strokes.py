"""Strokes on areas: where a style knows what an area is, the artist's stroke of colour in it is the area's colour.

The model sees strokes too and follows them, but paints what it thinks likely; an artist who puts a dab of red into a
sleeve wants that red.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.fill import Fill
from nurie.imaging.hints import DRAWN

__all__ = ["area_colors", "colored_by"]

_OF_STROKE = 0.25
_OF_AREA = 0.05
"""Shares from which a stroke speaks for an area: of itself that lies there, or of the area that it covers. Less is a
stroke's rim, past a line."""
_ALIKE = 48
"""Levels (of 255) by which the strokes in one area may differ; more is several colours, which one area cannot have."""


def colored_by(fill: Fill, strokes: NDArray[np.uint8]) -> Fill:
    """``fill`` with every area in the colour of the strokes, RGBA (H, W, 4) of the drawing's size, that lie in it."""
    drawn = strokes[..., 3] >= DRAWN
    if not drawn.any():
        return fill
    numbers = np.asarray(cv2.connectedComponents(drawn.astype(np.uint8), connectivity=8)[1], np.int32)
    sizes = np.bincount(fill.labels.ravel(), minlength=fill.count + 1)
    found = area_colors(fill.labels[drawn].astype(np.int64), numbers[drawn], strokes[drawn][:, :3], sizes)
    for area, (red, green, blue) in found.items():
        fill = fill.recolored([area], (red / 255, green / 255, blue / 255))
    return fill


def area_colors(
    areas: NDArray[np.int64], strokes: NDArray[np.int32], colors: NDArray[np.uint8], sizes: NDArray[np.int64]
) -> dict[int, tuple[float, float, float]]:
    """Levels (of 255) of the areas that strokes speak for; of each of their pixels: its area (n,), the number of its
    stroke (n,) and its colour (n, 3). ``sizes``: pixels of each area."""
    count = int(strokes.max(initial=0)) + 1
    lengths = np.bincount(strokes, minlength=count)
    pairs, inverse, shared = np.unique(areas * count + strokes, return_inverse=True, return_counts=True)
    speaks = (shared >= _OF_STROKE * lengths[pairs % count]) | (shared >= _OF_AREA * sizes[pairs // count])
    heard = speaks[inverse]
    found = {}
    for area in np.unique(areas[heard]).tolist():
        own = colors[heard & (areas == area)]
        if int(np.ptp(own, axis=0).max()) <= _ALIKE:
            red, green, blue = np.median(own, axis=0).tolist()
            found[area] = (red, green, blue)
    return found
