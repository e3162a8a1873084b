"""Small drawings and references made on the spot."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

__all__ = ["reference", "sketch"]


def sketch(width: int = 120, height: int = 160) -> Image.Image:
    """A face of two ellipses, black lines on white paper."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.2, height * 0.2, width * 0.8, height * 0.8), outline="black", width=2)
    draw.ellipse((width * 0.4, height * 0.4, width * 0.6, height * 0.6), outline="black", width=2)
    return image


def reference(width: int = 96, height: int = 96, colour: tuple[int, int, int] = (220, 120, 60)) -> Image.Image:
    """A disc of one colour with a darker half, on white."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(x - width / 2, y - height / 2) < 0.4 * min(width, height)
    pixels[disc] = colour
    pixels[disc & (x > width / 2)] = [channel // 2 for channel in colour]
    return Image.fromarray(pixels)
