"""Scores of every answer to a triple, and what they come to over many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.color import foreground
from nurie.training.metrics.figures import Figures, compare, mean_figures
from nurie.training.metrics.frechet import frechet_distance, kernel_distance
from nurie.training.triples import Triple, resized

if TYPE_CHECKING:
    from nurie.training.metrics.perceptual import Perceptual

__all__ = ["Patches", "Score", "Scored", "Scorer", "SetDistance"]
__all__ += ["by_source", "halves_distance", "mean", "score", "set_distances"]

Picture = NDArray[np.float64]
Mask = NDArray[np.bool_]

FOREGROUND_PATCH = 0.5
"""Share of foreground from which a patch counts as foreground."""


@dataclass(frozen=True)
class Score:
    """The figures over the foreground and over the whole picture; seconds the answer took."""

    foreground: Figures
    whole: Figures
    seconds: float = 0.0

    @property
    def psnr(self) -> float:
        """In dB, over the foreground."""
        return self.foreground.psnr

    @property
    def ssim(self) -> float:
        """In [-1, 1], over the foreground."""
        return self.foreground.ssim

    @property
    def repaint(self) -> float:
        """A share in [0, 1], over the foreground."""
        return self.foreground.repaint


@dataclass(frozen=True)
class Patches:
    """Deep features (N, C) of a picture's patches, those of its truth, and the share of foreground in each (N,)."""

    result: NDArray[np.float64]
    truth: NDArray[np.float64]
    shares: NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """A triple; by the answer's name its score, its small picture, and its patches where the network looked."""

    triple: Triple
    scores: dict[str, Score]
    pictures: dict[str, Image.Image] = field(default_factory=dict)
    patches: dict[str, Patches] = field(default_factory=dict)


class Scorer:
    """Compares answers with one truth; what the truth looks like is worked out once."""

    def __init__(self, truth: Picture, perceptual: Perceptual | None = None) -> None:
        self.truth, self._perceptual = truth, perceptual
        self._masks = (foreground(truth), np.ones(truth.shape[:2], np.bool_))
        self._seen = None if perceptual is None else perceptual.look(truth)

    def score(self, result: Picture, seconds: float = 0.0) -> tuple[Score, Patches | None]:
        """The score of a picture (H, W, 3) in [0, 1]; one of another size than the truth's is scaled."""
        result = resized(result, self.truth.shape)
        inside, whole = compare(result, self.truth, self._masks)
        if self._perceptual is None or self._seen is None:
            return Score(inside, whole, seconds), None
        seen = self._perceptual.look(result)
        apart = [self._perceptual.distance(seen, self._seen, mask) for mask in self._masks]
        found = Score(replace(inside, perceptual=apart[0]), replace(whole, perceptual=apart[1]), seconds)
        return found, Patches(seen.patches, self._seen.patches, self._seen.shares(self._masks[0]))


def score(result: Picture, truth: Picture, seconds: float = 0.0) -> Score:
    """Compare two pictures (H, W, 3) in [0, 1] without a network; a result of another size is scaled."""
    return Scorer(truth).score(result, seconds)[0]


def mean(scored: Sequence[Scored]) -> dict[str, Score]:
    """Mean score of each answer over pictures (PSNR averaged in dB)."""

    def one(name: str) -> Score:
        found = [entry.scores[name] for entry in scored]
        return Score(
            mean_figures([entry.foreground for entry in found]),
            mean_figures([entry.whole for entry in found]),
            float(np.mean([entry.seconds for entry in found])),
        )

    return {name: one(name) for name in scored[0].scores}


def by_source(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    """The scored triples by source, in the manifest's order."""
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        groups.setdefault(one.triple.source, []).append(one)
    return groups


@dataclass(frozen=True)
class SetDistance:
    """How far a set of pictures lies from the true ones: Fréchet, kernel, the standard error of the kernel's."""

    fid: float
    kid: float
    kid_error: float
    patches: int


def set_distances(scored: Sequence[Scored], least: float) -> dict[str, SetDistance]:
    """Distances by answer, from patches with a foreground share of ``least`` or more (0: all patches).

    A picture without such a patch counts with the one that has most. Empty under three pictures or without patches.
    """
    if len(scored) < 3 or not scored[0].patches:
        return {}
    found = {}
    for name in scored[0].patches:
        chosen = [_chosen(one.patches[name], least) for one in scored]
        result, truth = [part for part, _ in chosen], [part for _, part in chosen]
        together = np.concatenate(truth)
        found[name] = SetDistance(
            frechet_distance(np.concatenate(result), together), *kernel_distance(result, truth), len(together)
        )
    return found


def _chosen(patches: Patches, least: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    keep = patches.shares >= min(least, patches.shares.max())
    return patches.result[keep], patches.truth[keep]


def halves_distance(scored: Sequence[Scored], least: float) -> float | None:
    """The Fréchet distance between the true pictures of even and of odd place: what chance alone makes of it."""
    if len(scored) < 4 or not scored[0].patches:
        return None
    name = next(iter(scored[0].patches))
    truths = [_chosen(one.patches[name], least)[1] for one in scored]
    return frechet_distance(np.concatenate(truths[::2]), np.concatenate(truths[1::2]))
