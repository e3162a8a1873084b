"""Photoshop documents, by psd-tools (extra ``psd``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image

from nurie.imaging.depth import Levels
from nurie.imaging.layers import Layer, Stack, merge
from nurie.protocol import OutputError, UsageError

if TYPE_CHECKING:
    from psd_tools import PSDImage
    from psd_tools.api.layers import Layer as PhotoshopLayer

__all__ = ["check_photoshop", "write_photoshop"]

_LIMIT = 30_000
"""Pixels a side that the format allows."""


def check_photoshop(shape: tuple[int, int] = (1, 1), depth: int = 8) -> None:
    """UsageError unless psd-tools is installed and writes this depth, OutputError for (H, W) beyond the format; asked
    before the work."""
    if max(shape) > _LIMIT:
        raise OutputError(f"A .psd holds at most {_LIMIT} px a side.", "Write .ora.")
    try:
        from psd_tools import PSDImage
    except ImportError as error:
        text = "Writing .psd needs psd-tools, which is not installed."
        raise UsageError(
            text, "Install it with: pip install 'nurie[psd]', or write .ora.", code="missing_extra"
        ) from error
    if depth == 16 and not hasattr(PSDImage, "create_pixel_layer_from_array"):
        raise UsageError(
            "This psd-tools writes 8 bits a channel only.", "Give --depth 8, write .ora, or update psd-tools."
        )


def write_photoshop(stack: Stack, file: BinaryIO) -> None:
    """Write a stack as a PSD with the same layers, group and blend modes; UsageError without psd-tools."""
    check_photoshop(stack.shape, stack.depth)
    from psd_tools.constants import BlendMode

    # Begun from what it shows, which is what programs without layers read.
    document = _begun(merge(stack))
    for layer in reversed(stack.below):
        _add(document, layer)
    group = [_add(document, layer) for layer in reversed(stack.colors)]
    document.create_group(layer_list=group, name=stack.group, blend_mode=BlendMode.NORMAL)
    for layer in reversed(stack.above):
        _add(document, layer)
    document.save(file)


def _begun(shown: Levels) -> PSDImage:
    """A document without layers that shows RGBA (H, W, 4)."""
    from psd_tools import PSDImage

    if shown.dtype == np.uint8:
        document: PSDImage = PSDImage.frompil(Image.fromarray(shown))
        return document
    height, width = shown.shape[:2]
    document = PSDImage.new("RGBA", (width, height), depth=16)
    # There is no public way to give a document of 16 bits its merged picture.
    planes = [np.ascontiguousarray(shown[..., channel], ">u2").tobytes() for channel in range(4)]
    document._record.image_data.set_data(planes, document._record.header)
    return document


def _add(document: PSDImage, layer: Layer) -> PhotoshopLayer:
    from psd_tools.constants import BlendMode

    modes = {"normal": BlendMode.NORMAL, "multiply": BlendMode.MULTIPLY, "add": BlendMode.LINEAR_DODGE}
    if layer.rgba.dtype == np.uint8:
        added = document.create_pixel_layer(Image.fromarray(layer.rgba), name=layer.name)
    else:
        added = document.create_pixel_layer_from_array(layer.rgba, name=layer.name)
    added.blend_mode = modes[layer.mode]
    return added
