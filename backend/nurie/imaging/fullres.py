"""Full-resolution colour: the model's small picture brought to the drawing's size without bleeding across lines."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, from_canvas
from nurie.imaging.lineart import LineArt

__all__ = ["ink_pyramid", "is_ground", "openness", "upscale_color"]

NEAR_WHITE = 0.95
"""Smallest channel above which the model is taken to have painted paper."""

_UNDER_INK = 1e-6
"""Weight of a pixel that lies under a line: used only where there is nothing else within reach."""
_CLEAR = 0.15
"""Ink below which a canvas pixel shows the model's colour and not a line's."""
_GROUND_COLOR = 1e-3
"""Weight of unpainted ground as a colour: its white is used only where no paint is within reach."""
_SECOND_HAND = 0.02
"""Weight of a colour taken from a neighbour, against one that the model painted there."""
_BINOMIAL = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 16
_STRIP = 4_000_000
"""Pixels worked on at once at full size, so that 8000 x 8000 stays within memory."""


def upscale_color(small_rgb: NDArray[np.float32], line_art: LineArt, placement: Placement) -> NDArray[np.uint8]:
    """Colour (s, s, 3) in [0, 1] on the canvas `placement` -> RGBA (H, W, 4) of the drawing's size.

    Coarse to fine, doubling the size: a pixel takes the colours of the coarse pixels around it, each weighted
    by how free of ink it is (normalised convolution: Knutsson and Westin, 1993, with what lies under ink as missing
    data). A coarse pixel that holds a line holds the colours of both its sides; it counts for next to nothing, and the
    two sides are filled from their own neighbours as soon as the line is resolved. Alpha is 0 on ground that the model
    left white outside the figure.
    """
    height, width = line_art.shape
    small = np.clip(np.asarray(small_rgb, dtype=np.float32), 0, 1)
    if small.shape != (placement.size, placement.size, 3):
        raise ValueError(f"colour of shape {small.shape} does not lie on a canvas of {placement.size} px")
    inks = ink_pyramid(line_art.ink, placement)
    ground = is_ground(small, inks[0])
    # Beside the ground, a pixel with a line in it holds some of the ground's white: no figure's colour, no seed.
    edge = (inks[0] >= _CLEAR) & (cv2.dilate(ground.view(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    own = np.where(ground | edge, np.float32(_GROUND_COLOR), np.float32(1))
    weighted = np.dstack([small * own[..., None], own])
    for ink in inks:
        if weighted.shape[:2] != ink.shape:
            weighted = np.asarray(cv2.resize(weighted, ink.shape), dtype=np.float32)
        weighted = _hand_on(weighted * openness(ink)[..., None])
    figure = _figure(np.where(ground, 1, np.where(edge, 0, 2)), inks[-1])

    result = np.empty((height, width, 4), dtype=np.uint8)
    last = placement.resized(len(inks[-1]))
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        shape = (min(height, top + rows) - top, width)
        strip = Placement(last.x0, last.y0 - top, last.side, last.size)
        layers = from_canvas(weighted, strip, shape)
        rgb = layers[..., :3] / layers[..., 3:]
        # Paint ends in a step of one pixel, and reaches under the whole of an outline, not to its middle.
        near = from_canvas(figure, strip, shape)
        alpha = np.clip((near - 0.5) / max(placement.scale, 0.25) + 0.5, 0, 1)
        alpha = np.maximum(alpha, np.where(near > 0.05, line_art.ink[top : top + shape[0]], 0))
        result[top : top + shape[0]] = np.dstack([rgb, alpha]) * 255 + 0.5
    return result


def is_ground(small_rgb: NDArray[np.float32], ink: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where the canvas shows unpainted ground: near white, free of ink, and joined to the canvas' border."""
    white = np.asarray((small_rgb.min(axis=2) > NEAR_WHITE) & (ink < _CLEAR), dtype=np.uint8)
    # One pixel of frame, so that white on any border is one ground.
    _, labels = cv2.connectedComponents(np.pad(white, 1, constant_values=1), connectivity=4)
    return np.asarray(labels[1:-1, 1:-1] == labels[0, 0])


def openness(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far a pixel's colour is the model's own and not a line's: 1 in the open, about 0 under ink."""
    return np.asarray(np.square(np.square(1 - ink)) + np.float32(_UNDER_INK))


def ink_pyramid(ink: NDArray[np.float32], placement: Placement) -> list[NDArray[np.float32]]:
    """Ink at canvas size first, then doubling for as long as it stays below the placement's side in source pixels.

    Each pixel holds the most ink of all that it covers, so that a thin line is closed at every size.
    """
    ratio = placement.side / placement.size
    levels = max(1, math.ceil(math.log2(max(ratio, 1.0))))
    finest = placement.resized(placement.size * 2 ** (levels - 1))
    reach = math.ceil(1 / finest.scale)
    if reach > 1:
        ink = np.asarray(cv2.dilate(ink, np.ones((reach, reach), np.uint8)), dtype=np.float32)
    side = finest.size
    matrix = np.array([[1 / finest.scale, 0, finest.x0 + 0.5 / finest.scale], [0, 1 / finest.scale, 0]])
    matrix[1, 2] = finest.y0 + 0.5 / finest.scale
    # The kernel's anchor lies right of its middle; the nearest pixel at or below the footprint's centre evens that out.
    matrix[:, 2] -= 0.5 if reach % 2 else 0.0
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    pyramid = [np.asarray(cv2.warpAffine(ink, matrix, (side, side), flags=flags), dtype=np.float32)]
    while len(pyramid) < levels:
        fine = pyramid[-1]
        half = len(fine) // 2
        pyramid.append(fine.reshape(half, 2, half, 2).max(axis=3).max(axis=1))
    return pyramid[::-1]


def _hand_on(weighted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Let pixels without a colour of their own take their neighbours', at a small weight: second-hand colours."""
    around = np.asarray(cv2.filter2D(weighted, -1, _BINOMIAL, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
    around *= np.float32(_SECOND_HAND) * np.maximum(1 - weighted[..., 3:], 0)
    around += weighted
    return around


def _figure(seeds: NDArray[np.int_], ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Canvas of 1 ground, 2 figure, 0 either -> 1 on the figure, 0 on ground, at the ink's size, soft where no line is.

    Ground and figure grow into what may be either and meet in the line between them (watershed: Meyer, 1992).
    """
    markers = cv2.resize(seeds.astype(np.uint8), ink.shape, interpolation=cv2.INTER_NEAREST).astype(np.int32)
    relief = cv2.cvtColor((ink * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    labels = np.asarray(cv2.watershed(relief, markers))
    figure = np.asarray(labels != 1, dtype=np.float32)
    # The watershed leaves the border unlabelled: it is what lies next to it.
    figure[[0, -1]] = figure[[1, -2]]
    figure[:, [0, -1]] = figure[:, [1, -2]]
    # Steps of whole canvas pixels, where there is no line, become slopes.
    return np.asarray(cv2.GaussianBlur(figure, (0, 0), max(0.3, len(ink) / len(seeds) / 2)), dtype=np.float32)
