# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of picture a layer is, from about nine thousand of its pixels: lines, nothing, or coloured already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .qt import QtCore, QtGui

__all__ = ["Look", "look"]

_SIDE = 96
_SEEN = 16
"""Opacity (of 255) below which nobody sees a pixel."""
_SOLID = 250
_OPAQUE_SHARE = 0.5
_NEAR = 24
"""Levels by which a pixel may differ from the ground and still be the ground."""
_SATURATED = 40
"""Levels between the largest and the smallest channel, more than the ground's own, from which a pixel is colourful."""
_DARK = 128
"""Level below which a ground is dark enough for light lines; the backend looks for them too."""
_AREA_SHARE = 0.03
"""Of the picture: this much inside of colourful areas makes it coloured. Coloured lines have no inside."""


@dataclass(frozen=True)
class Look:
    """opaque: on a solid ground, as a scan is; dark: which is darker than what is drawn on it. state: ``lines``,
    ``empty`` or ``colored``."""

    opaque: bool
    state: str
    dark: bool = False


def look(image: QtGui.QImage) -> Look:
    """Of a picture in Format_ARGB32. Thin lines that no sample meets are still found: only what is uniform is empty."""
    pixels, width, height = _samples(image)
    kinds = Counter(pixels)  # most are alike: each kind is looked at once, for the GUI waits
    solid = sum(count for pixel, count in kinds.items() if pixel >> 24 >= _SOLID)
    opaque = solid >= _OPAQUE_SHARE * len(pixels)
    ground = _ground(pixels) if opaque else None
    drawn = {pixel: count for pixel, count in kinds.items() if not _is_ground(pixel, ground)}
    if not drawn and _uniform(image):
        return Look(opaque, "empty")
    limit = _SATURATED + (0 if ground is None else _saturation(ground))
    colorful = {pixel for pixel in kinds if pixel >> 24 >= _SEEN and _saturation(pixel) > limit}
    inside = _inside([pixel in colorful for pixel in pixels], width, height) if colorful else 0
    state = "colored" if inside > _AREA_SHARE * len(pixels) else "lines"
    return Look(opaque, state, ground is not None and _is_dark(ground, drawn))


def _samples(image: QtGui.QImage) -> tuple[list[int], int, int]:
    """Single pixels, not means: lines keep their colour and areas their share. Each is one number, 0xAARRGGBB: so many
    tuples would set off the interpreter's garbage collection, which takes 50 ms in a program as large as Krita."""
    small = image.scaled(
        min(_SIDE, image.width()),
        min(_SIDE, image.height()),
        QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
        QtCore.Qt.TransformationMode.FastTransformation,
    ).convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    bits: Any = small.constBits()
    bits.setsize(small.sizeInBytes())
    return memoryview(bits).cast("B").cast("I").tolist(), small.width(), small.height()


def _ground(pixels: list[int]) -> int:
    rough = [pixel >> 4 & 0x0F0F0F for pixel in pixels]
    common, _ = Counter(rough).most_common(1)[0]
    members = [pixel for pixel, kind in zip(pixels, rough, strict=True) if kind == common]
    return members[len(members) // 2]


def _channels(pixel: int) -> tuple[int, int, int]:
    return pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255


def _is_ground(pixel: int, ground: int | None) -> bool:
    if pixel >> 24 < _SEEN:
        return True
    if ground is None:
        return False
    return all(abs(one - other) <= _NEAR for one, other in zip(_channels(pixel), _channels(ground), strict=True))


def _is_dark(ground: int, drawn: dict[int, int]) -> bool:
    """Light lines on dark ground: more of what is no ground is lighter than darker."""
    level = sum(_channels(ground))
    lighter = sum(count for pixel, count in drawn.items() if sum(_channels(pixel)) > level)
    return level < 3 * _DARK and 2 * lighter > sum(drawn.values())


def _saturation(pixel: int) -> int:
    channels = _channels(pixel)
    return max(channels) - min(channels)


def _inside(colorful: list[bool], width: int, height: int) -> int:
    """How many colourful samples have colourful ones on all four sides; on a line two samples wide it is three."""
    count = 0
    for index, here in enumerate(colorful):
        x = index % width
        if here and 0 < x < width - 1 and width <= index < (height - 1) * width:
            count += colorful[index - 1] and colorful[index + 1] and colorful[index - width] and colorful[index + width]
    return count


def _uniform(image: QtGui.QImage) -> bool:
    """Whether all pixels are the same; fully transparent ones are, whatever colour they hide."""
    even = QtGui.QImage(image.size(), image.format())
    even.fill(image.pixel(0, 0))
    if image == even:
        return True
    alpha = image.convertToFormat(QtGui.QImage.Format.Format_Alpha8)
    clear = QtGui.QImage(image.size(), QtGui.QImage.Format.Format_Alpha8)
    clear.fill(0)
    return bool(alpha == clear)
