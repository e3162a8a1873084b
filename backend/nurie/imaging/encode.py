"""Pictures as PNG files in memory: the same bytes wherever Nurie hands out a PNG."""

from __future__ import annotations

import io
from typing import BinaryIO

from PIL import Image

__all__ = ["encode_png", "write_png"]

_COMPRESSION = 3
"""Writes 3 megapixels in half the time of Pillow's default 6, for a file a few percent larger."""


def write_png(image: Image.Image, file: BinaryIO) -> None:
    """Write the picture to an open file."""
    image.save(file, format="PNG", compress_level=_COMPRESSION)


def encode_png(image: Image.Image) -> bytes:
    """The file's bytes."""
    file = io.BytesIO()
    write_png(image, file)
    return file.getvalue()
