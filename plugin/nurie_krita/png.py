# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures to PNG files and back, for threads: nothing here holds the interpreter's lock for long.

Written by ourselves, strip by strip with zlib's fastest level: QImage.save takes four to five times as long (1500 x
2000 px: 720 ms against 150, 4000 x 4000 px: 3800 ms against 640, on a busy machine). QImage.convertToFormat and
QImage.fromData hold the lock while they run, 100 to 400 ms at 4000 x 4000 px; strips and QImageReader do not.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator

from .i18n import tr
from .protocol import InputError, NurieError
from .qt import QtCore, QtGui

__all__ = ["decode", "decode_gray", "decode_preview", "digest", "encode", "garbage", "reduction"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STRIP_BYTES = 512 * 1024
_PREVIEW_SIDE = 1024
_GRAY, _RGB, _INDEXED, _RGBA = 0, 2, 3, 6
_BYTES = {_GRAY: 1, _RGB: 3, _INDEXED: 1, _RGBA: 4}


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal, as the server names images."""
    return hashlib.sha256(data).hexdigest()


def reduction(image: QtGui.QImage, limit: int) -> int:
    """The smallest whole number by which both sides must be divided to be at most ``limit`` px."""
    return max(1, -(-max(image.width(), image.height()) // limit))


def encode(image: QtGui.QImage, divide: int = 1) -> bytes:
    """A PNG file of 8 bits a channel (grey, RGB or RGBA by the image's own format), its sides divided by ``divide``.

    Nothing but black ink on transparency, as most line art is, takes one byte a pixel: its opacity is the index of a
    palette of black. InputError for an empty image.
    """
    if image.isNull():
        raise InputError(tr("The picture is empty."), tr("Choose another."))
    kind = _kind(image)
    width, height = -(-image.width() // divide), -(-image.height() // divide)
    packer = zlib.compressobj(1)
    parts = [packer.compress(rows) for rows in _strips(image, kind, width, height, divide)]
    parts.append(packer.flush())
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))]
    if kind == _INDEXED:
        chunks += [(b"PLTE", bytes(3 * 256)), (b"tRNS", bytes(range(256)))]
    chunks += [(b"IDAT", b"".join(parts)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def decode(data: bytes, size: QtCore.QSize, divide: int = 1) -> QtGui.QImage:
    """A PNG file as Format_ARGB32 (straight alpha) of ``size``, which was divided by ``divide`` when it was sent.

    NurieError ``garbage`` for what is no PNG or has another size.
    """
    sent = QtCore.QSize(-(-size.width() // divide), -(-size.height() // divide))
    reader = _Reader(data, b"png")
    if reader.size() != sent:
        raise garbage()
    if divide > 1:
        reader.setScaledSize(size)
    image = reader.read()
    if image.isNull() or image.size() != size:
        raise garbage()
    if image.format() != QtGui.QImage.Format.Format_ARGB32:
        image = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    return image


def decode_gray(data: bytes, size: QtCore.QSize, divide: int = 1) -> QtGui.QImage:
    """The same for numbers, one byte a pixel, as Format_Grayscale8; no number becomes another one in between."""
    image = _Reader(data, b"png").read()
    sent = QtCore.QSize(-(-size.width() // divide), -(-size.height() // divide))
    if image.isNull() or image.size() != sent or image.format() != QtGui.QImage.Format.Format_Grayscale8:
        raise garbage()
    return image if divide == 1 else image.scaled(size)  # by nearest neighbours


def decode_preview(data: bytes) -> QtGui.QImage | None:
    """A preview, JPEG or PNG, of at most 1024 px a side; None for anything else. Small enough for the GUI thread."""
    reader = _Reader(data)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > _PREVIEW_SIDE:
        return None
    image = reader.read()
    return None if image.isNull() else image


class _Reader(QtGui.QImageReader):
    """Reads from bytes, and keeps what Qt only points to."""

    def __init__(self, data: bytes, kind: bytes = b"") -> None:
        self._buffer = QtCore.QBuffer()
        self._buffer.setData(QtCore.QByteArray(data))
        self._buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        super().__init__(self._buffer, QtCore.QByteArray(kind))


def garbage() -> NurieError:
    """What came is not what should have come."""
    return NurieError(
        tr("The backend sent something that is not the colored picture."),
        tr("Color the drawing again, and update Nurie if it happens again."),
        code="garbage",
    )


def _kind(image: QtGui.QImage) -> int:
    if image.hasAlphaChannel():
        return _INDEXED if _is_black(image) else _RGBA
    return _GRAY if image.format() == QtGui.QImage.Format.Format_Grayscale8 else _RGB


def _is_black(image: QtGui.QImage) -> bool:
    """Whether every pixel is black, however opaque; known early where one is not."""
    rows = max(1, _STRIP_BYTES // (4 * image.width()))
    black = QtGui.QImage(image.width(), rows, QtGui.QImage.Format.Format_RGB32)
    black.fill(0)
    for top in range(0, image.height(), rows):
        strip = image.copy(0, top, image.width(), min(rows, image.height() - top))
        if strip.convertToFormat(black.format()) != black.copy(strip.rect()):
            return False
    return True


def _strips(image: QtGui.QImage, kind: int, width: int, height: int, divide: int) -> Iterator[bytes]:
    """PNG's scanlines of some rows at a time, each row after the byte that says "unfiltered"."""
    formats = {
        _GRAY: QtGui.QImage.Format.Format_Grayscale8,
        _RGB: QtGui.QImage.Format.Format_RGB888,
        _INDEXED: QtGui.QImage.Format.Format_Alpha8,
        _RGBA: QtGui.QImage.Format.Format_RGBA8888,
    }
    row = width * _BYTES[kind]
    rows = max(1, _STRIP_BYTES // (row * divide * divide))
    for top in range(0, height, rows):
        count = min(rows, height - top)
        strip = image.copy(0, top * divide, width * divide, count * divide)
        if divide > 1:
            modes = QtCore.Qt.AspectRatioMode.IgnoreAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
            strip = strip.scaled(width, count, *modes)
        strip = strip.convertToFormat(formats[kind])
        bits = strip.constBits()
        if bits is None:
            raise MemoryError
        bits.setsize(strip.bytesPerLine() * count)
        pixels, stride = memoryview(bits), strip.bytesPerLine()  # type: ignore[arg-type]  # sip.voidptr is a buffer
        yield b"".join(piece for line in range(count) for piece in (b"\0", pixels[line * stride : line * stride + row]))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
