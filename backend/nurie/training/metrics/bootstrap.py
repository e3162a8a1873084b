"""Confidence intervals by resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["mean_interval"]


def mean_interval(values: ArrayLike, level: float = 0.95, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Where the mean of ``values`` (N,) lies with confidence ``level``: percentile bootstrap (Efron, 1979).

    The same values in any order give the same interval. It takes the values for independent draws and is a little
    narrow for few of them (about 93 instead of 95 % at 30). ValueError without values.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not ordered.size:
        raise ValueError("there is no mean of nothing")
    chosen = np.random.default_rng(seed).integers(ordered.size, size=(resamples, ordered.size))
    low, high = np.quantile(ordered[chosen].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
