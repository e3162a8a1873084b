"""Trains the matcher on exact correspondences: position maps of 3D renders and known warps of single pictures.

Loss: cross-entropy of every sketch cell's distribution over the reference's cells and "no partner", against the
bilinear weights of the true place in the four cells around it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from nurie.model.matcher import Matcher, MatcherConfig
from nurie.protocol import ModelError
from nurie.runtime.description import METADATA_KEY, Description
from nurie.training.checkpoints import read_checkpoint, starting_weights
from nurie.training.loop import Batch, LoopConfig, Task, run
from nurie.training.pack import open_pack
from nurie.training.pairs import CELL, Pairs


class MatchingPairs(Dataset[Batch]):
    """Sample ``n`` of the stream; three of five pair a picture with a warp of itself, the rest are poses in 3D."""

    def __init__(self, folder: Path, size: int, seed: int) -> None:
        self.folder, self.size, self.seed = folder, size, seed
        self.pairs: Pairs | None = None

    def __getitem__(self, index: int) -> Batch:
        if self.pairs is None:
            self.pairs = Pairs(self.folder, self.seed)  # here, since every worker maps the pack itself
        solid = index % 5 < 2
        kinds = {"3d": 1.0} if solid else {"drawn": 0.4, "vector": 0.4, "icon": 0.1, "3d": 0.1}
        pair = self.pairs.sample(index, self.size, kinds=kinds, self_share=0.1 if solid else 1.0, recolour=0.6)
        return {
            "sketch": torch.from_numpy(pair.sketch)[None],
            "reference": torch.from_numpy(np.ascontiguousarray(pair.reference.transpose(2, 0, 1))),
            "matches": torch.from_numpy(pair.matches),
        }


def matching_loss(log_p: Tensor, matches: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """``log_p`` (B, N, N + 1) of :class:`Matcher`; ``matches`` (B, h, w, 2) of :class:`nurie.training.pairs.Pair`.

    Cells whose partner is not known count for nothing. The figures hold both parts and PCK at 5 and 10 % of the canvas.
    """
    _, height, width, _ = matches.shape
    matches = matches.flatten(1, 2)
    known = (matches[..., 0] >= 0) & (matches[..., 1] >= 0)
    nobody = (matches[..., 0] == -1) & (matches[..., 1] == -1)
    place = matches.clamp(0, 1) * torch.tensor([width, height], device=matches.device) - 0.5
    low = place.floor()
    rest = place - low
    expected = torch.zeros_like(log_p[..., 0])
    for dx in (0, 1):
        for dy in (0, 1):
            weight = (rest[..., 0] if dx else 1 - rest[..., 0]) * (rest[..., 1] if dy else 1 - rest[..., 1])
            column = (low[..., 0] + dx).clamp(0, width - 1) + (low[..., 1] + dy).clamp(0, height - 1) * width
            expected = expected + weight * log_p.gather(2, column.long()[..., None])[..., 0]
    matched = -(expected * known).sum() / known.sum().clamp(min=1)
    unmatched = -(log_p[..., -1] * nobody).sum() / nobody.sum().clamp(min=1)
    with torch.no_grad():
        best = log_p[..., :-1].argmax(dim=2)
        at = torch.stack([(best % width + 0.5) / width, (best // width + 0.5) / height], dim=2)
        error = (at - matches).norm(dim=2)
        figures = {
            f"pck{int(100 * r):02d}": ((error < r) & known).sum() / known.sum().clamp(min=1) for r in (0.05, 0.1)
        }
    return matched + 0.5 * unmatched, figures | {"match": matched.detach(), "nobody": unmatched.detach()}


def to_unit(picture: Tensor) -> Tensor:
    """u8 to float32 in [-1, 1]."""
    return picture.float() / 127.5 - 1


def matcher_task(pack: Path, size: int, loop: LoopConfig) -> Task:
    """The matcher on canvases of ``size`` pixels, a multiple of 16; InputError when ``pack`` is none."""
    open_pack(pack)
    torch.manual_seed(loop.seed)
    model = Matcher()

    def loss(batch: Batch, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        log_p = model(to_unit(batch["sketch"]), to_unit(batch["reference"]))
        return matching_loss(log_p.float(), batch["matches"])

    settings: dict[str, Any] = {"network": "matcher", "size": size, "cell": CELL, "model": asdict(model.config)}
    return Task(model, MatchingPairs(pack, size, loop.seed), loss, settings)


def load_matcher(checkpoint: Path) -> Matcher:
    """The matcher of a run (averaged) or of a shipped model, in evaluation mode; ModelError when there is none."""
    metadata = read_checkpoint(checkpoint)[1]
    try:
        if METADATA_KEY in metadata:
            config = dict(Description.from_metadata(metadata, str(checkpoint)).matcher)
            config.pop("kind")
        else:
            config = json.loads(metadata["settings"])["model"]
        model = Matcher(MatcherConfig(**config))
        model.load_state_dict(starting_weights(checkpoint, model.state_dict()))
    except (KeyError, TypeError, RuntimeError, ValueError) as error:
        raise ModelError(f"The checkpoint {checkpoint} holds no matcher.", "Train one: nurie train matcher.") from error
    return model.eval()


def train_matcher(pack: Path, out: Path, size: int, loop: LoopConfig, device: str = "cpu") -> None:
    """Trains (or resumes) in ``out``."""
    run(matcher_task(pack, size, loop), loop, out, torch.device(device))
