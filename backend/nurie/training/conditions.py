"""Training batches for the denoiser: a pair, and every state in which evidence can reach the model.

Evidence comes from the real matcher (right and wrong as it is at inference), from the true correspondences (aligned,
shifted, partial), or not at all; sometimes dabs of the true colours lie on it, as an artist's hints do.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from nurie.imaging.evidence import Evidence, Match, evidence, match_cells
from nurie.training.checkpoints import fingerprint
from nurie.training.loader import Batch
from nurie.training.pack import open_pack
from nurie.training.pairs import CELL, Pair, Pairs
from nurie.training.patch_shuffle import patches_a_side, shuffle_patches
from nurie.training.train_matcher import load_matcher

Array = NDArray[np.float32]


@dataclass(frozen=True)
class ConditionConfig:
    """Sizes in pixels and chances in [0, 1]; ValueError on others. What is neither matched nor true has no evidence."""

    canvas: Annotated[int, "side of the canvas that pairs are drawn on"] = 256
    largest: Annotated[int, "side of the largest canvas: each pair's is drawn between the two; 0 = canvas alone"] = 0
    crop: Annotated[int, "side of the square of it that is trained on"] = 192
    reference: Annotated[int, "side of the whole reference, as the reference network sees it"] = 128
    matcher: Annotated[int, "side of the canvas that the matcher sees"] = 192
    matched: Annotated[float, "chance of evidence from the matcher"] = 0.65
    true: Annotated[float, "chance of evidence from the true correspondences"] = 0.23
    hints: Annotated[float, "chance of dabs of the true colours upon it"] = 0.12
    drop_reference: Annotated[float, "chance that the reference's tokens are left out"] = 0.1
    shuffle: Annotated[float, "chance that the reference's patches are shuffled"] = 0.25
    self_share: Annotated[float, "share of pairs of a picture with itself"] = 0.45
    recolour: Annotated[float, "chance that sketch and reference are recoloured alike"] = 0.5
    flow_picture: Annotated[bool, "evidence shows the flow, not the colours, as the published code: for ablation"] = (
        False
    )

    def __post_init__(self) -> None:
        sizes = ("canvas", "crop", "reference", "matcher")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "largest":
                continue
            if value <= 0 if field.name in sizes else not 0 <= value <= 1:
                raise ValueError(f"{field.name} must not be {value}")
        if self.crop > self.canvas:
            raise ValueError(f"a crop of {self.crop} does not fit on a canvas of {self.canvas}")
        if self.largest and self.largest < self.canvas:
            raise ValueError(f"the largest canvas, {self.largest}, is smaller than {self.canvas}")
        if self.matched + self.true > 1:
            raise ValueError("the chances of matched and true evidence add up to more than 1")


def unit(picture: NDArray[Any]) -> Array:
    """u8 to float32 in [-1, 1]."""
    return (picture.astype(np.float32) / 127.5 - 1).astype(np.float32)


def true_match(pair: Pair) -> Match | None:
    """The exact correspondences as a match of full confidence; None where the pair has none."""
    known = pair.matches[..., 0] >= 0
    if not known.any():
        return None
    flow = np.where(known[..., None], pair.matches, 0.5).astype(np.float32)
    found = known.astype(np.float32)
    return Match(flow, found, _colours_at(flow, pair.reference), found)


def flawed_match(pair: Pair, rng: np.random.Generator) -> Match | None:
    """:func:`true_match` as evidence may be at inference: shifted, partial, not quite confident."""
    match = true_match(pair)
    if match is None:
        return None
    flow, known = match.flow, match.found > 0
    cells = len(known)
    if rng.random() < 0.5:
        flow = flow + rng.normal(0, rng.uniform(0, 0.02), 2).astype(np.float32)
    if rng.random() < 0.4:  # partial: whole regions without a partner
        noise = rng.random((4, 4)).astype(np.float32)
        known = known & (cv2.resize(noise, (cells, cells), interpolation=cv2.INTER_CUBIC) > rng.uniform(0, 0.6))
    found = known.astype(np.float32)
    confidence = (found * rng.uniform(0.6, 1)).astype(np.float32)
    return Match(flow, confidence, _colours_at(flow, pair.reference), found)


def flow_picture(match: Match) -> Match:
    """What the published code gives as evidence: a picture of the flow, x in red and y in green, no colour warped."""
    x, y = np.moveaxis(2 * match.flow - 1, 2, 0)
    return Match(match.flow, np.zeros_like(match.confidence), np.dstack([x, y, 0 * x]), np.ones_like(match.found))


def _colours_at(flow: Array, reference: NDArray[np.uint8]) -> Array:
    """Mean colours (h, h, 3) in [-1, 1] of the reference's cells that ``flow`` (h, h, 2) points into."""
    cells = len(flow)
    means = np.asarray(cv2.resize(unit(reference), (cells, cells), interpolation=cv2.INTER_AREA), np.float32)
    at = np.clip((flow * cells).astype(int), 0, cells - 1)
    colours: Array = means[at[..., 1], at[..., 0]]
    return colours


