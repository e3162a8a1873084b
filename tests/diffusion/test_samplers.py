"""The laws that hold for both samplers, on numpy arrays and torch tensors."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nurie.diffusion import (
    Denoiser,
    NoiseSource,
    PredictionType,
    Schedule,
    StepInfo,
    add_noise,
    ddim,
    dpmpp_2m,
    initial_noise,
    make_schedule,
    step_noise,
    to_epsilon,
    to_output,
    trailing_timesteps,
)

Sampler = Callable[..., Any]
KINDS: tuple[PredictionType, ...] = get_args(PredictionType)
SAMPLERS: tuple[Sampler, ...] = (ddim, dpmpp_2m)
both_samplers = pytest.mark.parametrize("sampler", SAMPLERS)
SHAPE = (1, 3, 4, 4)
ZERO_SNR, PLAIN = make_schedule(zero_terminal_snr=True), make_schedule(zero_terminal_snr=False)


def ideal_denoiser(kind: PredictionType, x0: np.ndarray, schedule: Schedule) -> Denoiser:
    """A denoiser that knows the picture and says so in the given parameterization."""

    def denoise(x: np.ndarray, timestep: int) -> Any:
        alpha_bar = schedule.alpha_bar(timestep)
        return to_output(kind, x0, to_epsilon("sample", x0, x, alpha_bar), alpha_bar)

    return denoise


def rational_denoiser(x: Any, timestep: int) -> Any:
    """Nonlinear in x, different at every timestep, and made of operations that numpy and torch round alike."""
    return (x - 0.3 + 0.001 * timestep) / (1.0 + x * x)


@both_samplers
@pytest.mark.parametrize("kind", KINDS)
def test_an_ideal_denoiser_gives_the_picture_back_for_every_step_count(sampler: Sampler, kind: PredictionType) -> None:
    schedule = PLAIN if kind == "epsilon" else ZERO_SNR
    truth = np.random.default_rng(1).uniform(-1, 1, SHAPE)
    denoise = ideal_denoiser(kind, truth, schedule)
    for steps in range(1, 101):
        trail: list[StepInfo] = []
        start = initial_noise(SHAPE, seed=steps).astype(np.float64)
        timesteps = trailing_timesteps(steps)
        result = sampler(denoise, start, schedule, timesteps, kind, callback=trail.append)
        np.testing.assert_allclose(result, truth, atol=1e-11)
        # On the way there the noise that x started from stays the same: x is x0 and that noise, mixed for its timestep.
        epsilon = to_epsilon("sample", truth, start, schedule.alpha_bar(999))
        for info, level in zip(trail, [schedule.alpha_bar(t) for t in timesteps[1:]], strict=False):
            np.testing.assert_allclose(info.x, add_noise(truth, epsilon, level), atol=1e-10)


@both_samplers
@given(st.data(), st.integers(0, 2**32), st.booleans())
def test_any_falling_timesteps_will_do(sampler: Sampler, data: st.DataObject, seed: int, zero_snr: bool) -> None:
    schedule = ZERO_SNR if zero_snr else PLAIN
    timesteps = sorted(data.draw(st.sets(st.integers(0, 999), min_size=1, max_size=12)), reverse=True)
    truth = np.random.default_rng(seed).uniform(-1, 1, SHAPE)
    start = add_noise(truth, initial_noise(SHAPE, seed), schedule.alpha_bar(timesteps[0]))
    result = sampler(ideal_denoiser("v_prediction", truth, schedule), start, schedule, timesteps, "v_prediction")
    np.testing.assert_allclose(result, truth, atol=1e-11)


@both_samplers
@pytest.mark.parametrize("steps", [1, 2, 3, 8, 100])
@pytest.mark.parametrize("kind", ["v_prediction", "sample"])
def test_zero_snr_gives_finite_numbers_at_every_step(sampler: Sampler, steps: int, kind: PredictionType) -> None:
    trail: list[StepInfo] = []
    with np.errstate(all="raise"):
        sampler(
            rational_denoiser,
            initial_noise(SHAPE, 0),
            ZERO_SNR,
            trailing_timesteps(steps),
            kind,
            callback=trail.append,
        )
    assert len(trail) == steps
    assert all(np.isfinite(info.x).all() for info in trail)


@both_samplers
def test_the_first_step_from_pure_noise_mixes_that_noise_with_minus_v(sampler: Sampler) -> None:
    trail: list[StepInfo] = []
    noise = initial_noise(SHAPE, 0)
    sampler(lambda x, t: 0.1 * x, noise, ZERO_SNR, [999, 499, 99], "v_prediction", callback=trail.append)
    np.testing.assert_allclose(trail[0].x0, -0.1 * noise, rtol=1e-6)
    np.testing.assert_allclose(trail[0].x, add_noise(-0.1 * noise, noise, ZERO_SNR.alpha_bar(499)), atol=1e-6)


@both_samplers
def test_without_eta_the_same_start_gives_the_same_bytes(sampler: Sampler) -> None:
    start = initial_noise(SHAPE, 3)
    before = start.copy()
    first, second = (sampler(rational_denoiser, start, ZERO_SNR, trailing_timesteps(7), "sample") for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert np.array_equal(start, before)
    assert first.dtype == np.float32


@pytest.mark.parametrize(("sampler", "eta"), [(ddim, 0.0), (ddim, 0.7), (dpmpp_2m, 0.0)])
@pytest.mark.parametrize("kind", KINDS)
def test_numpy_and_torch_give_the_same_picture(sampler: Sampler, kind: PredictionType, eta: float) -> None:
    schedule = PLAIN if kind == "epsilon" else ZERO_SNR
    start = initial_noise(SHAPE, 5)
    timesteps = trailing_timesteps(8)
    array = sampler(rational_denoiser, start, schedule, timesteps, kind, eta=eta, noise=step_noise(5))
    tensor = sampler(
        rational_denoiser, torch.from_numpy(start), schedule, timesteps, kind, eta=eta, noise=step_noise(5)
    )
    assert array.dtype == np.float32
    assert tensor.dtype == torch.float32
    np.testing.assert_allclose(array, tensor.numpy(), rtol=0, atol=1e-5)


def test_noise_depends_on_the_seed_alone_and_steps_have_their_own() -> None:
    assert np.array_equal(initial_noise(SHAPE, 1), initial_noise(SHAPE, 1))
    assert not np.array_equal(initial_noise(SHAPE, 1), initial_noise(SHAPE, 2))
    stream = step_noise(1)
    first, second = stream(SHAPE), stream(SHAPE)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, initial_noise(SHAPE, 1))
    assert np.array_equal(first, step_noise(1)(SHAPE))
    assert first.dtype == initial_noise(SHAPE, 1).dtype == np.float32


def test_ddim_with_eta_one_keeps_the_spread_of_the_data() -> None:
    """Unit-variance data stays of unit variance at every noise level, so an exact ancestral sampler leaves it there."""
    trail: list[StepInfo] = []
    ddim(
        lambda x, t: math.sqrt(ZERO_SNR.alpha_bar(t)) * x,  # E[x0 | x_t] of unit-variance Gaussian data
        initial_noise((50_000,), 0),
        ZERO_SNR,
        trailing_timesteps(500),
        "sample",
        eta=1.0,
        noise=step_noise(0),
        callback=lambda info: trail.append(info) if info.index % 50 == 49 else None,
        clip=False,
    )
    for info in trail[:-1]:
        assert info.x.std() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("spread", [1 / 16, 4.0])
def test_orders_of_accuracy_on_gaussian_data(spread: float) -> None:
    """For data of variance `spread` the exact path is known: x stays in proportion to the width of its distribution."""

    def width(alpha_bar: float) -> float:
        return math.sqrt(alpha_bar * spread + 1.0 - alpha_bar)

    def denoise(x: np.ndarray, timestep: int) -> Any:
        alpha_bar = PLAIN.alpha_bar(timestep)
        return math.sqrt(alpha_bar) * spread / width(alpha_bar) ** 2 * x

    def error(sampler: Sampler, stride: int) -> float:
        trail: list[StepInfo] = []
        timesteps = range(999, 98, -stride)  # all end at 99, the last timestep before the jump to the clean image
        sampler(denoise, np.ones(1), PLAIN, timesteps, "sample", callback=trail.append, clip=False)
        return abs(float(trail[-2].x[0]) - width(PLAIN.alpha_bar(99)) / width(PLAIN.alpha_bar(999)))

    orders = {sampler: math.log2(error(sampler, 10) / error(sampler, 5)) for sampler in SAMPLERS}
    assert orders[ddim] == pytest.approx(1.0, abs=0.25)
    assert orders[dpmpp_2m] == pytest.approx(2.0, abs=0.25)
    assert error(dpmpp_2m, 20) < error(ddim, 5)


@both_samplers
def test_clipping_is_the_default_and_can_be_left_out(sampler: Sampler) -> None:
    def bright(x: np.ndarray, timestep: int) -> np.ndarray:
        return np.full_like(x, 3.0)

    args = (bright, initial_noise(SHAPE, 0), ZERO_SNR, trailing_timesteps(4), "sample")
    np.testing.assert_allclose(sampler(*args), 1.0, rtol=1e-6)
    np.testing.assert_allclose(sampler(*args, clip=False), 3.0, rtol=1e-6)


@both_samplers
def test_the_callback_sees_every_step(sampler: Sampler) -> None:
    trail: list[StepInfo] = []
    seen: list[tuple[int, type]] = []

    def denoise(x: np.ndarray, timestep: int) -> np.ndarray:
        seen.append((timestep, type(timestep)))
        return 0.5 * x

    result = sampler(denoise, initial_noise(SHAPE, 0), ZERO_SNR, trailing_timesteps(3), "sample", callback=trail.append)
    assert [(info.index, info.steps, info.timestep) for info in trail] == [(0, 3, 999), (1, 3, 666), (2, 3, 332)]
    assert seen == [(999, int), (666, int), (332, int)]
    assert trail[-1].x is result
    np.testing.assert_allclose(result, trail[-1].x0, rtol=1e-6)


@both_samplers
@given(steps=st.integers(1, 20), data=st.data())
def test_a_callback_that_raises_stops_at_that_step(sampler: Sampler, steps: int, data: st.DataObject) -> None:
    stop_at = data.draw(st.integers(0, steps - 1))
    calls = 0

    class StopError(Exception):
        pass

    def denoise(x: np.ndarray, timestep: int) -> np.ndarray:
        nonlocal calls
        calls += 1
        return x

    def stop(info: StepInfo) -> None:
        if info.index == stop_at:
            raise StopError

    with pytest.raises(StopError):
        sampler(denoise, initial_noise((2,), 0), ZERO_SNR, trailing_timesteps(steps), "v_prediction", callback=stop)
    assert calls == stop_at + 1


@both_samplers
@pytest.mark.parametrize("timesteps", [[], [5, 5], [1, 2], [1000], [5, -1]])
def test_impossible_timesteps_are_refused(sampler: Sampler, timesteps: list[int]) -> None:
    with pytest.raises(ValueError, match="timestep"):
        sampler(rational_denoiser, initial_noise(SHAPE, 0), ZERO_SNR, timesteps, "sample")


@both_samplers
def test_epsilon_prediction_from_pure_noise_is_refused(sampler: Sampler) -> None:
    with pytest.raises(ValueError, match="no image at alpha_bar 0"):
        sampler(rational_denoiser, initial_noise(SHAPE, 0), ZERO_SNR, trailing_timesteps(2), "epsilon")


def test_impossible_etas_are_refused() -> None:
    def run(sampler: Sampler, eta: float, noise: NoiseSource | None) -> None:
        start = initial_noise(SHAPE, 0)
        sampler(rational_denoiser, start, ZERO_SNR, trailing_timesteps(2), "sample", eta=eta, noise=noise)

    for eta in (-0.1, 1.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            run(ddim, eta, step_noise(0))
    with pytest.raises(ValueError, match="source of noise"):
        run(ddim, 0.5, None)
    with pytest.raises(ValueError, match="eta must be 0"):
        run(dpmpp_2m, 0.5, step_noise(0))


def test_the_package_loads_without_torch() -> None:
    code = "import sys, nurie.diffusion; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=False).returncode
        == 0
    )
