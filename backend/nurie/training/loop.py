"""The training loop that every network here shares: AdamW, warm-up – plateau – decay, EMA, exact resume.

A checkpoint is one safetensors file with weights, their EMA and both Adam moments; its metadata hold the step and the
resolved configuration. Sample n is a pure function of (seed, n), so the step alone restores the data stream.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class LoopConfig:
    """``steps`` in all; the learning rate is flat from ``warmup`` to ``decay_from``, then falls linearly to 2 %."""

    steps: int = 20_000
    batch: int = 16
    learning_rate: float = 1e-3
    warmup: int = 200
    decay_from: int = 15_000
    weight_decay: float = 0.01
    clip: float = 1.0
    ema: float = 0.999
    save_every: int = 250
    log_every: int = 25
    workers: int = 1
    threads: int = 2
    seed: int = 0
    bf16: bool = False


def learning_rate(config: LoopConfig, step: int) -> float:
    """Learning rate at ``step``: linear warm-up, plateau, linear decay (WSD)."""
    rate = config.learning_rate * min(1.0, (step + 1) / config.warmup)
    if step >= config.decay_from:
        rate *= max(0.02, 1 - (step - config.decay_from) / max(1, config.steps - config.decay_from))
    return rate


class TrainState:
    """Weights, their moving average and the optimiser of one run; the invariant is that all three share one step."""

    def __init__(self, model: nn.Module, config: LoopConfig) -> None:
        self.model, self.config, self.step = model, config, 0
        self.ema = {name: value.detach().clone() for name, value in model.state_dict().items()}
        self.parameters = dict(model.named_parameters())
        decayed = [p for p in self.parameters.values() if p.ndim > 1]
        plain = [p for p in self.parameters.values() if p.ndim <= 1]
        groups: list[dict[str, Any]] = [{"params": decayed, "weight_decay": config.weight_decay}]
        groups.append({"params": plain, "weight_decay": 0.0})
        self.optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99), foreach=True)

    @torch.no_grad()
    def update_ema(self) -> None:
        # A short average early on (Karras et al. 2024 grow it with the run), so that early checkpoints are usable.
        keep = min(self.config.ema, (self.step + 1) / (self.step + 10))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.ema[name].lerp_(value, 1 - keep)
            else:
                self.ema[name].copy_(value)

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        tensors = {f"model.{k}": v.detach().contiguous() for k, v in self.model.state_dict().items()}
        tensors |= {f"ema.{k}": v.contiguous() for k, v in self.ema.items()}
        for name, parameter in self.parameters.items():
            moments = self.optimizer.state.get(parameter)
            if moments:
                tensors[f"adam1.{name}"] = moments["exp_avg"].contiguous()
                tensors[f"adam2.{name}"] = moments["exp_avg_sq"].contiguous()
        temporary = path.with_suffix(".tmp")
        save_file(tensors, temporary, {"step": str(self.step), "settings": json.dumps(settings)})
        os.replace(temporary, path)

    def load(self, path: Path) -> None:
        with safe_open(path, "pt") as file:
            self.step = int(file.metadata()["step"])
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        self.model.load_state_dict({k[6:]: v for k, v in stored.items() if k.startswith("model.")})
        self.ema = {k[4:]: v for k, v in stored.items() if k.startswith("ema.")}
        for name, parameter in self.parameters.items():
            if f"adam1.{name}" in stored:
                self.optimizer.state[parameter] = {
                    "step": torch.tensor(float(self.step)),
                    "exp_avg": stored[f"adam1.{name}"].to(parameter.device).clone(),
                    "exp_avg_sq": stored[f"adam2.{name}"].to(parameter.device).clone(),
                }


def run(
    model: nn.Module,
    dataset: Dataset[Batch],
    loss: Callable[[Batch, int], tuple[Tensor, dict[str, float]]],
    config: LoopConfig,
    out: Path,
    settings: dict[str, Any],
    device: torch.device,
) -> None:
    """Trains ``model`` to ``config.steps``; the same call resumes from ``out/checkpoint.safetensors``."""
    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    settings = settings | {"loop": asdict(config)}
    (out / "config.json").write_text(json.dumps(settings, indent=1))
    state = TrainState(model, config)
    checkpoint = out / "checkpoint.safetensors"
    if checkpoint.exists():
        state.load(checkpoint)
    indices = range(state.step * config.batch, config.steps * config.batch)
    workers: dict[str, Any] = {"num_workers": config.workers}
    if config.workers:
        workers |= {"prefetch_factor": 4}
    loader = DataLoader(dataset, config.batch, sampler=indices, drop_last=True, **workers)
    model.train()
    started, sums, since = time.monotonic(), {}, 0
    with (out / "stats.jsonl").open("a") as stats:
        for batch in loader:
            batch = {name: value.to(device, non_blocking=True) for name, value in batch.items()}
            rate = learning_rate(config, state.step)
            for group in state.optimizer.param_groups:
                group["lr"] = rate
            with torch.autocast(device.type, torch.bfloat16, enabled=config.bf16):
                value, figures = loss(batch, state.step)
            state.optimizer.zero_grad(set_to_none=True)
            value.backward()  # type: ignore[no-untyped-call]
            norm = nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            state.optimizer.step()
            state.update_ema()
            state.step += 1
            since += 1
            figures |= {"loss": float(value.detach()), "gradient": float(norm)}
            sums = {name: sums.get(name, 0.0) + figure for name, figure in figures.items()}
            if state.step % config.log_every == 0:
                seconds = (time.monotonic() - started) / (since * config.batch)
                row = {"step": state.step, "lr": rate, "s_per_sample": seconds}
                row |= {name: total / since for name, total in sums.items()}
                text = json.dumps({k: round(v, 6) for k, v in row.items()})
                print(text, flush=True)
                print(text, file=stats, flush=True)
                started, sums, since = time.monotonic(), {}, 0
            if state.step % config.save_every == 0 or state.step == config.steps:
                state.save(checkpoint, settings)
