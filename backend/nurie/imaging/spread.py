"""How far a place that the artist marked speaks for its surroundings: as far as the lines let it, and no further."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.geodesic import Indices, crossing_cost, nearest_seed

__all__ = ["spread"]

Floats = NDArray[np.float32]

REACH = 0.25
"""Share of the canvas' side over which a mark speaks at least half as strongly as where it was made."""
LINE = 60.0
"""What crossing a full line costs, in pixels of paper."""


def spread(marked: NDArray[np.bool_], ink: Floats) -> tuple[Floats, Indices]:
    """Marked pixels and ink (S, S) -> how strongly a mark speaks for each pixel, in [0, 1], and which mark's pixel.

    1 on the marks, falling with the way that a pen would take from them without crossing lines; the nearest mark
    speaks. The second answer is a flat index, -1 where the first is 0.
    """
    reach = REACH * len(ink)
    distance, nearest = nearest_seed(marked, crossing_cost(ink, LINE), limit=2 * reach)
    # Flat around the mark and 0 at twice the reach: half a cosine's arch.
    strength = np.cos(np.minimum(distance, 2 * reach) * (np.pi / (4 * reach))) ** 2
    return np.where(nearest < 0, 0, strength).astype(np.float32), nearest
