"""The one move, scaling and mirroring that carries most places to their partners, however wrong the others are.

Hypotheses from pairs of places, the best by consensus (RANSAC: Fischler and Bolles 1981), then least squares over those
that agree (Umeyama 1991, without rotation: characters stand upright).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Similarity", "similarity"]

Floats = NDArray[np.floating]

_HYPOTHESES = 400
_APART = 0.15
"""Distance below which two places say nothing about a scale."""
_SCALES = (0.2, 5.0)
_TOLERANCE = 0.12
"""Distance from its partner from which on a place does not agree: limbs move."""


@dataclass(frozen=True)
class Similarity:
    """(x, y) to (scale * ±x + dx, scale * y + dy), - where ``mirrored``; ``share``: of the weight, how much agrees."""

    scale: float
    mirrored: bool
    dx: float
    dy: float
    share: float

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        """Where it carries a place."""
        return self._across * x + self.dx, self.scale * y + self.dy

    @property
    def _across(self) -> float:
        return -self.scale if self.mirrored else self.scale


def similarity(places: Floats, partners: Floats, weights: Floats) -> Similarity | None:
    """From places (N, 2) to partners (N, 2), both in [0, 1], that count by their weights (N,); None where too few lie
    far enough apart. The same for the same numbers."""
    if len(places) < 2 or weights.sum() <= 0:
        return None
    chosen = np.random.default_rng(0).integers(0, len(places), (_HYPOTHESES, 2))
    first, second = places[chosen[:, 0]], places[chosen[:, 1]]
    one, other = partners[chosen[:, 0]], partners[chosen[:, 1]]
    apart = np.hypot(*(first - second).T)
    scales = np.hypot(*(one - other).T) / np.maximum(apart, 1e-6)
    some = (apart >= _APART) & (scales >= _SCALES[0]) & (scales <= _SCALES[1])
    if not some.any():
        return None
    scales, middle, target = scales[some], ((first + second) / 2)[some], ((one + other) / 2)[some]
    found = []
    for sign in (1, -1):
        factors = np.column_stack([sign * scales, scales])
        offsets = target - factors * middle
        errors = np.zeros((len(scales), len(places)))
        for axis in (0, 1):
            carried = factors[:, axis, None] * places[None, :, axis] + offsets[:, axis, None]
            errors += (carried - partners[None, :, axis]) ** 2
        votes = np.clip(1 - np.sqrt(errors) / _TOLERANCE, 0, 1) @ weights
        best = int(votes.argmax())
        found.append((float(votes[best]), sign, np.sqrt(errors[best])))
    _, sign, errors = max(found, key=lambda one: one[0])
    return _fitted(places, partners, weights * (errors < _TOLERANCE), sign, float(weights.sum()))


def _fitted(places: Floats, partners: Floats, weights: Floats, sign: int, total: float) -> Similarity:
    """The best one by least squares."""
    share = weights / weights.sum()
    turned = places * (sign, 1)
    middle, target = share @ turned, share @ partners
    away, there = turned - middle, partners - target
    scale = float((share @ (away * there)).sum() / max((share @ away**2).sum(), 1e-9))
    dx, dy = target - scale * middle
    return Similarity(scale, sign < 0, float(dx), float(dy), float(weights.sum() / total))
