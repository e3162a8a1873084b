"""A job's inputs: the drawing and its references, opened and checked before any model is loaded."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.canvas import fit, picture_box, to_canvas
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.load import Source, open_image
from nurie.protocol import InputError, UsageError

__all__ = ["MAX_STEPS", "Inputs", "check_options", "read_inputs", "reference_canvas"]

MAX_STEPS = 100
_MAX_GUIDANCE = 20.0


@dataclass(frozen=True)
class Inputs:
    """The drawing, analysed, and the references as 8-bit sRGB images, mode RGB or RGBA."""

    sketch: LineArt
    references: tuple[Image.Image, ...]


def check_options(steps: int | None, seed: int, guidance: float | None) -> None:
    """UsageError unless steps is 1 to 100, the seed at least 0 and guidance 0 to 20; None means the model's own."""
    if steps is not None and not 1 <= operator.index(steps) <= MAX_STEPS:
        raise UsageError(f"The step count must be 1 to {MAX_STEPS}, not {steps}.")
    if operator.index(seed) < 0:
        raise UsageError(f"The seed must be 0 or more, not {seed}.")
    if guidance is not None and not (math.isfinite(guidance) and 0.0 <= guidance <= _MAX_GUIDANCE):
        raise UsageError(f"Guidance must be a number from 0 to {_MAX_GUIDANCE:g}, not {guidance}.")


def read_inputs(sketch: Source, references: Source | Iterable[Source]) -> Inputs:
    """Open and check everything. InputError names the picture that cannot be used; UsageError without a reference."""
    if isinstance(references, (str, os.PathLike, Image.Image)):
        references = [references]
    sources = list(references)
    if not sources:
        raise UsageError("Colouring needs a reference image.", "Give at least one.")
    drawing = read_line_art(sketch)
    return Inputs(drawing, tuple(_read_reference(source, drawing) for source in sources))


def reference_canvas(reference: Image.Image, size: int) -> NDArray[np.float32]:
    """The reference's painted part on a white canvas: float32 (3, size, size) in [-1, 1]."""
    rgb, alpha = _over_white(reference)
    canvas = to_canvas(rgb, fit(picture_box(rgb, alpha), size))
    planes = np.ascontiguousarray(canvas.transpose(2, 0, 1), dtype=np.float32)
    return np.asarray(planes / 127.5 - 1, dtype=np.float32)


def _read_reference(source: Source, drawing: LineArt) -> Image.Image:
    image = open_image(source, "reference")
    name = "The reference" if isinstance(source, Image.Image) else f"The reference {os.fspath(source)}"
    rgb, alpha = _over_white(image)
    if alpha is not None and alpha.max() < 16:
        raise InputError(f"{name} is fully transparent.", "Choose a coloured picture.")
    if rgb.shape == drawing.rgb.shape and np.array_equal(rgb, drawing.rgb):
        raise InputError(f"{name} is the sketch itself.", "Choose a coloured picture of the character.")
    return image


def _over_white(image: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """RGB over white, (H, W, 3), and the alpha channel of an image that has one."""
    pixels = np.asarray(image)
    if image.mode != "RGBA":
        return pixels, None
    alpha = pixels[..., 3]
    cover = alpha[..., None].astype(np.uint16)
    rgb = (pixels[..., :3] * cover + 255 * (255 - cover) + 127) // 255
    return rgb.astype(np.uint8), alpha
