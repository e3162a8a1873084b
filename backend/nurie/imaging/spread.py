"""How far a place that the artist marked speaks for its surroundings: as far as the lines let it, and no further."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.geodesic import Indices, crossing_cost, nearest_seed

__all__ = ["Paper", "spread"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

REACH = 0.5
"""Way, as a share of the canvas' side, at which a mark speaks half as strongly as where it was made."""
LINE = 0.7
"""What a pixel of full ink costs, as a share of the canvas' side: a line is the end, a gap in it is a detour."""
_BARE = 0.3
"""Ink below which a pixel is paper."""
_UNKNOWN = 0.08
"""Mean confidence below which nothing on the reference belongs there: at the page's rim, that is ground."""


@dataclass(frozen=True)
class Paper:
    """What marks are made on: ``ink`` (S, S), 0 paper .. 1 full line; ``page`` (S, S), where the canvas shows the
    drawing's own page and not what was put around it."""

    ink: Floats
    page: Mask


def spread(marked: Mask, paper: Paper, confidence: Floats) -> tuple[Floats, Indices]:
    """Marked pixels (S, S) -> how strongly a mark speaks for each pixel, in [0, 1], and which marked pixel it is.

    1 on the marks, falling with the way that a pen would take from them without crossing lines; the nearest mark
    speaks. Ground that is joined to the page's rim belongs to the rim: there, where the evidence's ``confidence``
    (S, S) is nothing, a mark must be nearer than the rim to speak. The second answer is a flat index, -1 where the
    first is 0.
    """
    size = len(paper.ink)
    cost = np.where(paper.page, crossing_cost(paper.ink, LINE * size), np.float32(1 + LINE * size))
    ground = _ground_at_rim(paper, confidence) & ~marked
    distance, nearest = nearest_seed(marked | ground, cost, limit=2 * REACH * size)
    spoken = (nearest >= 0) & ~ground.ravel()[np.maximum(nearest, 0)]
    # Flat around the mark and 0 at twice the reach: half a cosine's arch.
    strength = np.cos(np.where(spoken, distance, 0) * (np.pi / (4 * REACH * size))) ** 2
    return np.where(spoken, strength, 0).astype(np.float32), np.where(spoken, nearest, -1)


def _ground_at_rim(paper: Paper, confidence: Floats) -> Mask:
    """The page's outermost pixels (S, S) where they are ground: judged run by run, from line to line."""
    inner = cv2.erode(np.pad(paper.page, 1).astype(np.uint8), np.ones((3, 3)))[1:-1, 1:-1] > 0
    bare = paper.page & ~inner & (paper.ink < _BARE)
    _, runs = cv2.connectedComponents(bare.astype(np.uint8), connectivity=8)
    mean = np.bincount(runs.ravel(), confidence.ravel()) / np.bincount(runs.ravel())
    return np.asarray(bare & (mean[runs] < _UNKNOWN))
