"""What a point pair says: the place's surroundings look like that place of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.evidence import Evidence
from nurie.imaging.spread import Paper, spread

__all__ = ["Pull", "follow_points"]

Floats = NDArray[np.float32]

_DOT = 2
"""Radius in canvas pixels of the dot that a point of the sketch stands for."""
_ALIKE = 0.2
"""Difference in any channel, of the range [-1, 1], up to which neighbouring colours belong to one surface."""
_NEARBY = 0.04
"""Share of the canvas' side around a point that is meant pixel by pixel; further on, the colour there is meant."""


@dataclass(frozen=True)
class Pull:
    """``sketch`` and ``reference``: (x, y) on their canvases; ``picture`` (S, S, 3) in [-1, 1], the reference's."""

    sketch: tuple[float, float]
    reference: tuple[float, float]
    picture: Floats


def follow_points(found: Evidence, pulls: Sequence[Pull], paper: Paper) -> Evidence:
    """Evidence (S, S) corrected by point pairs: around each, by `spread`, the flow leads to its place.

    Near the point that is the reference, moved so that both points coincide. Further on, where a moved picture would
    show another surface or the same one's shading in the wrong place, it is the colour that was pointed at.
    """
    if not pulls:
        return found
    dots = np.zeros(paper.ink.shape, np.int32)
    for number, pull in enumerate(pulls, start=1):
        cv2.circle(dots, _pixel(pull.sketch), _DOT, number, cv2.FILLED)
    strength, nearest = spread(dots > 0, paper, found.confidence)
    speaker = np.where(nearest < 0, 0, dots.ravel()[np.maximum(nearest, 0)])
    rgb, confidence = found.rgb.copy(), np.maximum(found.confidence, strength)
    for number, pull in enumerate(pulls, start=1):
        here = np.asarray(speaker == number)
        share = strength[here][:, None]
        rgb[here] = share * _moved(pull)[here] + (1 - share) * found.rgb[here]
    return Evidence(rgb.astype(np.float32), confidence.astype(np.float32))


def _moved(pull: Pull) -> Floats:
    """The reference moved so that its point lies on the sketch's, (S, S, 3), fading to its surface's colour there."""
    size = len(pull.picture)
    surface = _surface(pull)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    away = np.square(x - pull.reference[0]) + np.square(y - pull.reference[1])
    weight = surface * np.exp(-away / (2 * (_NEARBY * size) ** 2))
    colour = (pull.picture * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
    layers = np.dstack([pull.picture, weight])
    shift = np.array(
        [[1, 0, pull.sketch[0] - pull.reference[0]], [0, 1, pull.sketch[1] - pull.reference[1]]], np.float64
    )
    moved = cv2.warpAffine(layers, shift, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    share = moved[..., 3:]
    return np.asarray(share * moved[..., :3] + (1 - share) * colour, np.float32)


def _surface(pull: Pull) -> Floats:
    """Where the reference goes on as at its point: 1 on pixels joined to it by small changes of colour, else 0."""
    size = len(pull.picture)
    joined = np.zeros((size + 2, size + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
    alike = (_ALIKE,) * 3
    picture = np.ascontiguousarray(pull.picture)
    x, y = (min(max(place, 0), size - 1) for place in _pixel(pull.reference))
    cv2.floodFill(picture, joined, (x, y), (0, 0, 0), alike, alike, flags)
    return joined[1:-1, 1:-1].astype(np.float32)


def _pixel(place: tuple[float, float]) -> tuple[int, int]:
    return round(place[0]), round(place[1])
