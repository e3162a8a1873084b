"""``nurie train average``: the averaged weights of any length, put together from a run's snapshots after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import Tensor

from nurie.protocol import InputError, UsageError
from nurie.training.averages import PROFILES, exponent, mixture
from nurie.training.checkpoints import read_checkpoint, write_checkpoint

__all__ = ["average"]


def average(run: Path, sigma_rel: float, out: Path) -> None:
    """Writes to ``out`` the average of width ``sigma_rel``, a share of the run, at the last snapshot in ``run``.

    The file reads as a checkpoint's averaged weights do, but no run goes on from it. UsageError for a width that no
    average has, InputError without snapshots, ModelError for damaged ones, OutputError where it cannot be written.
    """
    try:
        gamma = exponent(sigma_rel)
    except ValueError as error:
        raise UsageError(f"No such average: {error}.", "The usual ones are 0.05 to 0.15 wide.") from error
    snapshots = sorted((run / "snapshots").glob("*.safetensors"))
    if not snapshots:
        raise InputError(f"The run folder {run} holds no snapshots.", "Train with --snapshot-every.")
    steps = np.repeat([float(path.stem) for path in snapshots], len(PROFILES))
    gammas = np.tile([exponent(width) for width in PROFILES.values()], len(snapshots))
    weights = mixture(steps, gammas, steps[-1], gamma)
    shares = iter((weights / weights.sum()).tolist())  # exactly 1, so that what never changed stays what it is
    total: dict[str, Tensor] = {}
    metadata: dict[str, str] = {}
    for path in snapshots:
        stored, metadata = read_checkpoint(path)
        for profile, share in zip(PROFILES, shares, strict=False):
            for name, value in stored.items():
                if name.startswith(f"{profile}."):
                    key = "ema" + name.removeprefix(profile)
                    if value.dtype.is_floating_point:
                        total[key] = total.get(key, 0) + share * value.float()
                    else:
                        total[key] = value  # counters
    write_checkpoint(out, total, metadata)
