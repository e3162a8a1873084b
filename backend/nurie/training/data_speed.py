"""Does the loader keep the device busy? Times it beside the training step that it feeds."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import torch

from nurie.model.presets import preset
from nurie.training.conditions import ConditionConfig
from nurie.training.loader import Batch, batches
from nurie.training.loop import LoopConfig, Task
from nurie.training.train_denoiser import denoiser_task
from nurie.training.train_matcher import matcher_task

__all__ = ["SpeedConfig", "measure", "speed_task", "text"]

CROP = 192
"""Pixels a side of what the denoiser is trained on, where the canvas is that large."""


@dataclass(frozen=True)
class SpeedConfig:
    """What to time. ``workers`` may be 0: the step then waits while its own process prepares its samples."""

    batch: int = 8
    steps: int = 8
    workers: int = 1
    threads: int = 1
    bf16: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name != "bf16" and getattr(self, field.name) < (field.name != "workers"):
                raise ValueError(f"{field.name} must not be {getattr(self, field.name)}")


def speed_task(
    pack: Path, matcher: Path | None, name: str, size: int, config: SpeedConfig, device: torch.device
) -> Task:
    """The matcher's training on canvases of ``size`` pixels or, with a ``matcher``, that of the denoiser preset.

    InputError when ``pack`` is none, ModelError when the matcher is not there, UsageError for an unknown preset.
    """
    loop = LoopConfig(steps=config.steps + 1, batch=config.batch, threads=config.threads)
    if matcher is None:
        return matcher_task(pack, size, loop)
    conditions = ConditionConfig(canvas=size, crop=min(CROP, size))
    return denoiser_task(preset(name), pack, matcher, loop, conditions, device)


def measure(task: Task, config: SpeedConfig, device: torch.device) -> dict[str, Any]:
    """Samples/s of one worker and of the step, how many workers that takes, and how long the step really waited."""
    torch.set_num_threads(config.threads)
    task.model.to(device).train()
    prepared = _prepared(task, config)
    ranges = [range(start, start + config.batch) for start in range(0, config.batch * (config.steps + 1), config.batch)]
    fixed = next(batches(task.dataset, ranges[:1], workers=0, device=device))
    _step(task, fixed, config, device)  # the first one also chooses kernels and takes memory
    started = time.perf_counter()
    for _ in range(config.steps):
        _step(task, fixed, config, device)
    consumed = config.batch * config.steps / (time.perf_counter() - started)
    stream = batches(task.dataset, ranges, workers=config.workers, device=device)
    next(stream)  # which starts the workers
    waited, started = 0.0, time.perf_counter()
    for _ in range(config.steps):
        asked = time.perf_counter()
        batch = next(stream)
        waited += time.perf_counter() - asked
        _step(task, batch, config, device)
    total = time.perf_counter() - started
    return {
        "network": task.settings["network"],
        "device": str(device),
        "batch": config.batch,
        "steps": config.steps,
        "workers": config.workers,
        "samples_per_second_of_a_worker": prepared,
        "samples_per_second_of_the_step": consumed,
        "workers_needed": math.ceil(consumed / prepared),
        "samples_per_second_together": config.batch * config.steps / total,
        "waiting_share": waited / total,
    }


def text(told: Mapping[str, Any]) -> str:
    """The figures as lines."""
    return "\n".join(
        f"{label:36}{value}"
        for label, value in (
            ("network, device, batch", f"{told['network']}, {told['device']}, {told['batch']}"),
            ("one worker prepares", f"{told['samples_per_second_of_a_worker']:.1f} samples/s"),
            ("the step alone takes", f"{told['samples_per_second_of_the_step']:.1f} samples/s"),
            ("workers that keep it busy", f"{told['workers_needed']}"),
            (f"together, with {told['workers']} workers", f"{told['samples_per_second_together']:.1f} samples/s"),
            ("of its time the step waited", f"{100 * told['waiting_share']:.1f} %"),
        )
    )


def _prepared(task: Task, config: SpeedConfig) -> float:
    """Samples/s of this process, with one thread as a worker has."""
    cv2.setNumThreads(1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    _ = task.dataset[0]  # which maps the pack
    count = config.batch * max(1, min(config.steps, 4))
    started = time.perf_counter()
    for index in range(1, count + 1):
        _ = task.dataset[index]
    taken = time.perf_counter() - started
    torch.set_num_threads(threads)
    return count / taken


def _step(task: Task, batch: Batch, config: SpeedConfig, device: torch.device) -> None:
    """Forward and backward, to the end of the work on the device."""
    task.model.zero_grad(set_to_none=True)
    with torch.autocast(device.type, torch.bfloat16, enabled=config.bf16):
        value, _ = task.loss(batch, 0)
    value.backward()  # type: ignore[no-untyped-call]
    if device.type == "cuda":
        torch.cuda.synchronize(device)
