"""Training batches for the denoiser: a pair, and every state in which evidence can reach the model.

Evidence comes from the real matcher (right and wrong as it is at inference), from the true correspondences (aligned,
shifted, partial), or not at all; sometimes dabs of the true colours lie on it, as an artist's hints do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from nurie.imaging.evidence import Evidence, Match, evidence, match_cells
from nurie.model.matcher import Matcher
from nurie.training.checkpoints import load_ema
from nurie.training.loop import Batch
from nurie.training.pairs import Pair, Pairs
from nurie.training.patch_shuffle import patches_a_side, shuffle_patches

Array = NDArray[np.float32]


@dataclass(frozen=True)
class ConditionConfig:
    """Sizes in pixels; the rest are chances. ``crop`` of the ``canvas`` is trained on, the reference is seen whole."""

    canvas: int = 256
    crop: int = 192
    reference: int = 128
    matcher: int = 192
    matched: float = 0.65
    true: float = 0.23
    hints: float = 0.12
    drop_reference: float = 0.1
    shuffle: float = 0.25
    self_share: float = 0.45
    recolour: float = 0.5


def unit(picture: NDArray[np.uint8]) -> Array:
    """u8 to float32 in [-1, 1]."""
    return (picture.astype(np.float32) / 127.5 - 1).astype(np.float32)


def true_match(pair: Pair, rng: np.random.Generator) -> Match | None:
    """The exact correspondences as a match: noisy, and with holes; None where the pair has none."""
    known = pair.matches[..., 0] >= 0
    if not known.any():
        return None
    cells = len(known)
    flow = np.where(known[..., None], pair.matches, 0.5).astype(np.float32)
    if rng.random() < 0.5:
        flow = flow + rng.normal(0, rng.uniform(0, 0.02), 2).astype(np.float32)
    if rng.random() < 0.4:  # partial: whole regions without a partner
        noise = rng.random((4, 4)).astype(np.float32)
        known = known & (cv2.resize(noise, (cells, cells), interpolation=cv2.INTER_CUBIC) > rng.uniform(0, 0.6))
    found = known.astype(np.float32)
    confidence = (found * rng.uniform(0.6, 1)).astype(np.float32)
    reference = cv2.resize(unit(pair.reference), (cells, cells), interpolation=cv2.INTER_AREA)
    at = np.clip((flow * cells).astype(int), 0, cells - 1)
    return Match(flow, confidence, reference[at[..., 1], at[..., 0]], found)


def add_hints(given: Evidence, color: Array, rng: np.random.Generator) -> Evidence:
    """A few dabs and strokes of the true colours, painted over the evidence at full confidence."""
    mask = np.zeros(given.confidence.shape, np.uint8)
    size = len(mask)
    for _ in range(int(rng.integers(1, 12))):
        start = rng.integers(0, size, 2)
        end = np.clip(start + rng.normal(0, rng.uniform(0, 12), 2), 0, size - 1).astype(int)
        cv2.line(mask, start.tolist(), end.tolist(), 1, int(rng.integers(2, 9)))
    rgb = np.where(mask[..., None] > 0, color, given.rgb).astype(np.float32)
    return Evidence(rgb, np.where(mask > 0, 1, given.confidence).astype(np.float32))


class Conditions(Dataset[Batch]):
    """Sample ``n`` of the stream, as float32 tensors: target, sketch, evidence (+ confidence) and reference."""

    def __init__(self, pack: Path, matcher: Path, config: ConditionConfig, seed: int, steps: int) -> None:
        self.pack, self.matcher_file, self.config, self.seed, self.samples = pack, matcher, config, seed, steps
        self.pairs: Pairs | None = None

    def _open(self) -> Pairs:
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        self.matcher = Matcher().eval()
        self.matcher.load_state_dict(load_ema(self.matcher_file))
        return Pairs(self.pack, self.seed)

    @torch.no_grad()
    def _matched(self, pair: Pair, size: int) -> Match:
        sketch = unit(cv2.resize(pair.sketch, (size, size), interpolation=cv2.INTER_AREA))
        reference = unit(cv2.resize(pair.reference, (size, size), interpolation=cv2.INTER_AREA))
        photo = torch.from_numpy(np.ascontiguousarray(reference.transpose(2, 0, 1)))[None]
        log_p = self.matcher(torch.from_numpy(sketch)[None, None], photo)
        return match_cells(log_p[0].numpy(), reference)

    def __getitem__(self, index: int) -> Batch:
        if self.pairs is None:
            self.pairs = self._open()
        c = self.config
        rng = np.random.default_rng([self.seed, 1, index])
        pair = self.pairs.sample(index, c.canvas, self_share=c.self_share, recolour=c.recolour)
        reference, color = unit(pair.reference), unit(pair.color)
        chance = rng.random()
        match = None
        if chance < c.true:
            match = true_match(pair, rng)
        if match is None and chance < c.true + c.matched:
            match = self._matched(pair, c.matcher)
        if match is None:
            given = Evidence(np.zeros_like(reference), np.zeros(reference.shape[:2], np.float32))
        else:
            given = evidence(match, reference)
        if rng.random() < c.hints:
            given = add_hints(given, color, rng)
        small = cv2.resize(reference, (c.reference, c.reference), interpolation=cv2.INTER_AREA)
        tokens_from = torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1)))
        if rng.random() < c.shuffle:
            side = patches_a_side(min(1.0, index / self.samples))
            tokens_from = shuffle_patches(tokens_from[None], side, rng)[0]
        top, left = rng.integers(0, c.canvas - c.crop + 1, 2)
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
