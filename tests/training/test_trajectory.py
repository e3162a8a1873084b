"""Phase 2's noisy images are those of the sampler itself."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nurie.diffusion.parameterization import PredictionType, to_output
from nurie.diffusion.samplers import StepInfo, ddim
from nurie.diffusion.schedule import make_schedule, trailing_timesteps
from nurie.training.trajectory import LAST, STEP_COUNTS, draw_timesteps, own_noisy

SCHEDULE = make_schedule()


@given(st.integers(0, 2**31 - 1))
def test_the_timesteps_begin_a_run_of_one_of_the_lengths(seed: int) -> None:
    drawn = draw_timesteps(seed)
    assert 2 <= len(drawn) <= max(STEP_COUNTS)
    assert any(drawn == trailing_timesteps(steps, last=LAST)[: len(drawn)].tolist() for steps in STEP_COUNTS)
    assert drawn == draw_timesteps(seed)


@pytest.mark.parametrize("kind", [kind for kind in get_args(PredictionType) if kind != "epsilon"])
@pytest.mark.parametrize("taken", [1, 2, 3])
def test_the_noisy_image_is_the_samplers_after_as_many_steps(kind: PredictionType, taken: int) -> None:
    timesteps = trailing_timesteps(4).tolist()
    noise = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        """A network whose estimate depends on the image and on the timestep, and leaves [-1, 1] here and there."""
        alpha = SCHEDULE.alpha_bar(int(t.flatten()[0]))
        x0 = torch.tanh(x) * 1.2 - alpha
        epsilon = (x - alpha**0.5 * x0) / (1 - alpha) ** 0.5
        output: Tensor = to_output(kind, x0, epsilon, alpha)
        return output

    steps: list[StepInfo] = []
    ddim(lambda x, t: denoise(x, torch.tensor(t)), noise, SCHEDULE, timesteps, kind, callback=steps.append)
    mine = own_noisy(denoise, noise, SCHEDULE, timesteps[: taken + 1], kind)
    torch.testing.assert_close(mine, steps[taken - 1].x, atol=1e-5, rtol=1e-5)
