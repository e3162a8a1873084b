"""Ground: which part of the drawing the model left unpainted outside the figure, to the pixel."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, from_canvas

__all__ = ["CLEAR", "figure_mask", "is_edge", "is_ground", "strips"]

NEAR_WHITE = 0.93
"""Smallest channel above which the model is taken to have painted paper."""
CLEAR = 0.15
"""Ink below which a canvas pixel shows the model's colour and not a line's."""
_STRIP = 4_000_000
"""Pixels worked on at once at full size, so that 8000 x 8000 stays within memory."""


def is_ground(small_rgb: NDArray[np.float32], ink: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where the canvas shows unpainted ground: near white, free of ink, and joined to the canvas' border."""
    white = np.asarray((small_rgb.min(axis=2) > NEAR_WHITE) & (ink < CLEAR), dtype=np.uint8)
    # One pixel of frame, so that white on any border is one ground.
    _, labels = cv2.connectedComponents(np.pad(white, 1, constant_values=1), connectivity=4)
    return np.asarray(labels[1:-1, 1:-1] == labels[0, 0])


def is_edge(ground: NDArray[np.bool_], ink: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Canvas pixels beside the ground with a line in them: partly ground, partly figure, their colour a mixture."""
    beside = cv2.dilate(ground.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.asarray((ink >= CLEAR) & beside & ~ground)


def figure_mask(
    ground: NDArray[np.bool_], edge: NDArray[np.bool_], ink: NDArray[np.float32], placement: Placement
) -> NDArray[np.uint8]:
    """Ground and edge on the canvas, ink (H, W) at full size -> 255 on the figure, 0 on ground, (H, W).

    In the edge pixels, ground and figure grow towards each other and meet in the line between them (watershed:
    Meyer, 1992). The figure then takes the whole of that line, so that no gap shows along an outline.
    """
    height, width = ink.shape
    known = np.dstack([ground, ~(ground | edge)]).astype(np.float32)
    markers: NDArray[np.int32] = np.empty((height, width), np.int32)
    for top, bottom, strip in strips(placement, (height, width)):
        shape = (bottom - top, width)
        sides = from_canvas(known, strip, shape)
        either = from_canvas(edge.astype(np.float32), strip, shape, smooth=False) > 0.5
        markers[top:bottom] = np.where(either, 0, np.where(sides[..., 0] >= sides[..., 1], 1, 2))
    if (markers == 1).any():
        # One row and column more on each side: the watershed leaves the image's border undecided.
        relief = cv2.cvtColor(np.pad((ink * 255).astype(np.uint8), 1, mode="edge"), cv2.COLOR_GRAY2BGR)
        flooded = cv2.watershed(relief, np.pad(markers, 1, mode="edge"))
        markers = np.asarray(flooded, dtype=np.int32)[1:-1, 1:-1]
        # It also leaves a seam (-1) one pixel wide. That is figure, but not where it has come to lie outside the line.
        open_ground = ((markers == 1) & (ink < 0.5)).astype(np.uint8)
        beside_ground = cv2.dilate(open_ground, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))) > 0
        markers[(markers < 0) & (ink < 0.5) & beside_ground] = 1
    figure = np.where(markers == 1, 0, 255).astype(np.uint8)
    reach = 2 * math.ceil(1.5 / placement.scale) + 1
    # Only under full ink: the soft outer rim of a line is part ground, whose white must go on shining through.
    full_ink = (np.clip(ink * 4 - 3, 0, 1) * 255).astype(np.uint8)
    under_lines = cv2.min(cv2.dilate(figure, np.ones((reach, reach), np.uint8)), full_ink)
    return np.asarray(cv2.max(figure, under_lines), dtype=np.uint8)


def strips(placement: Placement, shape: tuple[int, int]) -> Iterator[tuple[int, int, Placement]]:
    """Cut (H, W) into rows of a few megapixels: (top, bottom, the placement seen from the strip)."""
    height, width = shape
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        yield (
            top,
            min(height, top + rows),
            Placement(placement.x0, placement.y0 - top, placement.side, placement.size),
        )
