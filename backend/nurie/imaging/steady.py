"""Frames of an animation: each takes over the colours of what it shows from the frame before it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.fill import Fill
from nurie.imaging.painting import Painting
from nurie.imaging.tracking import Tracks, flicker, shared_colors, track

__all__ = ["Steadied", "steadied"]

_MOST = 16_000_000
"""Pairs of areas of two frames up to which they are compared: a drawing of more is noise."""


@dataclass(frozen=True)
class Steadied:
    """A frame in the colours of the one before it.

    ``flicker``: mean CIEDE2000 of the painted areas that both show, as it is now; ``painted``: as it was. None for both
    where the frames share none.
    """

    painting: Painting
    flicker: float | None
    painted: float | None


def steadied(before: Fill, painting: Painting) -> Steadied:
    """``painting`` with every area that was there in the frame before, and in about that colour, in that very colour.

    Frames may differ in size.
    """
    fill = painting.fill
    if before.count * fill.count > _MOST:
        return Steadied(painting, None, None)
    found = track(before.labels, fill.labels)
    # Numbers at the end may have no pixel, of which tracking does not know.
    rest = 0, fill.count + 1 - len(found.partners)
    tracks = Tracks(np.pad(found.partners, rest), np.pad(found.likeness, rest))
    partners = tracks.partners
    areas = np.bincount(fill.labels.ravel(), minlength=fill.count + 1).astype(np.float64)
    weights = np.where((partners > 0) & before.painted[partners] & fill.painted, areas, 0.0)
    if not weights.any():
        return Steadied(painting, None, None)
    shared = shared_colors(tracks, before.colors, fill.colors, before.painted)
    kept: NDArray[np.float32] = np.where(fill.painted[:, None], shared, fill.colors)
    seen = np.where(weights > 0, partners, 0)
    now, then = (flicker(seen, before.colors, colors, weights) for colors in (kept, fill.colors))
    return Steadied(replace(painting, fill=fill.with_colors(kept)), now, then)
