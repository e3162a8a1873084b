"""Recolouring layers that were written before: an area, or a material wherever it is, in another colour; no model.

Only the flats change. Shadows multiply them and highlights are added to them, so that tones follow.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from nurie.imaging.depth import Levels, top_level
from nurie.imaging.layers import Layer, Stack
from nurie.imaging.regions import find_regions
from nurie.protocol import InputError

__all__ = ["parse_color", "recolored"]


def parse_color(text: str) -> tuple[int, int, int]:
    """``#rrggbb`` as three levels; InputError for anything else."""
    digits = text.removeprefix("#")
    if len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise InputError(f"{text!r} is no colour.", "Write it as #rrggbb, such as #e04020.")
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def recolored(
    stack: Stack, x: int, y: int, rgb: tuple[int, int, int], *, everywhere: bool = False
) -> tuple[Stack, float]:
    """The stack with the area at pixel (x, y) in another colour, and the share of the picture that changed.

    The area ends at lines and where the flats have another colour; ``everywhere`` means all that has this colour.
    InputError outside the picture and where nothing is painted.
    """
    flats = next(layer for layer in stack.colors if layer.name == "Flats")
    height, width = stack.shape
    top = top_level(flats.rgba)
    if not (0 <= x < width and 0 <= y < height):
        raise InputError(f"({x}, {y}) lies outside the picture of {width} x {height} px.", "Pixels count from 0, 0.")
    if flats.rgba[y, x, 3] == 0:
        raise InputError(f"Nothing is painted at ({x}, {y}).", "Name a place with colour.")
    same = np.asarray(cv2.inRange(flats.rgba[..., :3], *[flats.rgba[y, x, :3].astype(np.float64)] * 2) > 0)
    same &= flats.rgba[..., 3] > 0
    if not everywhere:
        lines = stack.above[0].rgba[..., 3].astype(np.float32) / np.float32(top)
        labels = find_regions(lines).labels
        same &= labels == labels[y, x]
        # A region may hold the colour in several places; the one that was named is meant.
        _, places = cv2.connectedComponents(same.astype(np.uint8), connectivity=8)
        same = np.asarray(places == places[y, x])
    rgba: Levels = np.array(flats.rgba)
    rgba[same, :3] = np.array(rgb, rgba.dtype) * rgba.dtype.type(top // 255)
    colors = tuple(Layer(layer.name, rgba, layer.mode) if layer is flats else layer for layer in stack.colors)
    return replace(stack, colors=colors), float(same.mean())
