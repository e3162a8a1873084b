"""How long and how to optimise, and the learning rate at every step."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Annotated, Literal

__all__ = ["LoopConfig", "is_due", "learning_rate"]

Layout = Literal["auto", "channels_last", "contiguous"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]
FLOOR = 0.02
"""Share of the plateau's learning rate that the last step still has."""


@dataclass(frozen=True)
class LoopConfig:
    """The settings of a run. Raises ValueError on figures that make no sense."""

    steps: Annotated[int, "optimiser steps in all"] = 20_000
    batch: Annotated[int, "samples a step, over all ranks"] = 16
    accumulate: Annotated[int, "equal parts that a rank works through one by one, where memory is short"] = 1
    learning_rate: Annotated[float, "learning rate of the plateau"] = 1e-3
    warmup: Annotated[int, "steps over which the learning rate rises to it"] = 200
    decay_from: Annotated[int, "step from which it falls to 2 % at the end; that of warmup leaves no plateau"] = 15_000
    decay: Annotated[Literal["linear", "cosine"], "how it falls"] = "linear"
    weight_decay: Annotated[float, "AdamW's, on matrices and kernels"] = 0.01
    clip: Annotated[float, "largest norm of the gradient"] = 1.0
    ema: Annotated[float, "share of the moving average that a step keeps"] = 0.999
    save_every: Annotated[int, "steps between checkpoints"] = 250
    log_every: Annotated[int, "steps between rows of figures"] = 25
    sample_every: Annotated[int, "images between sample grids of a denoiser; 0 = none"] = 20_000
    snapshot_every: Annotated[int, "images between snapshots for 'nurie train average'; 0 = none"] = 0
    workers: Annotated[int, "processes that prepare samples, on every rank; they do not change them"] = 1
    threads: Annotated[int, "threads of the optimising process"] = 2
    seed: Annotated[int, "of the weights and the samples"] = 0
    precision: Annotated[
        Precision, "compute in it where that is safe; auto: bf16 where the device has it, fp32 elsewhere"
    ] = "auto"
    layout: Annotated[Layout, "how pictures lie in memory; auto: channels last on CUDA and in bf16"] = "auto"
    compile: Annotated[bool, "compile the networks (torch.compile): a slow start, then faster steps"] = False

    def __post_init__(self) -> None:
        least_one = ("steps", "batch", "accumulate", "save_every", "log_every", "threads")
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str) and value < (1 if field.name in least_one else 0):
                raise ValueError(f"{field.name} must not be {value}")
        if self.batch % self.accumulate:
            raise ValueError(f"a batch of {self.batch} cannot be accumulated in {self.accumulate} equal parts")


def learning_rate(config: LoopConfig, step: int) -> float:
    """Learning rate at ``step``: linear warm-up, plateau, decay (WSD; without a plateau, the usual cosine)."""
    rate = config.learning_rate * min(1.0, (step + 1) / max(1, config.warmup))
    if step >= config.decay_from:
        progress = (step - config.decay_from) / max(1, config.steps - config.decay_from)
        if config.decay == "linear":
            rate *= max(FLOOR, 1 - progress)
        else:
            rate *= FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * progress)) / 2
    return rate


def is_due(step: int, batch: int, every: int) -> bool:
    """Whether the last of ``step`` steps completed another ``every`` images; never where that is 0."""
    return every > 0 and step * batch // every > (step - 1) * batch // every
