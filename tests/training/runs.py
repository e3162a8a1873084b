"""Tasks small enough to be trained in a test, and what a checkpoint holds.

As a program, ``python runs.py STEP PACK OUT WORKERS``: the small matcher's run, killed as it begins step number STEP.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from model.networks import denoiser_config, reference_config
from nurie.model.matcher import Matcher
from nurie.model.presets import Preset
from nurie.training import train_matcher
from nurie.training.conditions import ConditionConfig
from nurie.training.loop import Batch, LoopConfig, Task, run
from nurie.training.train_denoiser import denoiser_task
from training.synthetic import TINY_MATCHER

LossValue = tuple[Tensor, dict[str, Tensor]]

CPU = torch.device("cpu")
LOOP = LoopConfig(steps=5, batch=2, warmup=2, decay_from=4, save_every=2, log_every=1, workers=0, threads=1)
CONDITIONS = ConditionConfig(canvas=64, crop=32, reference=32, matcher=64)
TINY = Preset("tiny", 64, reference_config("compact"), replace(denoiser_config("compact"), dropout=0.1))
"""With dropout, which the paper's preset has: it must not tell where a run was interrupted."""


class Line(Dataset[Batch]):
    """Points of y = 3 x - 1."""

    def __getitem__(self, index: int) -> Batch:
        x = torch.tensor([index % 7 / 7.0])
        return {"x": x, "y": 3 * x - 1}


def line() -> Task:
    """A problem of two numbers."""
    torch.manual_seed(0)
    model = nn.Linear(1, 1)

    def loss(batch: Batch, step: int) -> LossValue:
        error: Tensor = model(batch["x"]) - batch["y"]
        return error.square().mean(), {"error": error.detach().abs().mean()}

    return Task(model, Line(), loss, {"network": "line"})


def tiny_matcher(pack: Path, loop: LoopConfig = LOOP) -> Task:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_matcher, "Matcher", lambda: Matcher(TINY_MATCHER))
        return train_matcher.matcher_task(pack, 64, loop)


def tiny_denoiser(pack: Path, matcher: Path, loop: LoopConfig = LOOP) -> Task:
    return denoiser_task(TINY, pack, matcher, loop, CONDITIONS, CPU)


def signalled(task: Task, step: int, name: signal.Signals) -> Task:
    """The task, during whose step number ``step`` this process gets a signal."""

    def loss(batch: Batch, now: int) -> LossValue:
        if now == step:
            os.kill(os.getpid(), name)
        return task.loss(batch, now)

    return replace(task, loss=loss)


def contents(checkpoint: Path) -> tuple[dict[str, Any], bytes]:
    """A safetensors file's header, whose order means nothing, and the bytes of all its tensors."""
    whole = checkpoint.read_bytes()
    end = 8 + int.from_bytes(whole[:8], "little")
    header: dict[str, Any] = json.loads(whole[8:end])
    header["__metadata__"]["settings"] = json.loads(header["__metadata__"]["settings"])
    return header, whole[end:]


if __name__ == "__main__":
    step, pack, out, workers = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    loop = replace(LOOP, workers=workers)
    run(signalled(tiny_matcher(pack, loop), step, signal.SIGKILL), loop, out, CPU)
