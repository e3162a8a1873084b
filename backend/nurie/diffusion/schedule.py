"""Noise schedules in float64 and the timesteps at which a sampler visits them.

A schedule is the table of alpha_bar(t), the share of signal variance left at timestep t:
x_t = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) noise. Timestep 0 is almost clean; timestep T-1 is the noisiest and, with
zero terminal SNR, pure noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

FloatTable = npt.NDArray[np.float64]
ScheduleKind = Literal["scaled_linear", "linear", "cosine"]


@dataclass(frozen=True, eq=False)
class Schedule:
    """alpha_bar for every timestep: float64 (T,), strictly decreasing, in [0, 1), read-only.

    Only the last entry may be 0 (zero terminal SNR). Raises ValueError when the table breaks these rules.
    """

    alphas_cumprod: FloatTable

    def __post_init__(self) -> None:
        table = np.array(self.alphas_cumprod, dtype=np.float64)
        if table.ndim != 1 or table.size == 0:
            raise ValueError(f"alphas_cumprod must be one non-empty row, not of shape {table.shape}")
        if not (np.all(np.isfinite(table)) and table[0] < 1.0 and table[-1] >= 0.0 and np.all(np.diff(table) < 0.0)):
            raise ValueError("alphas_cumprod must fall strictly, from below 1 to no less than 0")
        table.setflags(write=False)  # one table is shared by every sampler call and training step
        object.__setattr__(self, "alphas_cumprod", table)

    @property
    def num_timesteps(self) -> int:
        return int(self.alphas_cumprod.size)

    @property
    def zero_terminal_snr(self) -> bool:
        return self.alpha_bar(self.num_timesteps - 1) == 0.0

    @property
    def snr(self) -> FloatTable:
        """alpha_bar / (1 - alpha_bar), (T,); 0 at the last timestep under zero terminal SNR."""
        ratio: FloatTable = self.alphas_cumprod / (1.0 - self.alphas_cumprod)
        return ratio

    def alpha_bar(self, timestep: int) -> float:
        """alpha_bar at an integer timestep 0..T-1; ValueError outside (a negative index would silently wrap round)."""
        if not 0 <= timestep < self.num_timesteps:
            raise ValueError(f"timestep {timestep} is outside 0..{self.num_timesteps - 1}")
        return float(self.alphas_cumprod[timestep])


def make_schedule(
    kind: ScheduleKind = "scaled_linear", num_timesteps: int = 1000, zero_terminal_snr: bool = True
) -> Schedule:
    """Build one of the usual schedules.

    `linear`: Ho et al. 2020, beta from 1e-4 to .02. `scaled_linear`: Rombach et al. 2022, sqrt(beta) linear, beta from
    .00085 to .012. `cosine`: Nichol & Dhariwal 2021, eq. 17, beta capped at .999. Raises ValueError for an unknown kind
    or fewer than two timesteps.
    """
    if num_timesteps < 2:
        raise ValueError(f"a schedule needs at least 2 timesteps, not {num_timesteps}")
    alphas_cumprod = np.cumprod(1.0 - _betas(kind, num_timesteps), dtype=np.float64)
    if zero_terminal_snr:
        alphas_cumprod = rescale_to_zero_terminal_snr(alphas_cumprod)
    return Schedule(alphas_cumprod)


def rescale_to_zero_terminal_snr(alphas_cumprod: FloatTable) -> FloatTable:
    """Shift and stretch sqrt(alpha_bar), (T,), so that its last value is exactly 0 and its first is kept.

    Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1.
    """
    signal = np.sqrt(alphas_cumprod)
    first, last = signal[0], signal[-1]
    rescaled: FloatTable = ((signal - last) * (first / (first - last))) ** 2
    return rescaled


def trailing_timesteps(steps: int, num_timesteps: int = 1000, *, last: int = 0) -> npt.NDArray[np.int64]:
    """The `steps` timesteps of a sampling run, int64 (steps,), strictly decreasing from T-1 to `last` or above it.

    Trailing spacing (Lin et al. 2024, table 2): round(T * k / steps) - 1 for k = steps..1, in exact fractions, because
    stepping by a rounded T/steps yields one timestep too many for some counts. Ties go to the even number. Where that
    ends below `last`, they are spaced evenly from T-1 to `last`: the final jump to the picture then starts from there.
    Raises ValueError unless 0 <= last < num_timesteps and 1 <= steps <= num_timesteps - last.
    """
    if not 0 <= last < num_timesteps:
        raise ValueError(f"the last timestep must be between 0 and {num_timesteps - 1}, not {last}")
    if not 1 <= steps <= num_timesteps - last:
        raise ValueError(f"the step count must be between 1 and {num_timesteps - last}, not {steps}")
    trailing = [round(Fraction(num_timesteps * k, steps)) - 1 for k in range(steps, 0, -1)]
    if trailing[-1] < last:
        way = num_timesteps - 1 - last
        trailing = [last + round(Fraction(way * k, steps - 1)) for k in range(steps - 1, -1, -1)]
    return np.array(trailing, dtype=np.int64)


def _betas(kind: ScheduleKind, num_timesteps: int) -> FloatTable:
    betas: FloatTable
    if kind == "linear":
        betas = np.linspace(1e-4, 0.02, num_timesteps, dtype=np.float64)
    elif kind == "scaled_linear":
        betas = np.linspace(math.sqrt(0.00085), math.sqrt(0.012), num_timesteps, dtype=np.float64) ** 2
    elif kind == "cosine":
        time = np.linspace(0.0, 1.0, num_timesteps + 1, dtype=np.float64)
        signal = np.cos((time + 0.008) / 1.008 * (math.pi / 2)) ** 2
        # The curve reaches 0 at the end; without the cap the last beta is 1 and alpha_bar 0 by accident of rounding.
        betas = np.minimum(1.0 - signal[1:] / signal[:-1], 0.999)
    else:
        raise ValueError(f"unknown schedule {kind!r}: choose from {', '.join(get_args(ScheduleKind))}")
    return betas
