"""OKLab, where colours are averaged and compared: Ottosson, "A perceptual color space for image processing" (2020)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["difference", "oklab_to_rgb", "rgb_to_oklab", "squared_difference"]

Floats = NDArray[np.float32]

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LAB_TO_LMS = np.linalg.inv(_LMS_TO_LAB)
_LMS_TO_RGB = np.linalg.inv(_RGB_TO_LMS)


def rgb_to_oklab(rgb: Floats | NDArray[np.uint8]) -> Floats:
    """sRGB (..., 3), float in [0, 1] or uint8, to OKLab (..., 3): L in [0, 1], a and b about [-.4, .4]."""
    if rgb.size == 0:
        return np.zeros(rgb.shape, np.float32)
    if rgb.dtype == np.uint8:
        linear = _LINEAR[rgb]
    else:
        value = np.maximum(rgb.astype(np.float32), 0)
        linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    lms = _mixed(linear, _RGB_TO_LMS.astype(np.float32))
    return np.asarray(_mixed(cv2.pow(lms, 1 / 3), _LMS_TO_LAB.astype(np.float32)).reshape(rgb.shape), np.float32)


def oklab_to_rgb(lab: Floats) -> Floats:
    """OKLab (..., 3) to sRGB (..., 3) in [0, 1]; what lies outside the gamut is clipped."""
    if lab.size == 0:
        return np.zeros(lab.shape, np.float32)
    lms = _mixed(np.asarray(lab, np.float64), _LAB_TO_LMS)
    linear = np.clip(_mixed(lms**3, _LMS_TO_RGB), 0, 1).reshape(lab.shape)
    value = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-12) ** (1 / 2.4) - 0.055)
    return np.asarray(np.clip(value, 0, 1), np.float32)


def _mixed(channels: NDArray[Any], matrix: NDArray[Any]) -> NDArray[Any]:
    """Channels (..., 3) times a matrix, (1, n, 3). As a product of so long and thin a matrix it takes numpy a hundred
    times as long."""
    flat = np.ascontiguousarray(channels).reshape(1, -1, 3)
    return np.asarray(cv2.transform(flat, matrix))


def difference(one: Floats, two: Floats) -> Floats:
    """Distance of OKLab colours (..., 3), broadcast; .02 is about the least that one sees, .1 another shade."""
    return np.asarray(np.sqrt(squared_difference(one, two)), np.float32)


def squared_difference(one: Floats, two: Floats) -> Floats:
    """`difference`, squared."""
    # Channel by channel: a sum over so short an axis takes numpy ten times as long.
    lightness, green, blue = (np.square(one[..., channel] - two[..., channel]) for channel in range(3))
    return np.asarray(lightness + green + blue, np.float32)


_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
