"""Guidance: the law of the two scales, and no call whose answer would count for nothing."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nurie.diffusion import (
    Denoiser,
    PredictionType,
    combine,
    ddim,
    guidance_weights,
    guided,
    initial_noise,
    make_schedule,
    to_x0,
    trailing_timesteps,
)

IMAGES = arrays(np.float64, (2, 3), elements=st.floats(-4, 4))
SCALES = st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.floats(0, 10))


def counted(calls: list[str], name: str, slope: float) -> Denoiser:
    def denoise(x: Any, timestep: int) -> Any:
        calls.append(name)
        return slope * x + 0.001 * timestep

    return denoise


@given(IMAGES, IMAGES, IMAGES, SCALES, SCALES)
def test_each_scale_stretches_the_step_that_adds_its_condition(
    none: np.ndarray, reference: np.ndarray, full: np.ndarray, reference_scale: float, evidence_scale: float
) -> None:
    result = combine(none, reference, full, reference_scale, evidence_scale)
    expected = none + reference_scale * (reference - none) + evidence_scale * (full - reference)
    np.testing.assert_allclose(result, expected, atol=1e-12)


@given(IMAGES, SCALES, SCALES)
def test_predictions_that_agree_are_left_alone(
    image: np.ndarray, reference_scale: float, evidence_scale: float
) -> None:
    np.testing.assert_allclose(combine(image, image, image, reference_scale, evidence_scale), image, atol=1e-12)


@given(IMAGES, IMAGES, IMAGES, IMAGES, SCALES, SCALES, st.floats(0.01, 0.99))
def test_guiding_outputs_equals_guiding_pictures(
    none: np.ndarray,
    reference: np.ndarray,
    full: np.ndarray,
    x_t: np.ndarray,
    reference_scale: float,
    evidence_scale: float,
    alpha_bar: float,
) -> None:
    for kind in get_args(PredictionType):
        after = to_x0(kind, combine(none, reference, full, reference_scale, evidence_scale), x_t, alpha_bar)
        x0s: list[Any] = [to_x0(kind, output, x_t, alpha_bar) for output in (none, reference, full)]
        np.testing.assert_allclose(combine(x0s[0], x0s[1], x0s[2], reference_scale, evidence_scale), after, atol=1e-10)


@pytest.mark.parametrize(
    ("reference_scale", "evidence_scale", "expected"),
    [
        (1.0, 1.0, ["full"]),
        (1.0, 0.0, ["reference"]),
        (0.0, 0.0, ["none"]),
        (1.0, 2.0, ["reference", "full"]),
        (2.0, 2.0, ["none", "full"]),
        (2.0, 0.0, ["none", "reference"]),
        (0.0, 1.0, ["none", "reference", "full"]),
        (3.0, 1.5, ["none", "reference", "full"]),
    ],
)
def test_only_predictions_that_count_are_made(
    reference_scale: float, evidence_scale: float, expected: list[str]
) -> None:
    calls: list[str] = []
    none, reference, full = (counted(calls, *part) for part in (("none", 0.1), ("reference", 0.2), ("full", 0.4)))
    x = initial_noise((2, 3), 0)
    result = guided(none, reference, full, reference_scale, evidence_scale)(x, 500)
    assert calls == expected
    np.testing.assert_allclose(
        result,
        combine(none(x, 500), reference(x, 500), full(x, 500), reference_scale, evidence_scale),
        rtol=0,
        atol=1e-6,
    )


def test_scales_of_one_return_the_full_prediction_itself() -> None:
    full = np.ones((2, 3), dtype=np.float32)
    assert combine(None, None, full) is full


def test_scales_of_one_cost_one_call_a_step_and_change_no_byte_of_a_run() -> None:
    calls: list[str] = []
    full = counted(calls, "full", 0.4)
    other = counted(calls, "other", 0.1)

    def run(denoise: Denoiser) -> Any:
        start = initial_noise((1, 3, 4, 4), 0)
        return ddim(denoise, start, make_schedule(), trailing_timesteps(5), "v_prediction")

    plain = run(full)
    calls.clear()
    assert run(guided(other, other, full, 1.0, 1.0)).tobytes() == plain.tobytes()
    assert calls == ["full"] * 5


def test_torch_and_numpy_agree_and_keep_float32() -> None:
    none, reference, full = (initial_noise((2, 3), seed) for seed in range(3))
    array = combine(none, reference, full, 2.5, 1.5)
    tensor = combine(torch.from_numpy(none), torch.from_numpy(reference), torch.from_numpy(full), 2.5, 1.5)
    assert array.dtype == np.float32
    assert tensor.dtype == torch.float32
    np.testing.assert_allclose(array, tensor.numpy(), rtol=0, atol=2e-6)


def test_a_missing_prediction_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        combine(None, np.ones(3), np.ones(3), 2.0, 1.0)


@pytest.mark.parametrize("scale", [-0.5, float("inf"), float("nan")])
def test_impossible_scales_are_refused_before_any_call(scale: float) -> None:
    calls: list[str] = []
    part = counted(calls, "part", 1.0)
    with pytest.raises(ValueError, match="reference guidance scale"):
        guided(part, part, part, scale, 1.0)
    with pytest.raises(ValueError, match="evidence guidance scale"):
        guidance_weights(1.0, scale)
    assert calls == []
