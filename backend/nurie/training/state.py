"""What a training run is at one step: weights, their averages and the optimiser; saved whole, resumed exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nurie.protocol import ModelError
from nurie.training.averages import PROFILES, exponent, exponential_share, power_share
from nurie.training.checkpoints import named, read_checkpoint, write_checkpoint


class TrainState:
    """Weights, their averages and the optimiser of one run; the invariant is that all share one step.

    A checkpoint is one safetensors file: ``model.*``, ``ema.*`` and Adam's two moments ``adam1.*`` and ``adam2.*``,
    with ``profiles`` also the two averages that others can be made of; its metadata hold the step and the settings.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        learning_rate: float,
        weight_decay: float,
        ema: float,
        profiles: bool = False,
        scaler: torch.amp.GradScaler | None = None,
    ) -> None:
        self.model, self.step = model, 0
        self.scaler = scaler or torch.amp.GradScaler("cpu", enabled=False)
        self.shares: dict[str, Callable[[int], float]] = {"ema": partial(exponential_share, longest=ema)}
        if profiles:
            self.shares |= {name: partial(power_share, gamma=exponent(width)) for name, width in PROFILES.items()}
        state = model.state_dict()
        self.averages = {name: {k: v.detach().clone() for k, v in state.items()} for name in self.shares}
        self.parameters = dict(model.named_parameters())
        decayed = [p for p in self.parameters.values() if p.ndim > 1]
        plain = [p for p in self.parameters.values() if p.ndim <= 1]  # biases, norms: decay would only shrink gains
        groups: list[dict[str, Any]] = [{"params": decayed, "weight_decay": weight_decay}]
        groups.append({"params": plain, "weight_decay": 0.0})
        self.optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.99), foreach=True)

    def advance(self, learning_rate: float) -> None:
        """One optimiser step with the gradients that are there; none where float16 could not hold them."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.step += 1
        self._update_averages()

    @torch.no_grad()
    def _update_averages(self) -> None:
        state = self.model.state_dict()
        for name, average in self.averages.items():
            share = 1 - self.shares[name](self.step)
            for key, value in state.items():
                if value.dtype.is_floating_point:
                    average[key].lerp_(value, share)
                else:
                    average[key].copy_(value)  # counters

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        """Writes the checkpoint whole or not at all; OutputError where it cannot."""
        tensors = {f"model.{k}": v.detach() for k, v in self.model.state_dict().items()}
        for name, average in self.averages.items():
            tensors |= {f"{name}.{k}": v for k, v in average.items()}
        metadata = {"step": str(self.step), "settings": json.dumps(settings)}
        for name, parameter in self.parameters.items():
            moments = self.optimizer.state.get(parameter)
            if moments:
                tensors |= {f"adam1.{name}": moments["exp_avg"], f"adam2.{name}": moments["exp_avg_sq"]}
                metadata["updates"] = str(int(moments["step"]))
        if self.scaler.is_enabled():
            metadata["scaler"] = json.dumps(self.scaler.state_dict())
        write_checkpoint(path, tensors, metadata)

    def snapshot(self, path: Path, settings: dict[str, Any]) -> None:
        """Writes the averages that others are made of, matrices as float16, since dozens are kept; OutputError."""
        tensors = {
            f"{name}.{key}": value.half() if value.ndim > 1 else value
            for name in PROFILES
            for key, value in self.averages[name].items()
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_checkpoint(path, tensors, {"step": str(self.step), "settings": json.dumps(settings)})

    def load(self, path: Path, settings: dict[str, Any]) -> dict[str, Any]:
        """Takes over the checkpoint at ``path`` for a run of ``settings``; the settings it was saved with.

        ModelError when it is damaged or of another network.
        """
        stored, metadata = read_checkpoint(path)
        try:
            before: dict[str, Any] = json.loads(metadata["settings"])
            self.step = int(metadata["step"])
            # Copied into what is there, which keeps each tensor's device and memory layout.
            self.model.load_state_dict(_section(stored, "model."))
            for name, average in self.averages.items():
                # A run that kept no profiles before begins them with the average that it has.
                section = _section(stored, f"{name}.") or _section(stored, "ema.")
                for key, value in average.items():
                    value.copy_(section[key])
            if self.scaler.is_enabled() and "scaler" in metadata:
                self.scaler.load_state_dict(json.loads(metadata["scaler"]))
            updates = int(metadata.get("updates", self.step))
        except (KeyError, RuntimeError, ValueError) as error:
            raise _foreign(path, metadata, settings) from error
        for name, parameter in self.parameters.items():
            if f"adam1.{name}" in stored:
                self.optimizer.state[parameter] = {
                    "step": torch.tensor(float(updates)),
                    "exp_avg": torch.empty_like(parameter).copy_(stored[f"adam1.{name}"]),
                    "exp_avg_sq": torch.empty_like(parameter).copy_(stored[f"adam2.{name}"]),
                }
        return before


def _section(stored: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in stored.items() if name.startswith(prefix)}


def _foreign(path: Path, metadata: dict[str, str], settings: dict[str, Any]) -> ModelError:
    """Of what network the checkpoint is, and of what the run."""
    try:
        found = named(json.loads(metadata["settings"]))
    except (KeyError, ValueError):
        return ModelError(f"The file {path} is no training checkpoint.", "Name another folder with --out.")
    wanted = named(settings)
    if found == wanted:
        found += " in other sizes"
    return ModelError(
        f"The checkpoint {path} is of {found}, and this run trains {wanted}.", "Train into another folder with --out."
    )
