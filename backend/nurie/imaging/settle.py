"""Colour settles between the lines: what the model painted unevenly is evened out as far as no line is in the way.

The model's small picture is blotchy where its evidence was. An artist fills a shape with one paint, so that a mean
over a small surrounding, which stops at lines, is nearer to what is wanted than the blotches are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.geodesic import crossing_cost, smooth_within
from nurie.imaging.ground import CLEAR

__all__ = ["settle", "widen_ground"]

Floats = NDArray[np.float32]

REACH = 0.03
"""Width of the surrounding as a share of the canvas' side."""
LINE = 60.0
"""What crossing a full line costs, in pixels of paper."""
_FAINT = 1e-4
"""Weight of ground, so that the mean is defined where nothing else is near."""


def widen_ground(ground: NDArray[np.bool_], ink: Floats) -> NDArray[np.bool_]:
    """Ground (S, S) and what the model spilled onto it: where, as far as lines let one see, most is ground.

    Beside an outline the spill lies on the ground's side, and the line keeps the figure out of that sight.
    """
    share = smooth_within(ground[..., None].astype(np.float32), crossing_cost(ink, LINE), REACH * len(ink))
    return np.asarray(ground | ((share[..., 0] > 0.5) & (ink < CLEAR)))


def settle(small_rgb: Floats, ground: NDArray[np.bool_], ink: Floats) -> Floats:
    """Colours (S, S, 3) and ink (S, S) in [0, 1] on the canvas -> the same, evened out between the lines.

    ``ground`` (S, S), which the model left unpainted, keeps its white and lends it to nobody.
    """
    own = np.where(ground, np.float32(_FAINT), np.float32(1))[..., None]
    weighted = np.concatenate([small_rgb * own, own], axis=2)
    even = smooth_within(weighted, crossing_cost(ink, LINE), REACH * len(ink))
    return np.where(ground[..., None], small_rgb, even[..., :3] / even[..., 3:]).astype(np.float32)
