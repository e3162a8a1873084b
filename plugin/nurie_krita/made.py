# SPDX-License-Identifier: GPL-3.0-or-later
"""From a result's parts to what is laid into the document: sheets, each to be a layer, or key strokes. For threads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import png
from .forms import LAYER, MASK, Parts
from .i18n import tr
from .qt import QtCore, QtGui

__all__ = ["KeyStrokes", "Made", "Sheet", "Sheets", "make"]

_INDEXED = QtGui.QImage.Format.Format_Indexed8
_OPAQUE = 0xFF000000
_MOST_COLORS = 255
_MOST_DABS = 100_000
_ROWS = 128

_NEEDED = {"tones": ("flats",), "colors": ("swatches", "strokes"), MASK: ("strokes",)}
"""Of flats there are no shadows."""

Color = tuple[int, int, int]
Dab = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """A layer to be. image: Format_ARGB32, or Format_Indexed8 whose table has opacity, at (left, top) of the whole
    picture. blending: Krita's name of a mode."""

    name: str
    image: QtGui.QImage
    left: int = 0
    top: int = 0
    blending: str = "normal"


@dataclass(frozen=True)
class Sheets:
    """sheets: the lowest first. size: of the whole picture."""

    sheets: tuple[Sheet, ...]
    size: QtCore.QSize


@dataclass(frozen=True)
class KeyStrokes:
    """colors: in sRGB. dabs: number of a color from 1 on, 0 for ground; middle, x and y, and radius, in pixels of a
    picture of ``size``."""

    colors: tuple[Color, ...]
    dabs: tuple[Dab, ...]
    size: QtCore.QSize


Made = Sheets | KeyStrokes


def make(form: str, parts: Parts | None, size: QtCore.QSize, mask: QtGui.QImage | None = None) -> Made | None:
    """What a form of ``forms.FORMS`` is made of, for a picture of ``size``; None for a plain layer, and where parts are
    missing. mask: Format_Grayscale8 of that size; key strokes outside of it are ground's.

    NurieError ``garbage`` for parts that are not what they should be.
    """
    if form == LAYER or parts is None or not set(_NEEDED[form]) <= set(parts.files):
        return None
    if form == MASK:
        return _key_strokes(parts, size, mask)
    sheets = _tones(parts, size) if form == "tones" else _colors(parts, size)
    return Sheets(tuple(sheets), size)


def _tones(parts: Parts, size: QtCore.QSize) -> Iterator[Sheet]:
    """Shadows and highlights only where there are any."""
    known = (
        ("flats", tr("Flats"), "normal"),
        ("shadows", tr("Shadows"), "multiply"),
        ("highlights", tr("Highlights"), "add"),
    )
    for part, name, blending in known:
        if part in parts.files:
            image = png.decode(parts.files[part], size, parts.divide)
            if part == "flats" or _is_drawn_on(image):
                yield Sheet(name, image, blending=blending)


def _colors(parts: Parts, size: QtCore.QSize) -> Iterator[Sheet]:
    """A sheet a color, cut to where there is any of it, named as the color's code is written."""
    colors, _ = _read_strokes(parts)
    numbers = png.decode_gray(parts.files["swatches"], size, parts.divide)
    data = _bytes(numbers)
    for number, (red, green, blue) in enumerate(colors, start=1):
        rect = _where(data, numbers.width(), number)
        if rect is None:
            continue
        image = numbers.copy(rect)
        image.reinterpretAsFormat(_INDEXED)
        table = [0] * 256
        table[number] = _OPAQUE | red << 16 | green << 8 | blue
        image.setColorTable(table)
        yield Sheet(f"#{red:02X}{green:02X}{blue:02X}", image, rect.left(), rect.top())


def _key_strokes(parts: Parts, size: QtCore.QSize, mask: QtGui.QImage | None) -> KeyStrokes:
    colors, dabs = _read_strokes(parts)
    found = []
    for number, x, y, radius in dabs:
        x, y, radius = x * parts.divide, y * parts.divide, radius * parts.divide
        if x >= size.width() or y >= size.height():
            raise png.garbage()
        if mask is not None and mask.pixelColor(x, y).red() < 128:
            number = 0
        found.append((number, x, y, radius))
    return KeyStrokes(colors, tuple(found), size)


def _read_strokes(parts: Parts) -> tuple[tuple[Color, ...], list[Dab]]:
    try:
        told = json.loads(parts.files["strokes"])
        colors, dabs = told["colors"], told["dabs"]
        if len(colors) > _MOST_COLORS or len(dabs) > _MOST_DABS:
            raise ValueError
        read = tuple((_whole(red, 255), _whole(green, 255), _whole(blue, 255)) for red, green, blue in colors)
        most = 1 << 20
        places = [(_whole(n, len(read)), _whole(x, most), _whole(y, most), _whole(r, most)) for n, x, y, r in dabs]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise png.garbage() from None
    return read, places


def _whole(value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError
    return value


def _where(data: bytes, width: int, number: int) -> QtCore.QRect | None:
    """The rectangle that holds the bytes, in rows of ``width``, that are ``number``."""
    first = data.find(number)
    if first < 0:
        return None
    top, bottom = first // width, data.rfind(number) // width
    left, right = width, -1
    for start in range(top * width, (bottom + 1) * width, width):
        found = data.find(number, start, start + width)
        if found >= 0:
            left, right = min(left, found - start), max(right, data.rfind(number, start, start + width) - start)
    return QtCore.QRect(left, top, right - left + 1, bottom - top + 1)


def _is_drawn_on(image: QtGui.QImage) -> bool:
    for top in range(0, image.height(), _ROWS):  # a whole picture would hold the interpreter's lock for too long
        strip = image.copy(0, top, image.width(), min(_ROWS, image.height() - top))
        blank = QtGui.QImage(strip.size(), QtGui.QImage.Format.Format_Alpha8)
        blank.fill(0)
        if strip.convertToFormat(blank.format()) != blank:
            return True
    return False


def _bytes(image: QtGui.QImage) -> bytes:
    """The bytes of a picture of one byte a pixel, without what fills its rows up to whole words."""
    bits: Any = image.constBits()
    bits.setsize(image.sizeInBytes())
    data, width, stride = bytes(bits), image.width(), image.bytesPerLine()
    return data if width == stride else b"".join(data[row : row + width] for row in range(0, len(data), stride))
