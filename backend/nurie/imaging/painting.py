"""A painting: a drawing coloured in a style, kept in parts, so that layers and corrections need no model."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement
from nurie.imaging.color import FOREGROUND_LIMIT
from nurie.imaging.depth import Levels
from nurie.imaging.detail import Placed
from nurie.imaging.field import Field, color_field
from nurie.imaging.fill import Fill, fill_regions
from nurie.imaging.lineart import LineArt
from nurie.imaging.mask import apply_mask
from nurie.imaging.materials import Palette, palette_of, snapped
from nurie.imaging.regions import find_regions
from nurie.imaging.strokes import colored_by
from nurie.imaging.styles import flat_color, toned_color

__all__ = ["Painting", "paint"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_FLATNESS = {"shaded": 0.5, "soft": 0.0}


@dataclass(frozen=True)
class _Way:
    """How a style comes about. ``split``: regions are cut by their colours, and what is no shade of a region's paint
    is no tone of it. ``settled``: the model's blotches are evened out, for a picture that shows them; one paint an area
    is better chosen by what most of the raw ones say."""

    split: bool
    settled: bool


_WAYS = {"flats": _Way(True, False), "shaded": _Way(True, True), "soft": _Way(False, True)}


@dataclass(frozen=True)
class Painting:
    """``line_art``, its areas and their colours (``fill``), the model's tones (``field``), the references' ``palette``.

    mask: uint8 (H, W), 255 where colour is wanted; None when it is wanted everywhere.
    """

    style: str
    line_art: LineArt
    fill: Fill
    field: Field
    palette: Palette
    mask: Bytes | None = None

    @property
    def depth(self) -> int:
        """Bits a channel of its colours: 8 or 16."""
        return 8 if self.field.deep is None else 16

    def color(self) -> Levels:
        """The colour alone in the painting's style: RGBA (H, W, 4), transparent on ground."""
        return self._masked(self.flats() if self.style == "flats" else self.tones())

    def flats(self) -> Levels:
        """One colour an area, whatever the style; RGBA (H, W, 4)."""
        return flat_color(self.fill, self.depth)

    def tones(self) -> Levels:
        """The style's tones, those of ``shaded`` for ``flats``; RGBA (H, W, 4)."""
        return toned_color(self.fill, self.field, flatness=_FLATNESS.get(self.style, _FLATNESS["shaded"]))

    def recolored(self, x: float, y: float, rgb: tuple[float, float, float], *, everywhere: bool = False) -> Painting:
        """The area at pixel (x, y) in another colour (sRGB, [0, 1]); ``everywhere``: all areas of its material.

        ValueError outside the drawing.
        """
        areas = self.fill.material_at(x, y) if everywhere else [self.fill.at(x, y)]
        return replace(self, fill=self.fill.recolored(areas, rgb))

    def snapped(self) -> Painting:
        """Every area in the nearest colour of the references' palette, where one is near."""
        colors = np.where(self.fill.painted[:, None], snapped(self.fill.colors, self.palette), self.fill.colors)
        return replace(self, fill=self.fill.with_colors(colors))

    def _masked(self, color: Levels) -> Levels:
        return color if self.mask is None else apply_mask(color, self.mask)


def paint(
    style: str,
    small_rgb: Floats,
    line_art: LineArt,
    placement: Placement,
    references: Sequence[Floats] = (),
    mask: Bytes | None = None,
    strokes: Bytes | None = None,
    depth: int = 8,
    details: Sequence[Placed] = (),
) -> Painting:
    """The model's picture (s, s, 3) in [0, 1] on the canvas ``placement``, laid between the drawing's lines in a style.

    ``references``: pictures (S, S, 3) in [-1, 1] on white, for their palette. ``strokes``: the artist's
    own colours, RGBA (H, W, 4), which areas take. ``depth``: 8 or 16 bits a channel. ``details``: what the references
    show more finely. KeyError for an unknown style.
    """
    way = _WAYS[style]
    pictures = [(picture.reshape(-1, 3) + np.float32(1)) / np.float32(2) for picture in references]
    pixels = np.concatenate(pictures) if pictures else np.zeros((0, 3), np.float32)
    palette = palette_of(pixels, np.asarray(pixels.min(axis=1, initial=1) < FOREGROUND_LIMIT))
    # Neither keeps two cores busy by itself.
    with ThreadPoolExecutor(1) as pool:
        field_of = partial(color_field, settled=way.settled, depth=depth, details=details)
        coming = pool.submit(field_of, small_rgb, line_art, placement)
        regions = find_regions(line_art.ink)
        field = coming.result()
    fill = fill_regions(field, regions, palette, split=way.split, mode=way.split)
    if strokes is not None:
        fill = colored_by(fill, strokes)
    return Painting(style, line_art, fill, field, palette, mask)
