"""OpenRaster: layers in a file that Krita, GIMP and MyPaint open (openraster.org, baseline 0.0.6)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from nurie.imaging.depth import Levels, as_picture, to_eight
from nurie.imaging.encode import encode_png
from nurie.imaging.layers import Layer, Stack, merge
from nurie.imaging.load import from_bytes, open_image
from nurie.imaging.load_deep import deep_pixels
from nurie.protocol import InputError

__all__ = ["read_openraster", "write_openraster"]

_MODES = {"normal": "svg:src-over", "multiply": "svg:multiply", "add": "svg:plus"}
_THUMBNAIL = 256
_MOST_XML = 1 << 20
_MOST_BYTES = 1 << 29
_DATE = (1980, 1, 1, 0, 0, 0)
"""The same layers give the same bytes."""


def write_openraster(stack: Stack, file: BinaryIO) -> None:
    """Write a stack as OpenRaster: ``mimetype`` first and uncompressed, stack.xml, layers, merged image, thumbnail."""
    height, width = stack.shape
    image = ElementTree.Element("image", version="0.0.6", w=str(width), h=str(height), xres="300", yres="300")
    root = ElementTree.SubElement(image, "stack")
    with zipfile.ZipFile(file, "w") as archive:
        _store(archive, "mimetype", b"image/openraster")
        pictures: list[tuple[str, Layer]] = []
        _list(root, stack.above, pictures)
        group = ElementTree.SubElement(root, "stack", _attributes(stack.group, "normal"), isolation="isolate")
        _list(group, stack.colors, pictures)
        _list(root, stack.below, pictures)
        _store(archive, "stack.xml", ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True))
        for name, layer in pictures:
            _store(archive, name, encode_png(as_picture(layer.rgba)))
        shown = merge(stack)
        _store(archive, "mergedimage.png", encode_png(as_picture(shown)))
        merged = Image.fromarray(to_eight(shown))
        merged.thumbnail((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX, reducing_gap=2)
        small = BytesIO()
        merged.save(small, "PNG")
        _store(archive, "Thumbnails/thumbnail.png", small.getvalue())


def read_openraster(path: Path) -> Stack:
    """Layers that `write_openraster` wrote. InputError for a file that cannot be read or holds other layers."""
    try:
        with zipfile.ZipFile(path) as archive:
            root = ElementTree.fromstring(_bounded(archive, "stack.xml", _MOST_XML)).find("stack")  # noqa: S314
            parts: list[list[Layer]] = [[], [], []]
            for child in () if root is None else root:
                if child.tag == "stack":
                    parts[1] += [_read(archive, layer) for layer in child]
                else:
                    parts[2 if parts[1] else 0].append(_read(archive, child))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Check the path.") from None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise InputError(f"{path} is no OpenRaster file that can be read.", "Write it again.") from error
    above, colors, below = (tuple(part) for part in parts)
    shapes = {layer.rgba.shape for layer in (*above, *colors, *below)}
    depths = {layer.rgba.dtype for layer in (*above, *colors, *below)}
    if not above or "Flats" not in [layer.name for layer in colors] or len(shapes) != 1 or len(depths) != 1:
        raise InputError(f"{path} has no layer 'Flats' in a group under lines.", "Give a file that Nurie wrote.")
    return Stack(above, colors, below)


def _read(archive: zipfile.ZipFile, layer: ElementTree.Element) -> Layer:
    modes = {written: mode for mode, written in _MODES.items()}
    data = _bounded(archive, layer.attrib["src"], _MOST_BYTES)
    # Pillow makes RGB of a layer that is opaque all over.
    picture = open_image(from_bytes(data, "layer"), "layer").convert("RGBA")
    deep = deep_pixels(data, picture)
    rgba: Levels = np.asarray(picture) if deep is None else deep
    return Layer(layer.attrib["name"], rgba, modes[layer.attrib.get("composite-op", "svg:src-over")])


def _bounded(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member of an archive; ValueError above ``most`` bytes, however small it is packed."""
    if archive.getinfo(name).file_size > most:
        raise ValueError(f"{name} is too large")
    return archive.read(name)


def _list(stack: ElementTree.Element, layers: Iterable[Layer], pictures: list[tuple[str, Layer]]) -> None:
    for layer in layers:
        name = f"data/{len(pictures):02d}-{layer.name.lower()}.png"
        pictures.append((name, layer))
        ElementTree.SubElement(stack, "layer", _attributes(layer.name, layer.mode), src=name)


def _attributes(name: str, mode: str) -> dict[str, str]:
    return {"name": name, "x": "0", "y": "0", "opacity": "1.0", "visibility": "visible", "composite-op": _MODES[mode]}


def _store(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # PNG is compressed already, and `mimetype` must be readable as it is.
    archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_STORED)
