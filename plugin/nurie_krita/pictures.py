# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as people have them, made into references: upright, sRGB, of bounded size, as PNG or JPEG bytes.

No metadata comes along: neither where a photograph was taken nor who drew it leaves this module.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from . import png
from .flatten import flattened
from .i18n import tr
from .protocol import InputError
from .qt import QT6, QtCore, QtGui

__all__ = ["MAX_SIDE", "MIN_SIDE", "Picture", "from_bytes", "from_file", "from_image", "thumbnail"]

MAX_SIDE = 2048
"""Pixels; a larger picture is scaled down to this, which is more than any model looks at."""

MIN_SIDE = 16
"""Pixels; nothing smaller shows a character."""

MAX_PIXELS = 200_000_000
"""Of a picture that is opened at all: 800 MB of memory while it is."""

MAX_BYTES = 256 * 2**20
"""Of a file that is opened at all."""

THUMBNAIL_SIDE = 192
"""Pixels along the longer side: two for one on a screen of high density."""

_JPEG_QUALITY = 95
_UNCOMPRESSED = 100
_KEEP = QtCore.Qt.AspectRatioMode.KeepAspectRatio
_DOTS_PER_METER = 2835
"""72 an inch. Qt would write the screen's, and the same picture would be another on another screen."""


@dataclass(frozen=True)
class Picture:
    """A reference ready to keep and to send. digest: SHA-256 of ``data``; suffix: ``png`` or ``jpg``."""

    data: bytes
    digest: str
    suffix: str
    width: int
    height: int
    thumbnail: QtGui.QImage


def from_file(path: Path) -> Picture:
    """InputError says in one sentence why a file cannot be a reference."""
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise InputError(tr("{name} is a folder.", name=name), tr("Choose the pictures in it."))
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(tr("{name} is too large to open.", name=name), tr("Save a smaller copy and add that."))
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(tr("{name} is no longer there.", name=name)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(tr("{name} could not be read: {reason}.", name=name, reason=reason)) from error
    return from_bytes(data, name)


def from_image(image: QtGui.QImage, name: str) -> Picture:
    """A picture from pixels."""
    _check_size(image.size(), name)
    return from_bytes(_saved(image, "PNG", _UNCOMPRESSED), name)


def from_bytes(data: bytes, name: str) -> Picture:
    """A picture from the bytes of a file in any format that this Qt reads; of an animation its first frame."""
    if not data:
        raise InputError(tr("{name} is empty.", name=name), tr("Choose another picture."))
    image, lossy = _read(flattened(data), name)
    image = _plain(image)
    lossy = lossy and not image.hasAlphaChannel()
    data = _saved(image, "JPG", _JPEG_QUALITY) if lossy else png.encode(image)
    small, _ = _read(data, name, THUMBNAIL_SIDE)
    if small.hasAlphaChannel() and _transparent(small):
        raise InputError(tr("{name} is fully transparent.", name=name), tr("Choose a colored picture."))
    return Picture(
        data, hashlib.sha256(data).hexdigest(), "jpg" if lossy else "png", image.width(), image.height(), small
    )


def thumbnail(data: bytes) -> QtGui.QImage:
    """A kept picture within a square of ``THUMBNAIL_SIDE``, never enlarged; InputError if it is damaged."""
    return _read(data, "", THUMBNAIL_SIDE)[0]


# QImageReader and QImage.save let other threads run meanwhile. QImage's own functions (scaled, convertToFormat,
# convertedToColorSpace) do not: the artist's brush would stop while a large picture is scaled. Hence reading scales.


def _read(data: bytes, name: str, side: int = MAX_SIDE) -> tuple[QtGui.QImage, bool]:
    """The image, upright and no larger than ``side``, and whether it comes from a lossy format."""
    buffer = QtCore.QBuffer()
    buffer.setData(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    reader = QtGui.QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)  # a photograph's orientation
    try:
        if not reader.canRead():
            raise InputError(
                tr("{name} is not a picture that can be read here.", name=name),
                tr("Open it in Krita and save it as PNG, then add that."),
            )
        lossy = reader.format().data().lower() in (b"jpeg", b"jpg")
        size = reader.size()
        _check_size(size, name)
        _allow_large()
        if max(size.width(), size.height()) > side:
            reader.setScaledSize(size.scaled(side, side, _KEEP).expandedTo(QtCore.QSize(1, 1)))
        image = reader.read()
    finally:
        reader.setDevice(None)  # some formats look at their bytes until the end: not after those are gone
    if image.isNull():
        raise InputError(tr("{name} is damaged.", name=name), tr("Save it again, or choose another one."))
    if max(image.width(), image.height()) > side:  # a format that did not tell its size
        image = image.scaled(side, side, _KEEP, QtCore.Qt.TransformationMode.SmoothTransformation)
    if min(image.width(), image.height()) < MIN_SIDE and side == MAX_SIDE:
        shown = size if size.isValid() else image.size()
        text = tr("{name} is too small ({size} pixels).", name=name, size=f"{shown.width()} × {shown.height()}")
        raise InputError(text, tr("Choose a larger picture."))
    return image, lossy


def _check_size(size: QtCore.QSize, name: str) -> None:
    if size.isValid() and size.width() * size.height() > MAX_PIXELS:
        pixels = f"{size.width()} × {size.height()}"
        raise InputError(
            tr("{name} is too large to open ({size} pixels).", name=name, size=pixels),
            tr("Save a smaller copy and add that."),
        )


def _allow_large() -> None:
    """Qt 6 refuses pictures over 128 MB as they are in memory; ours are measured before. The limit is the process's."""
    needed = MAX_PIXELS * 4 // 2**20 + 1
    if QT6 and 0 < QtGui.QImageReader.allocationLimit() < needed:
        QtGui.QImageReader.setAllocationLimit(needed)


def _plain(image: QtGui.QImage) -> QtGui.QImage:
    """8-bit sRGB, straight alpha, and nothing but the pixels; from the picture's own colour space if it names one."""
    if hasattr(image, "colorSpace"):  # since Qt 5.14; official builds of Krita 5.1 have 5.12
        space = image.colorSpace()
        srgb = QtGui.QColorSpace(QtGui.QColorSpace.NamedColorSpace.SRgb)
        if space.isValid() and space != srgb:
            converted = image.convertedToColorSpace(srgb)
            image = image if converted.isNull() else converted
    alpha = image.hasAlphaChannel()
    format_ = QtGui.QImage.Format.Format_ARGB32 if alpha else QtGui.QImage.Format.Format_RGB32
    image = image.convertToFormat(format_)
    bits = image.constBits().asstring(image.sizeInBytes())
    view = QtGui.QImage(bits, image.width(), image.height(), image.bytesPerLine(), format_)
    plain = view.copy()  # owns its pixels; no text and no profile came along
    plain.setDotsPerMeterX(_DOTS_PER_METER)
    plain.setDotsPerMeterY(_DOTS_PER_METER)
    return plain


def _transparent(small: QtGui.QImage) -> bool:
    """Whether nothing of it can be seen, dust aside."""
    return all(small.pixelColor(x, y).alpha() < 2 for y in range(small.height()) for x in range(small.width()))


def _saved(image: QtGui.QImage, format_: str, quality: int) -> bytes:
    store = QtCore.QByteArray()
    buffer = QtCore.QBuffer(store)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, format_, quality)
    return store.data()
