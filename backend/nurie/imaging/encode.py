"""Pictures as PNG files in memory: the same bytes wherever Nurie hands out a PNG, made by all cores.

Pillow compresses 16 megapixels on one core for more than a second. PNG's stream may be cut where one likes (RFC 1950,
RFC 1951: a sync flush ends on a byte), so strips of rows are filtered and compressed side by side. The cuts depend on
the picture alone, and so do the bytes.
"""

from __future__ import annotations

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["encode_png"]

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""By the number of channels."""
_MODES = ("L", "RGB", "RGBA")
_SUB = 1
"""The filter that stores each byte as its difference from the pixel to the left; does well on painted pictures."""
_LEVEL = 2
_STRIP = 1 << 20
"""Bytes of a strip, about; each is compressed without knowledge of the one before."""
_ZLIB_HEAD = b"\x78\x01"
_ADLER_BASE = 65521


def encode_png(picture: Image.Image | NDArray[np.uint16]) -> bytes:
    """The bytes of a PNG file of a picture in mode L, RGB or RGBA, or of 16-bit levels (H, W, 3 or 4).

    ValueError for another mode.
    """
    if isinstance(picture, Image.Image):
        if picture.mode not in _MODES:
            raise ValueError(f"no PNG of mode {picture.mode} is written")
        width, height, depth, channels = *picture.size, 8, len(picture.getbands())
        rows = np.asarray(picture).reshape(height, -1)
    else:
        height, width, channels = picture.shape
        depth = 16
        rows = picture.astype(">u2").view(np.uint8).reshape(height, -1)
    step = max(1, _STRIP // rows.shape[1])
    cuts = range(0, height, step)
    with ThreadPoolExecutor() as pool:
        strips = list(
            pool.map(lambda top: _strip(rows[top : top + step], channels * depth // 8, top + step >= len(rows)), cuts)
        )
    adler = 1
    for _, sum_, length in strips:
        adler = _combined(adler, sum_, length)
    header = struct.pack(">IIBBBBB", width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0)
    data = [packed for packed, _, _ in strips]
    data[0] = _ZLIB_HEAD + data[0]
    data[-1] += struct.pack(">I", adler)
    chunks = [(b"IHDR", header), *((b"IDAT", part) for part in data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _strip(rows: NDArray[np.uint8], pixel: int, last: bool) -> tuple[bytes, int, int]:
    """Some rows (n, width * pixel), of ``pixel`` bytes each, filtered and compressed; with the Adler-32 and length of
    what was compressed."""
    filtered = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _SUB
    filtered[:, 1 : 1 + pixel] = rows[:, :pixel]
    np.subtract(rows[:, pixel:], rows[:, :-pixel], out=filtered[:, 1 + pixel :])
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(filtered.data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
    return packed, zlib.adler32(filtered.data), filtered.size


def _combined(first: int, second: int, length: int) -> int:
    """The Adler-32 of two pieces of data one after the other; ``length`` is that of the second (zlib's own formula)."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)
    return (high % _ADLER_BASE) << 16 | low % _ADLER_BASE


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))
