"""A job's inputs: drawing, references and the artist's controls, opened and checked before any model is loaded."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.canvas import Placement, fit, picture_box, to_canvas
from nurie.imaging.hints import Hints, read_hints
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.load import Source, open_image
from nurie.imaging.load_deep import source_depth
from nurie.imaging.mask import read_mask
from nurie.imaging.points import PointPair, Points, check_points, read_points
from nurie.imaging.styles import STYLES
from nurie.protocol import InputError, UsageError

__all__ = ["MAX_STEPS", "Inputs", "check_options", "on_white_canvas", "over_white", "read_inputs", "reference_canvas"]

MAX_STEPS = 100
_MAX_GUIDANCE = 20.0


@dataclass(frozen=True)
class Inputs:
    """The drawing, analysed; the references as 8-bit sRGB images, mode RGB or RGBA; the artist's controls.

    hints: uint8 RGBA (H, W, 4) of the drawing's size, strokes on transparent ground; None without any.
    points: pairs of places, in pixels of the drawing and of the reference that each names.
    mask: uint8 (H, W), 255 where colour is wanted; None when it is wanted everywhere.
    depth: 16 when the drawing or a reference came with 16 bits a channel, else 8.
    """

    sketch: LineArt
    references: tuple[Image.Image, ...]
    hints: Hints | None = None
    points: tuple[PointPair, ...] = ()
    mask: NDArray[np.uint8] | None = None
    depth: int = 8


def check_options(
    steps: int | None, seed: int, guidance: float | None, style: str | None = None, depth: int | None = None
) -> None:
    """UsageError unless steps is 1 to 100, the seed at least 0, guidance 0 to 20, the style one there is, and the depth
    8 or 16.

    None means the model's own, or that of the inputs.
    """
    if steps is not None and not 1 <= operator.index(steps) <= MAX_STEPS:
        raise UsageError(f"The step count must be 1 to {MAX_STEPS}, not {steps}.")
    if operator.index(seed) < 0:
        raise UsageError(f"The seed must be 0 or more, not {seed}.")
    if guidance is not None and not (math.isfinite(guidance) and 0.0 <= guidance <= _MAX_GUIDANCE):
        raise UsageError(f"Guidance must be a number from 0 to {_MAX_GUIDANCE:g}, not {guidance}.")
    if style is not None and style not in STYLES:
        raise UsageError(f"There is no style {style!r}.", f"There are {', '.join(STYLES)}.")
    if depth not in (None, 8, 16):
        raise UsageError(f"The depth must be 8 or 16 bits a channel, not {depth}.")


def read_inputs(
    sketch: Source,
    references: Source | Iterable[Source],
    *,
    hints: Source | None = None,
    points: Points = (),
    mask: Source | None = None,
) -> Inputs:
    """Open and check everything. InputError names what cannot be used, and why; UsageError without a reference."""
    if isinstance(references, (str, os.PathLike, Image.Image, np.ndarray)):
        references = [references]
    sources = list(references)
    if not sources:
        raise UsageError("Colouring needs a reference image.", "Give at least one.")
    drawing = read_line_art(sketch)
    pictures = tuple(_read_reference(source, drawing) for source in sources)
    pairs = read_points(points)
    height, width = drawing.shape
    check_points(pairs, (width, height), [picture.size for picture in pictures])
    return Inputs(
        drawing,
        pictures,
        hints=None if hints is None else read_hints(hints, drawing.shape),
        points=pairs,
        mask=None if mask is None else read_mask(mask, drawing.shape),
        depth=max(source_depth(source) for source in (sketch, *sources)),
    )


def reference_canvas(reference: Image.Image, size: int) -> NDArray[np.float32]:
    """The reference's painted part on a white canvas: float32 (3, size, size) in [-1, 1]."""
    rgb, alpha = over_white(reference)
    return on_white_canvas(rgb, fit(picture_box(rgb, alpha), size))


def on_white_canvas(rgb: NDArray[np.uint8], placement: Placement) -> NDArray[np.float32]:
    """A square of a picture (H, W, 3) on the canvas: float32 (3, S, S) in [-1, 1], white beyond the picture."""
    planes = np.ascontiguousarray(to_canvas(rgb, placement).transpose(2, 0, 1), dtype=np.float32)
    return np.asarray(planes / 127.5 - 1, dtype=np.float32)


def _read_reference(source: Source, drawing: LineArt) -> Image.Image:
    image = open_image(source, "reference")
    name = f"The reference {os.fspath(source)}" if isinstance(source, (str, os.PathLike)) else "The reference"
    rgb, alpha = over_white(image)
    if alpha is not None and alpha.max() < 16:
        raise InputError(f"{name} is fully transparent.", "Choose a coloured picture.")
    if rgb.shape == drawing.rgb.shape and np.array_equal(rgb, drawing.rgb):
        raise InputError(f"{name} is the sketch itself.", "Choose a coloured picture of the character.")
    return image


def over_white(image: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """RGB over white, (H, W, 3), and the alpha channel of an image that has one."""
    pixels = np.asarray(image)
    if image.mode != "RGBA":
        return pixels, None
    alpha = pixels[..., 3]
    cover = alpha[..., None].astype(np.uint16)
    rgb = (pixels[..., :3] * cover + 255 * (255 - cover) + 127) // 255
    return rgb.astype(np.uint8), alpha
