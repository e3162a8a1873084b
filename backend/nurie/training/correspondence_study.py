"""How well the matcher matches, and how far its confidence can be trusted, on 3D characters it has never seen.

A pack of renders with rest positions tells the true partner of every sketch cell. Both pictures are placed as the
colorizer places them, the reference is seen mirrored too and the more confident view wins, as in the colorizer. Shares
are of the canvas side. PCK@r: the share of cells with a true partner whose match lies within r of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from nurie.imaging.evidence import evidence, match_cells, merge
from nurie.model.matcher import Matcher
from nurie.protocol import InputError
from nurie.training.conditions import unit
from nurie.training.pairs import CELL, Pair, Pairs, background

__all__ = [
    "BASELINES",
    "MATCHER",
    "ONE_VIEW",
    "Outcome",
    "calibration_error",
    "outcomes",
    "pck",
    "pose_pairs",
    "reliability",
]

Floats = NDArray[np.float32]

MATCHER, ONE_VIEW, SAME, RANDOM = "matcher", "matcher, one view", "same place", "random place"
MEAN = "mean colour"
BASELINES = (SAME, RANDOM, MEAN)
HIT = 0.1
"""A match is right when it lies this share of the canvas from the truth, or nearer: what PCK@.10 counts."""


@dataclass(frozen=True)
class Outcome:
    """One pair at one temperature; arrays have an entry for each cell of the figure in the sketch.

    distance: how far apart partners lie on average, which is how different the poses are. scale: size of the figure on
    the reference's canvas by that on the sketch's. errors: distance from match to truth by method; infinite where the
    reference does not show the place. confidence: the matcher's, in [0, 1]. colour: PSNR in dB of the carried colours,
    cell by cell, by method.
    """

    group: str
    distance: float
    scale: float
    errors: dict[str, Floats]
    confidence: Floats
    colour: dict[str, float]


def pose_pairs(pairs: Pairs, limit: int | None = None) -> list[tuple[int, int]]:
    """All (target, reference) of one character in the same colours and two poses, or ``limit`` of them, spread evenly.

    InputError for a pack without such pairs.
    """
    found = [
        (target, reference)
        for target, partners in enumerate(pairs.partners)
        for reference in partners
        if target != reference and pairs.items[target]["solid"] >= 0 and pairs.items[reference]["solid"] >= 0
    ]
    if not found:
        raise InputError("The pack has no two 3D renders of one character.", "Render some: see data/render3d.")
    if limit is None or limit >= len(found):
        return found
    return [found[number * len(found) // limit] for number in range(limit)]


@torch.no_grad()
def outcomes(
    matcher: Matcher, pairs: Pairs, target: int, reference: int, size: int, temperatures: Sequence[float]
) -> Iterator[tuple[float, Outcome]]:
    """(temperature, outcome) for each temperature that the matcher's probabilities are softened by; none for a pair
    whose pictures share no visible place."""
    pair = pairs.fitted(target, reference, size)
    figure = _figure(pair)
    known = (pair.matches[..., 0] >= 0) & figure
    if not known.any():
        return
    photo = unit(pair.reference)
    sketch = torch.from_numpy(unit(pair.sketch))[None, None]
    views = [photo, np.ascontiguousarray(photo[:, ::-1])]
    raw = [matcher(sketch, torch.from_numpy(np.ascontiguousarray(view.transpose(2, 0, 1)))[None])[0] for view in views]
    here = _centres(len(figure))
    truth = pair.matches
    moved, spread = truth[known] - here[known], (truth[known].std(), here[known].std())
    fixed = {SAME: here, RANDOM: _random_places(pair, np.random.default_rng([target, reference]))}
    for temperature in temperatures:
        scores = [(view / temperature).log_softmax(dim=1).numpy() for view in raw]
        matches = [match_cells(view, seen) for view, seen in zip(scores, views, strict=True)]
        back = np.stack([1 - matches[1].flow[..., 0], matches[1].flow[..., 1]], axis=2)
        mirrored = matches[1].confidence > matches[0].confidence
        flow = np.where(mirrored[..., None], back, matches[0].flow)
        places = {MATCHER: flow, ONE_VIEW: matches[0].flow, **fixed}
        carried = merge([evidence(match, seen) for match, seen in zip(matches, views, strict=True)]).rgb
        yield (
            temperature,
            Outcome(
                group=pairs.items[target]["group"],
                distance=float(np.linalg.norm(moved, axis=1).mean()),
                scale=float(spread[0] / max(spread[1], 1e-6)),
                errors={name: _errors(at, truth, known)[figure] for name, at in places.items()},
                confidence=np.where(mirrored, matches[1].confidence, matches[0].confidence)[figure],
                colour=_colours(pair, figure, carried),
            ),
        )


def pck(found: Sequence[Outcome], method: str, radius: float) -> float:
    """PCK@``radius`` in [0, 1] over all cells that have a partner; NaN without any."""
    errors = np.concatenate([one.errors[method] for one in found]) if found else np.zeros(0)
    errors = errors[np.isfinite(errors)]
    return float((errors < radius).mean()) if len(errors) else float("nan")


def reliability(found: Sequence[Outcome], bins: int = 10) -> list[tuple[float, float, float]]:
    """(share of the cells, mean confidence, share of right matches) for equal steps of confidence, empty ones left out.

    Over every cell of the figure: where the reference does not show a place, no match is right.
    """
    confidence = np.concatenate([one.confidence for one in found])
    right = np.concatenate([one.errors[MATCHER] for one in found]) < HIT
    step = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float((step == number).mean()), float(confidence[step == number].mean()), float(right[step == number].mean()))
        for number in range(bins)
        if (step == number).any()
    ]


def calibration_error(table: Sequence[tuple[float, float, float]]) -> float:
    """Expected calibration error (Guo et al. 2017, eq. 3) of a :func:`reliability` table."""
    return sum(share * abs(confidence - right) for share, confidence, right in table)


def _figure(pair: Pair) -> NDArray[np.bool_]:
    """Cells (h, w) whose middle half the figure covers: on its rim the rest positions end a little earlier."""
    ground = background(pair.color)
    cells = len(pair.matches)
    middle = slice(CELL // 4, CELL - CELL // 4)
    blocks = ground.reshape(cells, CELL, cells, CELL)[:, middle, :, middle]
    return np.asarray(blocks.max(axis=(1, 3)) == 0)


def _centres(cells: int) -> Floats:
    at = (np.arange(cells, dtype=np.float32) + 0.5) / cells
    return np.stack(np.meshgrid(at, at), axis=2)


def _random_places(pair: Pair, rng: np.random.Generator) -> Floats:
    """For every sketch cell any place of the reference's figure."""
    rows, columns = np.nonzero(background(pair.reference) == 0)
    size, cells = len(pair.reference), len(pair.matches)
    if not len(rows):
        return _centres(cells)
    drawn = rng.integers(0, len(rows), (cells, cells))
    return ((np.stack([columns[drawn], rows[drawn]], axis=2) + 0.5) / size).astype(np.float32)


def _errors(places: Floats, truth: Floats, known: NDArray[np.bool_]) -> Floats:
    return np.where(known, np.linalg.norm(places - truth, axis=2), np.inf).astype(np.float32)


def _colours(pair: Pair, figure: NDArray[np.bool_], carried: Floats) -> dict[str, float]:
    """PSNR in dB of each way to colour the figure's cells."""
    wanted, reference = _means(unit(pair.color)), _means(unit(pair.reference))
    painted = background(pair.reference) == 0
    mean = unit(pair.reference)[painted].mean(axis=0) if painted.any() else reference.mean(axis=(0, 1))
    ways = {MATCHER: _means(carried), SAME: reference, MEAN: np.broadcast_to(mean, wanted.shape)}
    # Half the difference: from [-1, 1] to [0, 1].
    return {
        name: float(-10 * np.log10(max(float((((colour - wanted) / 2)[figure] ** 2).mean()), 1e-6)))
        for name, colour in ways.items()
    }


def _means(picture: Floats) -> Floats:
    """The mean of every cell: (S, S, 3) to (S/8, S/8, 3)."""
    cells = len(picture) // CELL
    return np.asarray(picture.reshape(cells, CELL, cells, CELL, 3).mean(axis=(1, 3)), np.float32)
