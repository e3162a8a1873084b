"""Schedules fall strictly and reach zero SNR exactly; trailing timesteps are exact for every step count."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, get_args

import numpy as np
import pytest
from diffusers import DDIMScheduler
from hypothesis import given
from hypothesis import strategies as st

from nurie.diffusion import Schedule, ScheduleKind, make_schedule, trailing_timesteps

KINDS: tuple[ScheduleKind, ...] = get_args(ScheduleKind)
ORACLE: Any = DDIMScheduler  # it has no types
DIFFUSERS: dict[str, dict[str, Any]] = {
    "linear": {"beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02},
    "scaled_linear": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
}


@given(st.sampled_from(KINDS), st.integers(2, 2000), st.booleans())
def test_every_schedule_falls_strictly_inside_zero_and_one(kind: ScheduleKind, count: int, zero_snr: bool) -> None:
    schedule = make_schedule(kind, count, zero_snr)
    table = schedule.alphas_cumprod
    assert table.dtype == np.float64
    assert schedule.num_timesteps == count == len(table)
    assert np.all(np.diff(table) < 0)
    assert 0 <= table[-1] < table[0] < 1
    assert np.all(np.diff(schedule.snr) < 0)


@pytest.mark.parametrize("kind", KINDS)
def test_zero_terminal_snr_is_exact_and_keeps_the_first_level(kind: ScheduleKind) -> None:
    plain, rescaled = make_schedule(kind, zero_terminal_snr=False), make_schedule(kind, zero_terminal_snr=True)
    assert rescaled.alphas_cumprod[-1] == 0.0
    assert rescaled.zero_terminal_snr
    assert not plain.zero_terminal_snr
    assert rescaled.alphas_cumprod[0] == pytest.approx(plain.alphas_cumprod[0], rel=1e-14)
    assert np.all(rescaled.alphas_cumprod[1:] < plain.alphas_cumprod[1:])


@pytest.mark.parametrize("zero_snr", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_tables_agree_with_diffusers(kind: ScheduleKind, zero_snr: bool) -> None:
    theirs = ORACLE(**DIFFUSERS[kind], rescale_betas_zero_snr=zero_snr).alphas_cumprod.double().numpy()
    # Theirs are float32 and go back and forth through beta, so what is almost 0 agrees in the absolute only.
    np.testing.assert_allclose(make_schedule(kind, 1000, zero_snr).alphas_cumprod, theirs, rtol=5e-4, atol=1e-7)


@pytest.mark.parametrize("steps", range(1, 101))
def test_trailing_timesteps_are_exact_for_every_count(steps: int) -> None:
    timesteps = trailing_timesteps(steps)
    assert timesteps.dtype == np.int64
    assert timesteps.shape == (steps,)
    assert timesteps[0] == 999
    assert timesteps[-1] >= 0
    assert np.all(np.diff(timesteps) < 0)
    # No timestep is further than half a step from its exact place.
    for k, timestep in zip(range(steps, 0, -1), timesteps, strict=True):
        assert abs(Fraction(1000 * k, steps) - 1 - int(timestep)) <= Fraction(1, 2)


@given(st.integers(1, 100), st.integers(0, 899))
def test_none_lies_below_the_last_one_allowed(steps: int, last: int) -> None:
    timesteps, free = trailing_timesteps(steps, last=last), trailing_timesteps(steps)
    assert timesteps.shape == (steps,)
    assert timesteps[0] == 999
    assert np.all(np.diff(timesteps) < 0)
    assert timesteps[-1] == max(last, free[-1])
    if free[-1] >= last:
        np.testing.assert_array_equal(timesteps, free)
    elif steps > 1:
        gaps = -np.diff(timesteps)
        assert gaps.max() - gaps.min() <= 2


@pytest.mark.parametrize("steps", [n for n in range(1, 101) if 1000 % n == 0])
def test_trailing_timesteps_equal_diffusers_where_the_count_divides(steps: int) -> None:
    scheduler = ORACLE(timestep_spacing="trailing")
    scheduler.set_timesteps(steps)
    assert trailing_timesteps(steps).tolist() == scheduler.timesteps.tolist()


@given(st.data(), st.integers(1, 3000))
def test_trailing_timesteps_hold_for_other_lengths(data: st.DataObject, num_timesteps: int) -> None:
    timesteps = trailing_timesteps(data.draw(st.integers(1, num_timesteps)), num_timesteps)
    assert timesteps[0] == num_timesteps - 1
    assert timesteps[-1] >= 0
    assert np.all(np.diff(timesteps) < 0)


@pytest.mark.parametrize("steps", [0, -1, 1001])
def test_impossible_step_counts_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and 1000, not {steps}"):
        trailing_timesteps(steps)


@pytest.mark.parametrize("timestep", [-1, 1000])
def test_alpha_bar_outside_the_schedule_is_refused(timestep: int) -> None:
    schedule = make_schedule()
    assert schedule.alpha_bar(999) == 0.0
    with pytest.raises(ValueError, match="outside"):
        schedule.alpha_bar(timestep)


@pytest.mark.parametrize(
    "table", [[], [[0.9], [0.5]], [0.9, 0.9], [0.5, 0.9], [1.0, 0.5], [0.5, -0.1], [0.5, float("nan")]]
)
def test_broken_tables_are_refused(table: list[float]) -> None:
    with pytest.raises(ValueError, match="alphas_cumprod"):
        Schedule(np.array(table))


def test_the_table_is_its_own_and_cannot_be_written() -> None:
    source = np.array([0.9, 0.5])
    schedule = Schedule(source)
    source[0] = 0.1
    assert schedule.alpha_bar(0) == 0.9
    with pytest.raises(ValueError, match="read-only"):
        schedule.alphas_cumprod[0] = 0.1


def test_unknown_kinds_and_tiny_schedules_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown schedule 'sigmoid'"):
        make_schedule("sigmoid")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 2"):
        make_schedule("linear", 1)
