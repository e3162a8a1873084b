"""OpenRaster: layers in a file that Krita, GIMP and MyPaint open (openraster.org, baseline 0.0.6)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import BinaryIO
from xml.etree import ElementTree

from PIL import Image

from nurie.imaging.encode import encode_png
from nurie.imaging.layers import Layer, Stack, merge

__all__ = ["write_openraster"]

_MODES = {"normal": "svg:src-over", "multiply": "svg:multiply", "add": "svg:plus"}
_THUMBNAIL = 256
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
            _store(archive, name, encode_png(Image.fromarray(layer.rgba)))
        merged = Image.fromarray(merge(stack))
        _store(archive, "mergedimage.png", encode_png(merged))
        merged.thumbnail((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX, reducing_gap=2)
        small = BytesIO()
        merged.save(small, "PNG")
        _store(archive, "Thumbnails/thumbnail.png", small.getvalue())


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
