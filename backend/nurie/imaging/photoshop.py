"""Photoshop documents, by psd-tools (extra ``psd``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from nurie.imaging.layers import Layer, Stack, merge
from nurie.protocol import OutputError, UsageError

if TYPE_CHECKING:
    from psd_tools import PSDImage
    from psd_tools.api.layers import Layer as PhotoshopLayer

__all__ = ["check_photoshop", "write_photoshop"]

_LIMIT = 30_000
"""Pixels a side that the format allows."""


def check_photoshop(shape: tuple[int, int] = (1, 1)) -> None:
    """UsageError unless psd-tools is installed, OutputError for (H, W) beyond the format; asked before the work."""
    if max(shape) > _LIMIT:
        raise OutputError(f"A .psd holds at most {_LIMIT} px a side.", "Write .ora.")
    try:
        import psd_tools  # noqa: F401
    except ImportError as error:
        text = "Writing .psd needs psd-tools, which is not installed."
        raise UsageError(
            text, "Install it with: pip install 'nurie[psd]', or write .ora.", code="missing_extra"
        ) from error


def write_photoshop(stack: Stack, file: BinaryIO) -> None:
    """Write a stack as a PSD with the same layers, group and blend modes; UsageError without psd-tools."""
    check_photoshop(stack.shape)
    from psd_tools import PSDImage
    from psd_tools.constants import BlendMode

    # Begun from what it shows, which is what programs without layers read.
    document = PSDImage.frompil(Image.fromarray(merge(stack)).convert("RGBA"))
    for layer in reversed(stack.below):
        _add(document, layer)
    group = [_add(document, layer) for layer in reversed(stack.colors)]
    document.create_group(layer_list=group, name=stack.group, blend_mode=BlendMode.NORMAL)
    for layer in reversed(stack.above):
        _add(document, layer)
    document.save(file)


def _add(document: PSDImage, layer: Layer) -> PhotoshopLayer:
    from psd_tools.constants import BlendMode

    modes = {"normal": BlendMode.NORMAL, "multiply": BlendMode.MULTIPLY, "add": BlendMode.LINEAR_DODGE}
    added = document.create_pixel_layer(Image.fromarray(layer.rgba), name=layer.name)
    added.blend_mode = modes[layer.mode]
    return added
