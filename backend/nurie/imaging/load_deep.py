"""Reading pictures of 16 bits a channel, of which Pillow keeps 8: PNG and TIFF, and arrays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.depth import to_eight
from nurie.imaging.load import Source

__all__ = ["deep_pixels", "source_depth"]

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTH = 24
"""Where in a PNG file the bits a channel are told."""
_TIFF_HEADS = (b"II", b"MM")
_TIFF_BITS = 258
_MOST_APART = 3
"""Levels (of 255) by which both readings of a file may differ: rounding, and a profile that is sRGB's own."""


def source_depth(source: Source | bytes) -> int:
    """Bits a channel, 8 or 16: of an array, of a PNG or TIFF file, or of such a file in memory. 8 for all else."""
    if isinstance(source, np.ndarray):
        return 16 if source.dtype == np.uint16 else 8
    if isinstance(source, Image.Image):
        return 8
    try:
        head = source[: _PNG_DEPTH + 1] if isinstance(source, bytes) else _head(Path(source))
        if head.startswith(_PNG_HEAD):
            return 16 if head[_PNG_DEPTH:] == b"\x10" else 8
        if head.startswith(_TIFF_HEADS) and not isinstance(source, bytes):
            with Image.open(source, formats=("TIFF",)) as image:
                bits = image.tag_v2.get(_TIFF_BITS, (8,))
                return 16 if set(bits) == {16} else 8
    except (OSError, SyntaxError, ValueError, TypeError):
        pass  # what is wrong with a file is said where it is opened as a picture
    return 8


def deep_pixels(source: Source | bytes, seen: Image.Image) -> NDArray[np.uint16] | None:
    """A 16-bit picture's own pixels, (H, W, 3 or 4) as ``seen`` has them, which is what `load.open_image` made of it.

    None for a picture of 8 bits, and for one that `open_image` had to convert: turned, or of another profile than sRGB.
    """
    if source_depth(source) == 8 or isinstance(source, Image.Image):
        return None
    if isinstance(source, np.ndarray):
        pixels = source
    else:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if decoded is None or decoded.dtype != np.uint16:
            return None
        pixels = _from_opencv(np.asarray(decoded, np.uint16))
    pixels = _with_channels(np.asarray(pixels, np.uint16), len(seen.getbands()))
    eight = np.asarray(seen)
    if pixels.shape != eight.shape or int(cv2.absdiff(to_eight(pixels), eight).max()) > _MOST_APART:
        return None
    return pixels


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_PNG_DEPTH + 1)


def _from_opencv(pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """OpenCV's order of channels, blue first, turned round."""
    if pixels.ndim == 2:
        return pixels
    code = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(pixels, code), np.uint16)


def _with_channels(pixels: NDArray[np.uint16], count: int) -> NDArray[np.uint16]:
    """Grey (H, W) or (H, W, 1) as three equal channels; an opaque alpha channel left out where ``count`` is 3."""
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(pixels[..., :count])
