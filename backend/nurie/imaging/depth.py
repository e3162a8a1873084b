"""Depth: levels of 8 or of 16 bits a channel, and the way from one to the other."""

from __future__ import annotations

from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Level", "Levels", "as_picture", "like", "to_eight", "to_sixteen", "top_level"]

Levels = NDArray[np.unsignedinteger[Any]]
"""uint8 or uint16."""
Level = TypeVar("Level", np.uint8, np.uint16)

_STEP = 257
"""Levels of 16 bits between two of 8: 65535 / 255."""


def top_level(levels: Levels) -> int:
    """The level of full light: 255 or 65535."""
    return int(np.iinfo(levels.dtype).max)


def to_eight(levels: Levels) -> NDArray[np.uint8]:
    """The nearest of 256 levels; 8 bits come back as they are."""
    if levels.dtype == np.uint8:
        return np.asarray(levels, np.uint8)
    return np.asarray(cv2.convertScaleAbs(levels, alpha=1 / _STEP), np.uint8).reshape(levels.shape)


def to_sixteen(levels: Levels) -> NDArray[np.uint16]:
    """The same levels among 65536; 16 bits come back as they are."""
    return np.asarray(levels, np.uint16) if levels.dtype == np.uint16 else levels.astype(np.uint16) * np.uint16(_STEP)


def as_picture(levels: Levels) -> Image.Image | NDArray[np.uint16]:
    """Levels (H, W, 3 or 4) as what writes them: Pillow's picture of 8 bits, the array itself of 16."""
    return Image.fromarray(to_eight(levels)) if levels.dtype == np.uint8 else to_sixteen(levels)


def like(levels: Levels, other: NDArray[Level]) -> NDArray[Level]:
    """``levels`` at the depth of ``other``."""
    converted = to_eight(levels) if other.dtype == np.uint8 else to_sixteen(levels)
    return np.asarray(converted, other.dtype)
