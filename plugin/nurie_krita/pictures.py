# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as people have them, made into references: upright, sRGB, of bounded size, as PNG or JPEG bytes.

No metadata comes along: neither where a photograph was taken nor who drew it leaves this module.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .flatten import flattened
from .i18n import tr
from .protocol import InputError
from .qt import QT6, QtCore, QtGui

__all__ = ["MAX_SIDE", "MIN_SIDE", "Picture", "encoded", "from_bytes", "from_file", "from_image", "thumbnail"]

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


def from_bytes(data: bytes, name: str) -> Picture:
    """A picture from the bytes of a file in any format that this Qt reads; of an animation its first frame."""
    if not data:
        raise InputError(tr("{name} is empty.", name=name), tr("Choose another picture."))
    buffer = QtCore.QBuffer()
    buffer.setData(flattened(data))
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    reader = QtGui.QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    try:
        lossy = reader.format().data().lower() in (b"jpeg", b"jpg")
        image = _decoded(reader, name)
    finally:
        reader.setDevice(None)  # some formats look at their bytes until the end: not after those are gone
    return from_image(image, name, lossy=lossy)


def from_image(image: QtGui.QImage, name: str, *, lossy: bool = False) -> Picture:
    """A picture from pixels. ``lossy``: they come from a JPEG, and may become one again."""
    _check_size(image.size(), name)
    if image.width() < MIN_SIDE or image.height() < MIN_SIDE:
        size = f"{image.width()} × {image.height()}"
        raise InputError(
            tr("{name} is too small ({size} pixels).", name=name, size=size), tr("Choose a larger picture.")
        )
    upright = _bounded(_srgb(image), MAX_SIDE)
    if upright.hasAlphaChannel() and _transparent(upright):
        raise InputError(tr("{name} is fully transparent.", name=name), tr("Choose a colored picture."))
    lossy = lossy and not upright.hasAlphaChannel()
    data = encoded(upright, "jpg" if lossy else "png")
    digest = hashlib.sha256(data).hexdigest()
    return Picture(
        data, digest, "jpg" if lossy else "png", upright.width(), upright.height(), thumbnail(upright, THUMBNAIL_SIDE)
    )


def thumbnail(image: QtGui.QImage, side: int = THUMBNAIL_SIDE) -> QtGui.QImage:
    """The picture within a square of so many pixels, never enlarged; Format_ARGB32_Premultiplied for quick painting."""
    return _bounded(image, side).convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied)


def _check_size(size: QtCore.QSize, name: str) -> None:
    if size.isValid() and size.width() * size.height() > MAX_PIXELS:
        pixels = f"{size.width()} × {size.height()}"
        raise InputError(
            tr("{name} is too large to open ({size} pixels).", name=name, size=pixels),
            tr("Save a smaller copy and add that."),
        )


def _decoded(reader: QtGui.QImageReader, name: str) -> QtGui.QImage:
    reader.setAutoTransform(True)  # a photograph's orientation
    if not reader.canRead():
        raise InputError(
            tr("{name} is not a picture that can be read here.", name=name),
            tr("Open it in Krita and save it as PNG, then add that."),
        )
    _check_size(reader.size(), name)
    if QT6:  # which refuses pictures over 128 MB as they are in memory; the limit is the process's
        needed = MAX_PIXELS * 4 // 2**20 + 1
        if 0 < QtGui.QImageReader.allocationLimit() < needed:
            QtGui.QImageReader.setAllocationLimit(needed)
    image = reader.read()
    if image.isNull():
        raise InputError(tr("{name} is damaged.", name=name), tr("Save it again, or choose another one."))
    return image


def _srgb(image: QtGui.QImage) -> QtGui.QImage:
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


def _bounded(image: QtGui.QImage, side: int) -> QtGui.QImage:
    if max(image.width(), image.height()) <= side:
        return image
    keep, smooth = QtCore.Qt.AspectRatioMode.KeepAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
    return image.scaled(side, side, keep, smooth)


def _transparent(image: QtGui.QImage) -> bool:
    """Whether nothing of it can be seen; looked up in a small copy, which is quick and overlooks only dust."""
    keep, smooth = QtCore.Qt.AspectRatioMode.KeepAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
    small = image.scaled(64, 64, keep, smooth).convertToFormat(QtGui.QImage.Format.Format_Alpha8)
    return all(small.pixelColor(x, y).alpha() < 2 for y in range(small.height()) for x in range(small.width()))


def encoded(image: QtGui.QImage, suffix: str) -> bytes:
    """The image as the bytes of a ``png`` or ``jpg`` file."""
    store = QtCore.QByteArray()
    buffer = QtCore.QBuffer(store)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG" if suffix == "jpg" else "PNG", 95 if suffix == "jpg" else 70)
    return store.data()
