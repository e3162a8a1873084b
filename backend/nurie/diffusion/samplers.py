"""Deterministic and stochastic samplers as free functions over numpy arrays or torch tensors.

Coefficients are Python floats, so images keep their own dtype. Every sampler ends on the last prediction of x0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nurie.diffusion.noise import NoiseSource, noise_like
from nurie.diffusion.parameterization import Array, PredictionType, to_x0
from nurie.diffusion.schedule import Schedule

Denoiser: TypeAlias = Callable[[Array, int], Array]  # (x_t, timestep) -> output of the sampler's prediction type
Timesteps: TypeAlias = "Sequence[int] | npt.NDArray[np.int64]"


@dataclass(frozen=True)
class StepInfo:
    """One finished step: `index` from 0, the timestep it started at, the image after it and the (clipped) x0 used."""

    index: int
    steps: int
    timestep: int
    x: Array
    x0: Array


Callback: TypeAlias = Callable[[StepInfo], None]


def ddim(
    denoise: Denoiser,
    x: Array,
    schedule: Schedule,
    timesteps: Timesteps,
    prediction_type: PredictionType,
    *,
    eta: float = 0.0,
    noise: NoiseSource | None = None,
    callback: Callback | None = None,
    clip: bool = True,
) -> Array:
    """Song et al. 2021, "Denoising Diffusion Implicit Models", eq. 12 and 16; eta 0 is deterministic, eta 1 is DDPM.

    `x` is the noisy image at the first of the falling `timesteps`; with `clip`, x0 is held to [-1, 1] and epsilon
    derived from it. The callback runs after each step and may raise to stop. Raises ValueError for timesteps that do
    not fall, for eta outside [0, 1] or above 0 without `noise`, and for epsilon prediction at zero SNR.
    """
    _check_eta(eta, noise)
    for index, timestep, alpha_bar, next_alpha_bar in _steps(schedule, timesteps):
        x0 = _predict(denoise, x, timestep, alpha_bar, prediction_type, clip)
        variance = _ddim_variance(alpha_bar, next_alpha_bar, eta)
        epsilon_scale = math.sqrt(max(1.0 - next_alpha_bar - variance, 0.0)) / math.sqrt(1.0 - alpha_bar)
        # x0 and epsilon of eq. 12, with epsilon = (x - sqrt(alpha_bar) x0) / sqrt(1 - alpha_bar) put in.
        x = (math.sqrt(next_alpha_bar) - epsilon_scale * math.sqrt(alpha_bar)) * x0 + epsilon_scale * x
        if variance > 0.0 and noise is not None:
            x = x + math.sqrt(variance) * noise_like(noise(tuple(x.shape)), x)
        _report(callback, StepInfo(index, len(timesteps), timestep, x, x0))
    return x


def dpmpp_2m(
    denoise: Denoiser,
    x: Array,
    schedule: Schedule,
    timesteps: Timesteps,
    prediction_type: PredictionType,
    *,
    eta: float = 0.0,
    noise: NoiseSource | None = None,
    callback: Callback | None = None,
    clip: bool = True,
) -> Array:
    """DPM-Solver++(2M), Lu et al. 2022, algorithm 2; arguments as `ddim`, but deterministic: eta must be 0.

    The two ends are limits. From lambda = -inf (zero SNR) h is infinite: exp(-h) is 0, and in the next step so is
    1 / (2 r) with r = h_prev / h, which leaves that step at first order. Into lambda = +inf (the clean image) the
    correction would diverge: that step is of first order too and returns x0.
    """
    if eta != 0.0:
        raise ValueError("DPM-Solver++(2M) adds no noise: eta must be 0")
    previous_x0: Array = None
    previous_h = math.inf
    for index, timestep, alpha_bar, next_alpha_bar in _steps(schedule, timesteps):
        x0 = _predict(denoise, x, timestep, alpha_bar, prediction_type, clip)
        h = _log_snr(next_alpha_bar) - _log_snr(alpha_bar)
        guess = x0
        if previous_x0 is not None and math.isfinite(h):
            correction = h / (2.0 * previous_h)  # 1 / (2 r); 0 after an infinite first step
            guess = (1.0 + correction) * x0 - correction * previous_x0
        sigma_ratio = math.sqrt(1.0 - next_alpha_bar) / math.sqrt(1.0 - alpha_bar)
        x = sigma_ratio * x - math.sqrt(next_alpha_bar) * math.expm1(-h) * guess
        previous_x0, previous_h = x0, h
        _report(callback, StepInfo(index, len(timesteps), timestep, x, x0))
    return x


def _steps(schedule: Schedule, timesteps: Timesteps) -> Iterator[tuple[int, int, float, float]]:
    """(index, timestep, alpha_bar, next alpha_bar) of each step; the last one goes to the clean image, alpha_bar 1."""
    visited = [int(timestep) for timestep in timesteps]
    if not visited or any(later >= earlier for earlier, later in pairwise(visited)):
        raise ValueError("timesteps must be at least one and fall strictly")
    levels = [*(schedule.alpha_bar(timestep) for timestep in visited), 1.0]
    for index, timestep in enumerate(visited):
        yield index, timestep, levels[index], levels[index + 1]


def _predict(denoise: Denoiser, x: Array, timestep: int, alpha_bar: float, kind: PredictionType, clip: bool) -> Array:
    x0 = to_x0(kind, denoise(x, timestep), x, alpha_bar)
    return x0.clip(-1.0, 1.0) if clip else x0


def _ddim_variance(alpha_bar: float, next_alpha_bar: float, eta: float) -> float:
    """sigma_t squared, Song et al. 2021, eq. 16."""
    return eta**2 * (1.0 - next_alpha_bar) / (1.0 - alpha_bar) * (1.0 - alpha_bar / next_alpha_bar)


def _log_snr(alpha_bar: float) -> float:
    """lambda = log(sqrt(alpha_bar) / sqrt(1 - alpha_bar)), with its limits at both ends."""
    if alpha_bar <= 0.0:
        return -math.inf
    return 0.5 * (math.log(alpha_bar) - math.log1p(-alpha_bar)) if alpha_bar < 1.0 else math.inf


def _check_eta(eta: float, noise: NoiseSource | None) -> None:
    if not 0.0 <= eta <= 1.0:
        raise ValueError(f"eta must be between 0 and 1, not {eta}")
    if eta > 0.0 and noise is None:
        raise ValueError("eta above 0 needs a source of noise")


def _report(callback: Callback | None, info: StepInfo) -> None:
    if callback is not None:
        callback(info)
