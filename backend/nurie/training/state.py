"""What a training run is at one step: weights, their moving average and the optimiser; saved whole, resumed exactly."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from nurie.protocol import ModelError, OutputError
from nurie.training.checkpoints import read_checkpoint


class TrainState:
    """Weights, their moving average and the optimiser of one run; the invariant is that all three share one step.

    A checkpoint is one safetensors file: ``model.*``, ``ema.*`` and Adam's two moments ``adam1.*`` and ``adam2.*``;
    its metadata hold the step and the settings.
    """

    def __init__(self, model: nn.Module, *, learning_rate: float, weight_decay: float, ema: float) -> None:
        self.model, self.longest_ema, self.step = model, ema, 0
        self.ema = {name: value.detach().clone() for name, value in model.state_dict().items()}
        self.parameters = dict(model.named_parameters())
        decayed = [p for p in self.parameters.values() if p.ndim > 1]
        plain = [p for p in self.parameters.values() if p.ndim <= 1]  # biases, norms: decay would only shrink gains
        groups: list[dict[str, Any]] = [{"params": decayed, "weight_decay": weight_decay}]
        groups.append({"params": plain, "weight_decay": 0.0})
        self.optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.99), foreach=True)

    def advance(self, learning_rate: float) -> None:
        """One optimiser step with the gradients that are there."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self._update_ema()
        self.step += 1

    @torch.no_grad()
    def _update_ema(self) -> None:
        # A short average early on (Karras et al. 2024 grow it with the run), so that early checkpoints are usable.
        keep = min(self.longest_ema, (self.step + 1) / (self.step + 10))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.ema[name].lerp_(value, 1 - keep)
            else:
                self.ema[name].copy_(value)  # counters

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        """Writes the checkpoint whole or not at all; OutputError where it cannot."""
        tensors = {f"model.{k}": v.detach().contiguous() for k, v in self.model.state_dict().items()}
        tensors |= {f"ema.{k}": v.contiguous() for k, v in self.ema.items()}
        for name, parameter in self.parameters.items():
            moments = self.optimizer.state.get(parameter)
            if moments:
                tensors[f"adam1.{name}"] = moments["exp_avg"].contiguous()
                tensors[f"adam2.{name}"] = moments["exp_avg_sq"].contiguous()
        temporary = path.with_suffix(".tmp")
        try:
            save_file(tensors, temporary, {"step": str(self.step), "settings": json.dumps(settings)})
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())  # before the old one goes: a power cut must leave one of the two
            temporary.replace(path)
        except (OSError, SafetensorError) as error:
            temporary.unlink(missing_ok=True)
            raise OutputError(f"The checkpoint {path} could not be written: {error}.", "Make room for it.") from error

    def load(self, path: Path) -> dict[str, Any]:
        """Takes over the checkpoint at ``path``; its settings. ModelError when it is damaged or of another network."""
        stored, metadata = read_checkpoint(path)
        try:
            # Copied into what is there, which keeps each tensor's device and memory layout.
            self.model.load_state_dict(_section(stored, "model."))
            averages = _section(stored, "ema.")
            for name, value in self.ema.items():
                value.copy_(averages[name])
            self.step = int(metadata["step"])
            settings: dict[str, Any] = json.loads(metadata["settings"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise ModelError(
                f"The checkpoint {path} belongs to another network.", "Train into another folder with --out."
            ) from error
        for name, parameter in self.parameters.items():
            if f"adam1.{name}" in stored:
                self.optimizer.state[parameter] = {
                    "step": torch.tensor(float(self.step)),
                    "exp_avg": torch.empty_like(parameter).copy_(stored[f"adam1.{name}"]),
                    "exp_avg_sq": torch.empty_like(parameter).copy_(stored[f"adam2.{name}"]),
                }
        return settings


def _section(stored: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in stored.items() if name.startswith(prefix)}
