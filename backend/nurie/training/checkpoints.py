"""Reading training checkpoints."""

from __future__ import annotations

from pathlib import Path

from safetensors import safe_open
from torch import Tensor


def load_ema(path: Path) -> dict[str, Tensor]:
    """The averaged weights of a checkpoint that :mod:`nurie.training.loop` wrote."""
    with safe_open(path, "pt") as file:
        return {name[4:]: file.get_tensor(name) for name in file.keys() if name.startswith("ema.")}  # noqa: SIM118
