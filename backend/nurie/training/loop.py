"""The training loop that every network here shares: AdamW, warm-up – plateau – decay, EMA, exact resume.

Sample n is a pure function of (seed, n), and all that is random in a network of (seed, step), so a checkpoint's step
alone restores the run: killed at any moment and started again, it ends in the same bytes (on a CPU; a GPU adds up in
no fixed order, and repeats itself only nearly).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from nurie.protocol import Cancelled, NurieError
from nurie.training.checkpoints import differences, starting_weights
from nurie.training.journal import Journal
from nurie.training.loader import Batch, batches
from nurie.training.state import TrainState
from nurie.training.stopping import stop_requested

__all__ = ["Batch", "LoopConfig", "Loss", "Task", "learning_rate", "run"]

Loss = Callable[[Batch, int], tuple[Tensor, dict[str, Tensor]]]
"""Of a batch on the device and the step: what to minimise, and figures (scalars, detached) to report."""


@dataclass(frozen=True)
class LoopConfig:
    """How long and how to optimise. Raises ValueError on figures that make no sense."""

    steps: Annotated[int, "optimiser steps in all"] = 20_000
    batch: Annotated[int, "samples a step"] = 16
    accumulate: Annotated[int, "equal parts that a batch is worked through in, where memory is short"] = 1
    learning_rate: Annotated[float, "learning rate of the plateau"] = 1e-3
    warmup: Annotated[int, "steps over which the learning rate rises to it"] = 200
    decay_from: Annotated[int, "step from which it falls, linearly, to 2 % at the end"] = 15_000
    weight_decay: Annotated[float, "AdamW's, on matrices and kernels"] = 0.01
    clip: Annotated[float, "largest norm of the gradient"] = 1.0
    ema: Annotated[float, "share of the moving average that a step keeps"] = 0.999
    save_every: Annotated[int, "steps between checkpoints"] = 250
    log_every: Annotated[int, "steps between rows of figures"] = 25
    workers: Annotated[int, "processes that prepare samples; they do not change them"] = 1
    threads: Annotated[int, "threads of the optimising process"] = 2
    seed: Annotated[int, "of the weights and the samples"] = 0
    bf16: Annotated[bool, "compute in bfloat16 where that is safe"] = False

    def __post_init__(self) -> None:
        least_one = ("steps", "batch", "accumulate", "save_every", "log_every", "threads")
        for field in fields(self):
            if getattr(self, field.name) < (1 if field.name in least_one else 0):
                raise ValueError(f"{field.name} must not be {getattr(self, field.name)}")
        if self.batch % self.accumulate:
            raise ValueError(f"a batch of {self.batch} cannot be accumulated in {self.accumulate} equal parts")


@dataclass(frozen=True)
class Task:
    """What a run trains. ``settings`` is plain data that describes it: it is saved with the weights."""

    model: nn.Module
    dataset: Dataset[Batch]
    loss: Loss
    settings: dict[str, Any]


def learning_rate(config: LoopConfig, step: int) -> float:
    """Learning rate at ``step``: linear warm-up, plateau, linear decay (WSD)."""
    rate = config.learning_rate * min(1.0, (step + 1) / max(1, config.warmup))
    if step >= config.decay_from:
        rate *= max(0.02, 1 - (step - config.decay_from) / max(1, config.steps - config.decay_from))
    return rate


def run(
    task: Task,
    config: LoopConfig,
    out: Path,
    device: torch.device,
    *,
    init: Path | None = None,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Trains to ``config.steps``; the same call goes on from ``out/checkpoint.safetensors`` where there is one.

    A fresh run begins with the averaged weights of the checkpoint ``init``, if given. ``sources`` (where the data
    came from) are noted beside the run, not in the weights. SIGINT and SIGTERM save and raise Cancelled; a loss that
    is no number raises NurieError, the last good checkpoint kept.
    """
    torch.set_num_threads(config.threads)
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32 for what bf16 leaves in float32
        task.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    else:
        task.model.to(device)
    settings = task.settings | {"loop": asdict(config)}
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "checkpoint.safetensors"
    if init is not None and not checkpoint.exists():
        task.model.load_state_dict(starting_weights(init, task.model.state_dict()))
    rates = {"learning_rate": config.learning_rate, "weight_decay": config.weight_decay}
    state = TrainState(task.model, **rates, ema=config.ema)
    if checkpoint.exists():
        before = state.load(checkpoint)
        print(f"Going on from step {state.step} of {config.steps}.", flush=True)
        for line in differences(before, json.loads(json.dumps(settings))):
            print(f"Changed since: {line}", flush=True)
    (out / "config.json").write_text(json.dumps(settings | {"sources": dict(sources or {})}, indent=1))
    journal = Journal(out / "stats.jsonl", state.step)
    task.model.train()
    samples = range(state.step * config.batch, config.steps * config.batch)
    part = config.batch // config.accumulate
    stream = batches(task.dataset, samples, part, workers=config.workers, device=device)
    with stop_requested() as stopping:
        while state.step < config.steps:
            rate = learning_rate(config, state.step)
            state.optimizer.zero_grad(set_to_none=True)
            for number in range(config.accumulate):
                batch = next(stream)
                # For dropout. After the batch: to start its workers, a loader draws from the same generator.
                torch.manual_seed((config.seed << 40) + state.step * config.accumulate + number)
                with torch.autocast(device.type, torch.bfloat16, enabled=config.bf16):
                    value, figures = task.loss(batch, state.step)
                (value / config.accumulate).backward()  # type: ignore[no-untyped-call]
                journal.add(figures | {"loss": value.detach()}, 1 / config.accumulate)
            journal.add({"gradient": nn.utils.clip_grad_norm_(task.model.parameters(), config.clip)})
            state.advance(rate)
            logged, stopped = state.step % config.log_every == 0, stopping()
            saved = stopped or state.step % config.save_every == 0 or state.step == config.steps
            if (logged or saved) and not journal.finite():
                raise NurieError(
                    f"Training went astray before step {state.step}: the loss is no number any more.",
                    "The last checkpoint is good; go on from it with a smaller learning rate.",
                    code="diverged",
                )
            if logged:
                journal.write(state.step, rate, config.batch)
            if saved:
                state.save(checkpoint, settings)
            if stopped:
                raise Cancelled(
                    f"Training stopped at step {state.step} of {config.steps}.", "The same command goes on from there."
                )
