"""Materials: the few colours of a reference, and which areas of a drawing are of one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.oklab import difference, rgb_to_oklab

__all__ = ["Palette", "palette_of", "snapped", "unified"]

Floats = NDArray[np.float32]

MOST = 32
"""Colours of a palette at most."""
_CELLS = 21
"""Levels of a channel at which pixels are counted."""
_SHADE = 0.05
"""Distance in OKLab within which pixels of a reference are one colour."""
_LEAST = 0.004
"""Share of the painted reference below which a colour is none of its own."""
ALIKE = 0.03
"""Distance within which two areas are one material whatever the reference says."""
KIN = 0.06
"""Distance within which they are, when the same colour of the reference is the nearest of both."""
WITHIN = 0.12
"""Distance beyond which a colour of the reference is nobody's nearest."""


@dataclass(frozen=True)
class Palette:
    """``colors`` float32 (n, 3) in OKLab, the most common first; ``shares`` (n,) of the painted reference."""

    colors: Floats
    shares: Floats


def palette_of(rgb: Floats | NDArray[np.uint8], painted: NDArray[np.bool_]) -> Palette:
    """The palette of pixels rgb (..., 3), uint8 or in [0, 1], where ``painted`` (...); empty where nothing is."""
    pixels = rgb[painted]
    if len(pixels) == 0:
        return Palette(np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    # Counted in cells first: a picture has many pixels and few colours.
    if pixels.dtype == np.uint8:
        steps = np.round(np.arange(256, dtype=np.float32) / np.float32(255) * (_CELLS - 1)).astype(np.int64)[pixels]
    else:
        steps = np.round(pixels * (_CELLS - 1)).astype(np.int64)
    cells = (steps[:, 0] * _CELLS + steps[:, 1]) * _CELLS + steps[:, 2]
    counts = np.bincount(cells, minlength=_CELLS**3)
    filled = counts > 0
    lab = rgb_to_oklab(pixels)
    sums = [np.bincount(cells, lab[:, channel], _CELLS**3)[filled] for channel in range(3)]
    counts = counts[filled]
    means = (np.stack(sums, axis=1) / counts[:, None]).astype(np.float32)
    groups = _grouped(means, counts.astype(np.float64), np.zeros(len(means), np.int64), _SHADE)
    total = np.bincount(groups, counts)
    colors = (
        np.stack([np.bincount(groups, counts * means[:, channel]) for channel in range(3)], axis=1) / total[:, None]
    )
    shares = total / total.sum()
    order = [place for place in np.argsort(-shares, kind="stable")[:MOST] if shares[place] >= _LEAST]
    return Palette(colors[order].astype(np.float32), shares[order].astype(np.float32))


def unified(colors: Floats, areas: NDArray[np.float64], palette: Palette) -> tuple[NDArray[np.int64], Floats]:
    """Areas' colours (n, 3) in OKLab and sizes (n,) -> each one's material (n,) and the colours with it shared (n, 3).

    Nearly equal colours are one material; less nearly equal ones are, too, when both are nearest to the same colour of
    the palette. A material's colour is the mean of its areas' colours by size.
    """
    nearest = _nearest(colors, palette)
    close = _grouped(colors, areas, nearest, KIN)
    # Groups that different colours of the palette, or none, kept apart.
    weights = np.maximum(np.bincount(close, areas), 1e-9)
    sums = np.stack([np.bincount(close, areas * colors[:, channel]) for channel in range(3)], axis=1)
    means = (sums / weights[:, None]).astype(np.float32)
    wide = _grouped(means, weights, np.zeros(len(means), np.int64), ALIKE)
    materials = wide[close]
    total = np.maximum(np.bincount(materials, areas), 1e-9)
    shared = np.stack([np.bincount(materials, areas * colors[:, c]) for c in range(3)], axis=1) / total[:, None]
    return materials, np.asarray(shared.astype(np.float32)[materials], np.float32)


def snapped(colors: Floats, palette: Palette, within: float = WITHIN) -> Floats:
    """Colours (n, 3) in OKLab, each replaced by the palette's nearest where that is no further than ``within``."""
    nearest = _nearest(colors, palette, within)
    if len(palette.colors) == 0:
        return np.array(colors, np.float32)
    return np.asarray(np.where((nearest >= 0)[:, None], palette.colors[np.maximum(nearest, 0)], colors), np.float32)


def _nearest(colors: Floats, palette: Palette, within: float = WITHIN) -> NDArray[np.int64]:
    if len(palette.colors) == 0 or len(colors) == 0:
        return np.full(len(colors), -1, np.int64)
    away = difference(colors[:, None], palette.colors[None])
    return np.asarray(np.where(away.min(axis=1) <= within, away.argmin(axis=1), -1))


def _grouped(colors: Floats, sizes: NDArray[np.float64], kinds: NDArray[np.int64], reach: float) -> NDArray[np.int64]:
    """A group for each colour (n,): the largest first found groups, and those of its kind within ``reach`` join it."""
    groups = np.full(len(colors), -1, np.int64)
    count = 0
    for place in np.argsort(-sizes, kind="stable"):
        if groups[place] >= 0:
            continue
        joins = (groups < 0) & (kinds == kinds[place]) & (difference(colors, colors[place]) <= reach)
        groups[joins] = count
        groups[place] = count
        count += 1
    return groups
