"""A drawing and a reference of any size, the same on every machine: what is measured needs no files."""

from __future__ import annotations

import random
from collections.abc import Iterator

from PIL import Image, ImageDraw

__all__ = ["reference", "sketch"]

Box = tuple[float, float, float, float]
_SHAPES = 40
_OVERSAMPLING = 2


def sketch(width: int, height: int) -> Image.Image:
    """Black lines on white, RGB: overlapping closed outlines over most of the page, as a figure has them."""
    line = max(2, round(min(width, height) / 300))
    return _drawn(width, height, lambda color: (None, "black"), line * _OVERSAMPLING)


def reference(width: int, height: int) -> Image.Image:
    """The same figure in colours, RGB."""
    return _drawn(width, height, lambda color: (color, color), 1)


def _drawn(width: int, height: int, style: object, line: int) -> Image.Image:
    image = Image.new("RGB", (width * _OVERSAMPLING, height * _OVERSAMPLING), "white")
    draw = ImageDraw.Draw(image)
    for box, color in _figure(*image.size):
        fill, outline = style(color)  # type: ignore[operator]
        draw.ellipse(box, fill=fill, outline=outline, width=line)
    return image.resize((width, height), Image.Resampling.BOX)


def _figure(width: int, height: int) -> Iterator[tuple[Box, tuple[int, int, int]]]:
    """Ellipses from large to small with their colours."""
    rng = random.Random(0)
    for number in range(_SHAPES):
        share = 0.4 * (1 - number / _SHAPES) + 0.04
        x, y = (rng.uniform(0.15, 0.85) for _ in range(2))
        w, h = (share * rng.uniform(0.4, 1) for _ in range(2))
        box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        yield box, (rng.randrange(256), rng.randrange(256), rng.randrange(256))
