# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Krita's bytes and QImage, with as few copies as can be. Krita's 8-bit RGBA is Qt's Format_ARGB32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .qt import QtCore, QtGui

__all__ = ["assembled", "borrowed", "from_gray", "from_rgba", "gathered", "limited", "strips", "within"]

_ARGB32 = QtGui.QImage.Format.Format_ARGB32
_GRAY = QtGui.QImage.Format.Format_Grayscale8
_STRIP_PIXELS = 8_000_000
_GATHERED_PIXELS = 125_000


def from_rgba(data: QtCore.QByteArray, width: int, height: int) -> QtGui.QImage:
    """Format_ARGB32 with its own memory. ValueError where the bytes are too few: Krita then has no such pixels."""
    return _image(data, width, height, 4, _ARGB32)


def from_gray(data: QtCore.QByteArray, width: int, height: int) -> QtGui.QImage:
    """Format_Grayscale8 with its own memory, from one byte a pixel."""
    return _image(data, width, height, 1, _GRAY)


def gathered(width: int, height: int, fetch: Callable[[int, int], QtCore.QByteArray]) -> QtGui.QImage:
    """Format_ARGB32 from what ``fetch(top, rows)`` gives, strip by strip: half the time of one large copy, for the
    strips' memory is used again and again. ValueError as for ``from_rgba``."""
    image = QtGui.QImage(width, height, _ARGB32)
    pixels = _view(image)
    for top, rows in strips(height, width, pixels=_GATHERED_PIXELS):
        data: Any = fetch(top, rows)
        if data.size() < width * rows * 4:
            raise ValueError(f"{data.size()} bytes for {width} x {rows} pixels of 4")
        pixels[4 * width * top : 4 * width * (top + rows)] = memoryview(data)[: 4 * width * rows]
    return image


def _image(data: QtCore.QByteArray, width: int, height: int, size: int, format_: QtGui.QImage.Format) -> QtGui.QImage:
    if data.size() < width * height * size:
        raise ValueError(f"{data.size()} bytes for {width} x {height} pixels of {size}")
    view: Any = data  # QImage looks into anything with a buffer; the type stubs know of bytes only
    return QtGui.QImage(view, width, height, width * size, format_).copy()


def borrowed(image: QtGui.QImage) -> QtCore.QByteArray:
    """The pixels of a picture of 32 bits each as Krita wants them. Valid only as long as the picture is."""
    bits: Any = image.constBits()
    bits.setsize(image.sizeInBytes())
    raw = getattr(QtCore.QByteArray, "fromRawData", None)  # PyQt5: no copy; PyQt6 has only the one that copies
    return QtCore.QByteArray(memoryview(bits)) if raw is None else raw(bits)


def strips(height: int, width: int, divide: int = 1, pixels: int = _STRIP_PIXELS) -> Iterator[tuple[int, int]]:
    """(top, rows) of strips of about so many pixels, each but the last a multiple of ``divide`` rows high."""
    rows = max(1, pixels // max(1, width) // divide) * divide
    for top in range(0, height, rows):
        yield top, min(rows, height - top)


def assembled(
    width: int, height: int, divide: int, strip: Callable[[int, int], QtGui.QImage], format_: QtGui.QImage.Format
) -> QtGui.QImage:
    """A picture of ``width`` x ``height`` pixels with its sides divided by ``divide``, put together from ``strip(top,
    rows)``; never more than one strip is held at full size."""
    if divide == 1:
        return strip(0, height)
    whole = QtGui.QImage(-(-width // divide), -(-height // divide), format_)
    whole.fill(0)
    painter = QtGui.QPainter(whole)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
    for top, rows in strips(height, width, divide):
        small = strip(top, rows).scaled(
            whole.width(),
            -(-rows // divide),
            QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
            QtCore.Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawImage(0, top // divide, small)
    painter.end()
    return whole


def limited(color: QtGui.QImage, mask: QtGui.QImage) -> QtGui.QImage:
    """Colour that is nowhere more opaque than the mask of its size, 255 where colour is wanted.

    The lower of the two opacities and not their product: the backend has cut the colour with the same mask already,
    and to do so twice would make its soft edge hard.
    """
    if mask.size() != color.size():
        mask = mask.scaled(color.size())
    alpha = color.convertToFormat(QtGui.QImage.Format.Format_Alpha8)
    alpha.reinterpretAsFormat(_GRAY)
    lower = QtGui.QImage(color.size(), QtGui.QImage.Format.Format_RGB32)
    painter = QtGui.QPainter(lower)
    painter.drawImage(0, 0, alpha)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Darken)
    painter.drawImage(0, 0, mask)
    painter.end()
    cut = color.convertToFormat(_ARGB32)
    # QImage.setAlphaChannel would multiply with the opacity that is there, and round colours where that is low.
    _view(cut)[3::4] = _view(lower)[::4]
    return cut


def within(color: QtGui.QImage, drawn: QtGui.QImage) -> QtGui.QImage:
    """Colour where another picture of its size has any, as opaque as that."""
    alpha = drawn.convertToFormat(QtGui.QImage.Format.Format_Alpha8)
    alpha.reinterpretAsFormat(_GRAY)
    return limited(color, alpha)


def _view(image: QtGui.QImage) -> memoryview:
    """The bytes of a picture of 32 bits a pixel, to be changed in place."""
    bits: Any = image.bits()
    bits.setsize(image.sizeInBytes())
    return memoryview(bits)
