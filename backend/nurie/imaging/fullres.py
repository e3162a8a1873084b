"""Full-resolution colour: the model's small picture brought to the drawing's size without bleeding across lines."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, from_canvas, to_canvas
from nurie.imaging.lineart import LineArt

__all__ = ["ground_mask", "upscale_color"]

NEAR_WHITE = 0.95
"""Smallest channel above which the model is taken to have painted paper."""

_UNDER_INK = 1e-3
"""Weight of a pixel that lies under a line: used only where there is nothing else within reach."""
_STRIP = 4_000_000
"""Pixels worked on at once at full size, so that 8000 x 8000 stays within memory."""


def upscale_color(small_rgb: NDArray[np.float32], line_art: LineArt, placement: Placement) -> NDArray[np.uint8]:
    """Colour (s, s, 3) in [0, 1] on the canvas `placement` -> RGBA (H, W, 4) of the drawing's size.

    Coarse to fine, doubling the size: a pixel takes the colours of the coarse pixels around it, each weighted by how
    free of ink it is (normalised convolution: Knutsson and Westin, 1993, with the ink as missing data). A coarse pixel
    that holds a line holds the colours of both sides; it counts for nothing, and its two sides are filled from their
    own neighbours as soon as the line is resolved. Alpha is 0 on ground that the model left white outside the figure.
    """
    height, width = line_art.shape
    small = np.clip(np.asarray(small_rgb, dtype=np.float32), 0, 1)
    if small.shape != (placement.size, placement.size, 3):
        raise ValueError(f"colour of shape {small.shape} does not lie on a canvas of {placement.size} px")
    barriers = _ink_pyramid(line_art.ink, placement)
    paint = 1 - ground_mask(small, barriers[0])
    layers = np.dstack([small, paint])
    for barrier, finer in zip(barriers, [*barriers[1:], None], strict=True):
        weighted = _weighted(layers, barrier)
        if finer is None:
            break
        side = finer.shape[0]
        layers = _normalised(np.asarray(cv2.resize(weighted, (side, side)), dtype=np.float32))
    result = np.empty((height, width, 4), dtype=np.uint8)
    last = placement.resized(weighted.shape[0])
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        strip = Placement(last.x0, last.y0 - top, last.side, last.size)
        part = _normalised(from_canvas(weighted, strip, (bottom - top, width)))
        # The figure's edge is a line, or a soft step of the width of a small pixel: make that a step of one.
        part[..., 3] = np.clip((part[..., 3] - 0.5) * max(1.0, 1 / placement.scale) + 0.5, 0, 1)
        result[top:bottom] = np.clip(part * 255 + 0.5, 0, 255)
    return result


def ground_mask(small_rgb: NDArray[np.float32], ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 where the canvas shows unpainted ground: near white, free of ink, and joined to the canvas' border; else 0."""
    white = np.asarray((small_rgb.min(axis=2) > NEAR_WHITE) & (ink < 0.5), dtype=np.uint8)
    # One pixel of frame, so that white on any border is one ground.
    framed = np.pad(white, 1, constant_values=1)
    _, labels = cv2.connectedComponents(framed, connectivity=4)
    return np.asarray(labels[1:-1, 1:-1] == labels[0, 0], dtype=np.float32)


def _weighted(layers: NDArray[np.float32], ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 4) and ink (h, w) -> premultiplied (h, w, 5), the weight last."""
    weight = np.square(1 - ink) + np.float32(_UNDER_INK)
    return np.dstack([layers * weight[..., None], weight])


def _normalised(weighted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Undo `_weighted` after an interpolation: (h, w, 5) -> (h, w, 4)."""
    return np.asarray(weighted[..., :4] / weighted[..., 4:], dtype=np.float32)


def _ink_pyramid(ink: NDArray[np.float32], placement: Placement) -> list[NDArray[np.float32]]:
    """Ink at canvas size first, then finer, each at most twice the one before; the last step to full size is left out.

    Each level holds the most ink that any of its pixels covers: a thin line blocks at every size.
    """
    ratio = placement.side / placement.size
    levels = max(1, math.ceil(math.log2(max(ratio, 1.0))))
    sides = [round(placement.size * ratio ** (k / levels)) for k in range(levels)] if ratio > 1 else [placement.size]
    pyramid: list[NDArray[np.float32]] = []
    current, place = ink, placement
    for side in reversed(sides):
        reach = math.ceil(place.side / side)
        if reach > 1:
            current = np.asarray(cv2.dilate(current, np.ones((reach, reach), np.uint8)), dtype=np.float32)
        current = to_canvas(current, place.resized(side), fill=0.0)
        place = Placement(0, 0, side, side)
        pyramid.append(current)
    return pyramid[::-1]
