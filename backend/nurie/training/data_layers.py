"""Training pictures as artists keep them: any picture file, or a layered one (OpenRaster, Krita) as it looks.

OpenRaster (openraster.org, baseline 0.0.5) and Krita files are zip archives that carry the merged picture; OpenRaster
also has every layer as a picture with its place, so that a layer called "line art" can be read by itself.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from nurie.imaging.load import open_image
from nurie.protocol import InputError

__all__ = ["LAYERED", "has_line_layer", "line_layer", "open_picture", "over_white"]

LAYERED = frozenset({".ora", ".kra"})
_MERGED = "mergedimage.png"
_LARGEST = 1 << 29
"""Bytes that a member of an archive may unpack to: no picture of ours is larger, and a bomb is."""
_LINE_LAYER = re.compile(r"\b(lines?|line ?art|lineart|inks?|inking)\b|線画|线稿", re.IGNORECASE)
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    zlib.error,
    zipfile.BadZipFile,
    UnidentifiedImageError,
    ElementTree.ParseError,
)


def open_picture(path: Path) -> Image.Image:
    """The picture at ``path``, RGB or RGBA, 8 bits, upright; of a layered file the merged picture. InputError."""
    return _member(path, _MERGED) if path.suffix.lower() in LAYERED else open_image(path)


def over_white(path: Path) -> NDArray[np.uint8]:
    """RGB u8 (H, W, 3) of the picture at ``path``, its alpha composited over white. InputError."""
    return _on_white(open_picture(path))


def has_line_layer(path: Path) -> bool:
    """Whether the OpenRaster file has a visible layer named as line art; False for every other file. InputError."""
    return path.suffix.lower() == ".ora" and bool(_line_layers(path))


def line_layer(path: Path) -> NDArray[np.uint8]:
    """The line layers of an OpenRaster file on white paper, u8 (H, W), the picture's size. InputError."""
    layers = _line_layers(path)
    if not layers:
        raise InputError(f"The picture {path} has no line layer.", "Name a visible layer 'line art'.")
    paper = Image.new("RGBA", open_picture(path).size, "white")
    for source, left, top in reversed(layers):  # the stack lists the topmost first
        layer = _member(path, source).convert("RGBA")
        placed = Image.new("RGBA", paper.size, (0, 0, 0, 0))
        placed.paste(layer, (left, top))
        paper.alpha_composite(placed)
    return np.asarray(paper.convert("L"))


def _on_white(image: Image.Image) -> NDArray[np.uint8]:
    rgba = image.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, "white")
    ground.alpha_composite(rgba)
    return np.asarray(ground.convert("RGB"))


def _line_layers(path: Path) -> list[tuple[str, int, int]]:
    """(file in the archive, left, top) of the visible layers named as line art, topmost first."""
    # S314: expat has refused exponential entities since 2.4.1, and a stack of layers is all that is looked for.
    stack = ElementTree.fromstring(_read(path, "stack.xml"))  # noqa: S314
    return [
        (layer.get("src", ""), int(float(layer.get("x", "0"))), int(float(layer.get("y", "0"))))
        for layer in stack.iter("layer")
        if layer.get("visibility", "visible") == "visible" and _LINE_LAYER.search(layer.get("name", ""))
    ]


def _member(path: Path, name: str) -> Image.Image:
    content = _read(path, name)
    try:
        with Image.open(io.BytesIO(content)) as image:
            return open_image(image)
    except _DAMAGE as error:
        raise _damaged(path) from error


def _read(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(name).file_size > _LARGEST:
                raise InputError(f"The picture {path} is too large.", "Scale it down.")
            return archive.read(name)
    except _DAMAGE as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> InputError:
    return InputError(f"The picture {path} is damaged or cut short.", "Save it again from your drawing program.")
