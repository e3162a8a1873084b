"""Polarity: whether a drawing is dark lines on light ground or, as chalk on slate, light lines on dark ground."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["is_light_on_dark"]

_SIDE = 512
"""Longest side in pixels at which ground and strokes are told apart."""
_DARK = 176
"""Level (of 255) below which ground is dark enough for light lines to show on it."""
_NEAR = 24
"""Levels around the ground's within which something is ground: grain, uneven light, compression."""
_GROUND = 0.45
"""Share of the page, and of its rim, that the ground has at least."""
_DEEP = 8
"""Pixels from its edge at which something light is no stroke any more but an area."""
_AREAS = 0.5
"""Share of the light parts that may be areas: eyes, a filled collar."""


def is_light_on_dark(rgb: NDArray[np.uint8]) -> bool:
    """Whether an opaque picture (H, W, 3) is light strokes on dark ground.

    Its ground, the most common level, is dark and holds much of page and rim; what differs is lighter, and thin. A
    night scene, with black lines in light figures, is none, and nor is a black figure on a white page.
    """
    height, width = rgb.shape[:2]
    factor = _SIDE / max(height, width)
    if factor < 1:
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.int16)
    around = np.convolve(np.bincount(grey.ravel(), minlength=256), np.ones(2 * _NEAR + 1), mode="same")
    # Several levels may have the whole ground within reach: the middle one of them is its own.
    ground = int(np.median(np.flatnonzero(around == around.max())))
    near = np.abs(grey - ground) <= _NEAR
    rim = np.concatenate([near[0], near[-1], near[:, 0], near[:, -1]])
    if ground >= _DARK or min(float(near.mean()), float(rim.mean())) < _GROUND:
        return False
    light = np.asarray(grey > ground + _NEAR, np.uint8)
    dark = int(np.count_nonzero(grey < ground - _NEAR))
    strokes = int(np.count_nonzero(light))
    if strokes <= 2 * dark:
        return False
    deep = cv2.distanceTransform(np.pad(light, 1), cv2.DIST_L2, cv2.DIST_MASK_3) > _DEEP
    return int(np.count_nonzero(deep)) <= _AREAS * strokes
