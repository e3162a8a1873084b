"""Gaussian noise from numpy's generator: one seed means the same noise on every engine and device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nurie.diffusion.parameterization import Array

NoiseSource: TypeAlias = Callable[[tuple[int, ...]], npt.NDArray[np.float32]]


def initial_noise(shape: tuple[int, ...], seed: int) -> npt.NDArray[np.float32]:
    """The pure noise that sampling starts from: standard normal float32 of `shape`; ValueError for a negative seed."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def step_noise(seed: int) -> NoiseSource:
    """Fresh noise for DDIM with eta above 0, from another stream than `initial_noise` has for the same seed."""
    generator = np.random.default_rng([seed, 1])
    return lambda shape: generator.standard_normal(shape, dtype=np.float32)


def noise_like(noise: npt.NDArray[np.float32], x: Array) -> Array:
    """The noise as an array of x's library, dtype and device (`new_tensor` is torch's own way to ask for that)."""
    return x.new_tensor(noise) if hasattr(x, "new_tensor") else noise.astype(x.dtype)
