"""Colour hints: the artist's own strokes, laid over the evidence at full confidence and spread up to the lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, to_canvas
from nurie.imaging.evidence import Evidence
from nurie.imaging.load import Source, describe, open_image
from nurie.imaging.spread import Paper, spread
from nurie.protocol import InputError

__all__ = ["DRAWN", "Hints", "add_hints", "hints_canvas", "read_hints"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Hints = Bytes
"""Strokes as RGBA (H, W, 4) of the drawing's size."""

DRAWN = 128
"""Opacity (of 255) from which a pixel is part of a stroke and not of its soft rim."""
_COVERED = 0.1
"""Share of a canvas pixel that strokes must cover to become a hint there: a thin pen's stroke counts too."""


def read_hints(source: Source, shape: tuple[int, int]) -> Hints:
    """Strokes on transparent ground for a drawing of ``shape`` (H, W): uint8 RGBA (H, W, 4).

    InputError for what `open_image` refuses, for another size than the drawing's, for a picture without transparent
    ground and for one without strokes.
    """
    image = open_image(source, "hints")
    name = describe(source, "hints")
    height, width = shape
    if image.size != (width, height):
        raise InputError(
            f"{name}: the picture is {image.width} x {image.height} px, the sketch {width} x {height} px.",
            "Paint the hints on a layer of the sketch's size.",
        )
    pixels = np.asarray(image)
    if image.mode != "RGBA" or pixels[..., 3].min() >= DRAWN:
        raise InputError(
            f"{name}: the picture has no transparent ground.", "Paint the hints on an empty layer and save it as PNG."
        )
    if pixels[..., 3].max() < DRAWN:
        raise InputError(f"{name}: there are no strokes.", "Paint some colour where it belongs, or leave --hints out.")
    return pixels


def hints_canvas(hints: Hints, placement: Placement) -> tuple[Floats, NDArray[np.bool_]]:
    """Strokes on the canvas: their colours (S, S, 3) in [-1, 1] and where they lie (S, S).

    A canvas pixel takes the mean colour of the strokes in it, by opacity; what is transparent adds no colour.
    """
    drawn = hints[..., 3] >= DRAWN
    rows, columns = (np.flatnonzero(drawn.any(axis=axis)) for axis in (1, 0))
    if len(rows) == 0:
        size = placement.size
        return np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.bool_)
    # Strokes take little of a drawing: the rest need not be worked on.
    top, left = int(rows[0]), int(columns[0])
    box = (slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1))
    strokes = hints[box]
    placement = Placement(placement.x0 - left, placement.y0 - top, placement.side, placement.size)
    cover: Floats = np.where(drawn[box], strokes[..., 3], 0).astype(np.float32)
    cover /= 255
    share = to_canvas(cover, placement, fill=0)
    # One channel after the other: four of an 8000 px drawing at once take a gigabyte.
    sums = [to_canvas(np.asarray(strokes[..., channel] * cover, np.float32), placement, fill=0) for channel in range(3)]
    colors = np.dstack(sums) / np.maximum(share, 1e-6)[..., None] / np.float32(127.5) - 1
    return colors.astype(np.float32), np.asarray(share >= _COVERED)


def add_hints(found: Evidence, colors: Floats, there: NDArray[np.bool_], paper: Paper) -> Evidence:
    """Evidence with the strokes' colours: on them at full confidence, around them, up to the lines, by `spread`.

    The model was trained with dabs of true colour on its evidence and follows them, but hardly beyond their rim; that
    a dab means the whole area it lies in is said here.
    """
    strength, nearest = spread(there, paper, found.confidence)
    nearest_color = colors.reshape(-1, 3)[np.maximum(nearest, 0)]
    share = strength[..., None]
    rgb = share * nearest_color + (1 - share) * found.rgb
    return Evidence(rgb.astype(np.float32), np.maximum(found.confidence, strength).astype(np.float32))
