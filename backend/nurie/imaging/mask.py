"""The mask: where colour is wanted. The model still sees the whole drawing; only the colour layer is cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.depth import Level
from nurie.imaging.load import Source, describe, open_image
from nurie.protocol import InputError

__all__ = ["apply_mask", "read_mask"]

Bytes = NDArray[np.uint8]

_SEEN = 8
"""Levels (of 255) below which a mask lets nothing through that anyone would see."""


def read_mask(source: Source, shape: tuple[int, int]) -> Bytes:
    """A mask for a drawing of ``shape`` (H, W): uint8 (H, W), 255 where colour is wanted, soft edges kept.

    White on black, or, when the picture has transparency, what is opaque in it whatever its colour. InputError for
    what `open_image` refuses, for another size than the drawing's and for a mask with nothing in it.
    """
    image = open_image(source, "mask")
    name = describe(source, "mask")
    height, width = shape
    if image.size != (width, height):
        raise InputError(
            f"{name} is {image.width} x {image.height} px, the sketch {width} x {height} px.",
            "Give a mask of the sketch's size.",
        )
    pixels = np.asarray(image)
    cut_out = image.mode == "RGBA" and pixels[..., 3].min() < 255
    mask = pixels[..., 3] if cut_out else np.asarray(image.convert("L"))
    if mask.max() < _SEEN:
        raise InputError(f"{name} is empty: nothing would be coloured.", "Paint it white where colour is wanted.")
    return np.ascontiguousarray(mask)


def apply_mask(color: NDArray[Level], mask: Bytes) -> NDArray[Level]:
    """Colour RGBA (H, W, 4) with its opacity multiplied by a mask (H, W); the colours themselves stay. Of any depth."""
    if color.shape[:2] != mask.shape:
        raise ValueError(f"a mask of {mask.shape} does not fit colour of {color.shape[:2]}")
    cut = color.copy()
    wide = np.uint16 if color.dtype == np.uint8 else np.uint32
    cut[..., 3] = (color[..., 3].astype(wide) * mask + 127) // 255
    return np.asarray(cut, dtype=color.dtype)