def add_hints(
    given: Evidence, color: Array, rng: np.random.Generator, strokes: NDArray[np.uint8] | None = None
) -> Evidence:
    """A few dabs and strokes of the true colours, painted over the evidence at full confidence.

    They lie where the artist's own ``strokes`` (S, S) do, if the view shows any, and anywhere otherwise.
    """
    mask = np.zeros(color.shape[:2], np.uint8) if strokes is None else (strokes > 127).astype(np.uint8)
    size = len(mask)
    for _ in range(0 if mask.any() else int(rng.integers(1, 12))):
        start = rng.integers(0, size, 2)
        end = np.clip(start + rng.normal(0, rng.uniform(0, 12), 2), 0, size - 1).astype(int)
        cv2.line(mask, start.tolist(), end.tolist(), 1, int(rng.integers(2, 9)))
    rgb = np.where(mask[..., None] > 0, color, given.rgb).astype(np.float32)
    return Evidence(rgb, np.where(mask > 0, 1, given.confidence).astype(np.float32))


class Conditions(Dataset[Batch]):
    """Sample ``n`` of a stream of ``samples``; InputError and ModelError when the pack or the matcher is not there.

    ``color`` (3, C, C), ``sketch`` (1, C, C) and ``evidence`` (4, C, C: colours and confidence) of the crop, and
    ``reference`` (3, R, R), all float32 in [-1, 1] but the confidence; ``keep_reference``, 0 or 1; ``noise_seed``.
    """

    def __init__(self, pack: Path, matcher: Path, config: ConditionConfig, seed: int, samples: int) -> None:
        open_pack(pack)
        self.pack, self.config, self.seed, self.samples = pack, config, seed, samples
        # Read once: the file may be replaced while workers start, and all must see through the same matcher.
        self.matcher = load_matcher(matcher)
        self.matcher_fingerprint = fingerprint(self.matcher.state_dict())
        self.pairs: Pairs | None = None

    @torch.no_grad()
    def _matched(self, pair: Pair, size: int) -> Match:
        sketch = unit(cv2.resize(pair.sketch, (size, size), interpolation=cv2.INTER_AREA))
        reference = unit(cv2.resize(pair.reference, (size, size), interpolation=cv2.INTER_AREA))
        photo = torch.from_numpy(np.ascontiguousarray(reference.transpose(2, 0, 1)))[None]
        log_p = self.matcher(torch.from_numpy(sketch)[None, None], photo)
        return match_cells(log_p[0].numpy(), reference)

    def __getitem__(self, index: int) -> Batch:
        if self.pairs is None:
            self.pairs = Pairs(self.pack, self.seed)  # here, since every worker maps the pack itself
        c = self.config
        rng = np.random.default_rng([self.seed, 1, index])
        canvas = int(rng.integers(c.canvas, max(c.canvas, c.largest) + 1)) // CELL * CELL
        pair = self.pairs.sample(index, canvas, self_share=c.self_share, recolour=c.recolour)
        reference, color = unit(pair.reference), unit(pair.color)
        chance = rng.random()
        match = None
        if chance < c.true:
            match = flawed_match(pair, rng)
        if match is None and chance < c.true + c.matched:  # also where a pair's truth is not known
            match = self._matched(pair, c.matcher)
        if match is None:
            given = Evidence(np.zeros_like(reference), np.zeros(reference.shape[:2], np.float32))
        elif c.flow_picture:
            given = evidence(flow_picture(match), reference)
        else:
            given = evidence(match, reference, ink=(1 - unit(pair.sketch)) / np.float32(2))
        if rng.random() < c.hints:
            given = add_hints(given, color, rng, pair.strokes)
        small = cv2.resize(reference, (c.reference, c.reference), interpolation=cv2.INTER_AREA)
        tokens_from = torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1)))
        if rng.random() < c.shuffle:
            side = patches_a_side(min(1.0, index / self.samples))
            tokens_from = shuffle_patches(tokens_from[None], side, rng)[0]
        top, left = rng.integers(0, canvas - c.crop + 1, 2)
        cut = (slice(top, top + c.crop), slice(left, left + c.crop))
        planes = [color[cut], unit(pair.sketch)[cut][..., None], given.rgb[cut], given.confidence[cut][..., None]]
        stacked = np.ascontiguousarray(np.concatenate(planes, axis=2).transpose(2, 0, 1))
        whole = torch.from_numpy(stacked)
        return {
            "color": whole[:3],
            "sketch": whole[3:4],
            "evidence": whole[4:],
            "reference": tokens_from,
            "keep_reference": torch.tensor(float(rng.random() >= c.drop_reference)),
            "noise_seed": torch.tensor(int(rng.integers(2**31))),
        }
