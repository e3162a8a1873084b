"""diffusers as the oracle for the samplers, at the step counts that divide 1000, where its trailing spacing is exact.

The oracle gets our float64 table, so that the comparison is about the steps and not about float32 schedules.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler

from nurie.diffusion import (
    PredictionType,
    Schedule,
    ddim,
    dpmpp_2m,
    initial_noise,
    make_schedule,
    step_noise,
    trailing_timesteps,
)

# diffusers hands tensors to numpy functions, which numpy 2 dislikes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
SHAPE = (1, 3, 4, 4)
DDIM_ORACLE: Any = DDIMScheduler  # diffusers has no types
DPM_ORACLE: Any = DPMSolverMultistepScheduler
COUNTS = [1, 2, 4, 5, 8, 10, 20, 50, 100]
EXACT_COUNTS = pytest.mark.parametrize("steps", COUNTS)
ZERO_SNR, PLAIN = make_schedule(zero_terminal_snr=True), make_schedule(zero_terminal_snr=False)
# Epsilon prediction cannot start from pure noise.
KINDS_AND_SCHEDULES = pytest.mark.parametrize(
    ("kind", "schedule"),
    [
        ("v_prediction", ZERO_SNR),
        ("sample", ZERO_SNR),
        ("v_prediction", PLAIN),
        ("sample", PLAIN),
        ("epsilon", PLAIN),
    ],
)


def denoise(x: torch.Tensor, timestep: int) -> torch.Tensor:
    return torch.tanh(0.8 * x + 0.002 * timestep - 0.5)


def start() -> torch.Tensor:
    return torch.from_numpy(initial_noise(SHAPE, 0)).double()


def run_oracle(scheduler: Any, steps: int, **options: Any) -> tuple[list[int], torch.Tensor]:
    scheduler.set_timesteps(steps)
    timesteps, x = scheduler.timesteps.tolist(), start()
    for timestep in timesteps:
        x = scheduler.step(denoise(x, timestep), timestep, x, **{k: v() for k, v in options.items()}).prev_sample
    return timesteps, x


def ddim_oracle(schedule: Schedule, kind: PredictionType) -> Any:
    scheduler = DDIM_ORACLE(
        timestep_spacing="trailing", prediction_type=kind, rescale_betas_zero_snr=schedule.zero_terminal_snr
    )
    scheduler.alphas_cumprod = torch.from_numpy(schedule.alphas_cumprod.copy())
    scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    return scheduler


@EXACT_COUNTS
@KINDS_AND_SCHEDULES
@pytest.mark.parametrize(
    "eta", [0.0, 0.4, 0.95]
)  # at 1 and zero SNR it takes the root of a rounding error, or of less than 0
def test_ddim_equals_diffusers(kind: PredictionType, schedule: Schedule, steps: int, eta: float) -> None:
    noise = step_noise(7)
    timesteps, theirs = run_oracle(
        ddim_oracle(schedule, kind),
        steps,
        eta=lambda: eta,
        use_clipped_model_output=lambda: True,
        variance_noise=lambda: torch.from_numpy(noise(SHAPE)).double() if eta else None,
    )
    ours = ddim(denoise, start(), schedule, trailing_timesteps(steps), kind, eta=eta, noise=step_noise(7))
    assert timesteps == trailing_timesteps(steps).tolist()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)


@EXACT_COUNTS
@pytest.mark.parametrize("kind", ["v_prediction", "sample", "epsilon"])
def test_dpmpp_2m_equals_diffusers(kind: PredictionType, steps: int) -> None:
    scheduler = DPM_ORACLE(timestep_spacing="trailing", prediction_type=kind)
    scheduler.alphas_cumprod = torch.from_numpy(PLAIN.alphas_cumprod.copy())
    timesteps, theirs = run_oracle(scheduler, steps)
    ours = dpmpp_2m(denoise, start(), PLAIN, trailing_timesteps(steps), kind, clip=False)
    assert timesteps == trailing_timesteps(steps).tolist()
    # It keeps its noise levels in float32.
    torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-5)


@pytest.mark.parametrize("steps", [1, 2, 4, 5, 8, 10, 20])
@pytest.mark.parametrize("kind", ["v_prediction", "sample"])
def test_dpmpp_2m_at_zero_snr_is_the_limit_that_diffusers_goes_to(kind: PredictionType, steps: int) -> None:
    """diffusers puts a tiny level in the place of alpha_bar 0. What is left of its difference to our limit is the
    second step's correction, inversely proportional to the first step's length in lambda."""
    ours = dpmpp_2m(denoise, start(), ZERO_SNR, trailing_timesteps(steps), kind, clip=False)

    def distance(level: float) -> float:
        scheduler = DPM_ORACLE(timestep_spacing="trailing", prediction_type=kind)
        table = ZERO_SNR.alphas_cumprod.copy()
        table[-1] = level
        scheduler.alphas_cumprod = torch.from_numpy(table)
        return float((run_oracle(scheduler, steps)[1] - ours).abs().max())

    def first_length(level: float) -> float:
        second = ZERO_SNR.alpha_bar(int(trailing_timesteps(steps)[1]))
        return 0.5 * (math.log(second / (1 - second)) - math.log(level / (1 - level)))

    assert torch.isfinite(ours).all()
    if steps <= 2:  # the second step is the last, which has no correction
        assert distance(1e-36) < 1e-6
    else:
        assert distance(1e-36) / distance(1e-12) == pytest.approx(first_length(1e-12) / first_length(1e-36), rel=0.1)
