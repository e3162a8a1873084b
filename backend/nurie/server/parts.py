"""Further parts of a result, which a job asks for: what its picture is made of, for programs that keep layers."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from PIL import Image

from nurie.imaging.dabs import dabs
from nurie.imaging.layers import to_layers
from nurie.imaging.painting import Painting
from nurie.imaging.swatches import swatches_of

__all__ = ["further_parts"]

_LAYERS = {"flats": "Flats", "shadows": "Shadows", "highlights": "Highlights"}
_SWATCHES = ("swatches", "strokes")


def further_parts(painting: Painting | None, wanted: Sequence[str]) -> dict[str, Image.Image | bytes]:
    """Those of ``protocol.PARTS`` that there are: none without a painting, no shadows and highlights of flats.

    flats, shadows (to multiply), highlights (to add): RGBA. swatches: L, the number of each pixel's colour from 1 on, 0
    on ground. strokes: JSON, ``{"colors": [[r, g, b], …], "dabs": [[number, x, y, radius], …]}``, in pixels: what fills
    the drawing with these colours where a program does so itself; number 0 stands for ground.
    """
    found: dict[str, Image.Image | bytes] = {}
    if painting is None:
        return found
    if any(name in wanted for name in _LAYERS):
        layers = {layer.name: layer.rgba for layer in to_layers(painting).colors}
        found |= {part: Image.fromarray(layers[name]) for part, name in _LAYERS.items() if name in layers}
    if any(name in wanted for name in _SWATCHES):
        found |= _swatches(painting)
    return {name: part for name, part in found.items() if name in wanted}


def _swatches(painting: Painting) -> dict[str, Image.Image | bytes]:
    fill = painting.fill
    swatches = swatches_of(fill)
    sheet = swatches.sheet(fill.labels)
    strokes = dabs(fill.labels, (painting.line_art.ink > _INK).astype(np.uint8))
    numbers = swatches.numbers[strokes[:, 0]].astype(np.int64)
    if painting.mask is not None:
        sheet[painting.mask < 128] = 0
        numbers[painting.mask[strokes[:, 2], strokes[:, 1]] < 128] = 0
    listed = np.column_stack([numbers, strokes[:, 1:]])
    told = {"colors": swatches.colors.tolist(), "dabs": listed.tolist()}
    return {"swatches": Image.fromarray(sheet), "strokes": json.dumps(told, separators=(",", ":")).encode()}


_INK = 0.2
"""Ink from which no stroke lies on a pixel: the soft edge of a line belongs to it."""
