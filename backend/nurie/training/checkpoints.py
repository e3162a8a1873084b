"""Training checkpoints as files: written whole or not at all, read and told apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from nurie.protocol import ModelError, OutputError


def load_ema(path: Path) -> dict[str, Tensor]:
    """The averaged weights of a checkpoint that :mod:`nurie.training.state` wrote; ModelError where there are none."""
    weights = {name[4:]: value for name, value in read_checkpoint(path)[0].items() if name.startswith("ema.")}
    if not weights:
        raise ModelError(f"The file {path} is no training checkpoint.", "Name the checkpoint of a run folder.")
    return weights


def starting_weights(path: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights to begin with for a network whose state is ``expected``: a run's averaged ones, or a shipped model's.

    A shipped model is float16 in part and lacks the counters of its norms: types are widened, counters stay as they
    are in ``expected``. ModelError when ``path`` does not hold this network.
    """
    tensors = read_checkpoint(path)[0]
    needed = [name for name, value in expected.items() if value.dtype.is_floating_point]
    for prefix in ("ema.", "", "matcher."):
        if all(prefix + name in tensors and tensors[prefix + name].shape == expected[name].shape for name in needed):
            return {name: tensors.get(prefix + name, old).to(old.dtype) for name, old in expected.items()}
    raise ModelError(f"The file {path} does not hold this network.", "Name a checkpoint or model of the same preset.")


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors and the metadata of a safetensors file; ModelError when it is missing or damaged."""
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            return tensors, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"The checkpoint {path} is missing or damaged.",
            "Put an earlier copy in its place, or begin anew without it.",
        ) from error


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Writes a safetensors file whole or not at all; OutputError where it cannot, and the old file stays."""
    temporary = path.with_suffix(".tmp")
    try:
        save_file({name: value.contiguous() for name, value in tensors.items()}, temporary, metadata)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())  # before the old one goes: a power cut must leave one of the two
        temporary.replace(path)
    except (OSError, SafetensorError) as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(
            f"The checkpoint {path} could not be written: {error}.",
            "Make room for it; the one before is still there, and the same command goes on from it.",
        ) from error


def named(settings: Mapping[str, Any]) -> str:
    """What the settings of a run say that it trains, in words."""
    preset = settings.get("preset")
    return f"the {settings.get('network')}" + (f" of preset {preset['name']}" if preset else "")


def fingerprint(weights: Mapping[str, Tensor]) -> str:
    """A short hash of named tensors, which tells two versions of a network apart."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def differences(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Lines like ``loop.steps: 4600 -> 6000`` for every entry that two nested settings do not share."""
    lines: list[str] = []
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            lines += differences(before, after, f"{prefix}{name}.")
        elif before != after:
            lines.append(f"{prefix}{name}: {before} -> {after}")
    return lines
