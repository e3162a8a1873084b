"""The conversions between x0, epsilon, v and x_t undo each other, on numpy arrays and torch tensors alike."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nurie.diffusion import PredictionType, add_noise, to_epsilon, to_output, to_x0, training_target

KINDS: tuple[PredictionType, ...] = get_args(PredictionType)
IMAGES = arrays(np.float64, (2, 3), elements=st.floats(-4, 4))
# Away from both ends, so that dividing by sqrt(alpha_bar) or sqrt(1 - alpha_bar) costs at most three digits.
LEVELS = st.floats(1e-6, 1 - 1e-6)


@given(st.sampled_from(KINDS), IMAGES, IMAGES, LEVELS)
def test_output_names_the_image_and_the_noise(
    kind: PredictionType, x0: np.ndarray, noise: np.ndarray, alpha_bar: float
) -> None:
    x_t = add_noise(x0, noise, alpha_bar)
    output = training_target(kind, x0, noise, alpha_bar)
    np.testing.assert_allclose(to_x0(kind, output, x_t, alpha_bar), x0, atol=1e-11)
    np.testing.assert_allclose(to_epsilon(kind, output, x_t, alpha_bar), noise, atol=1e-11)


@given(st.sampled_from(KINDS), IMAGES, IMAGES, LEVELS)
def test_output_to_parts_and_back(kind: PredictionType, output: np.ndarray, x_t: np.ndarray, alpha_bar: float) -> None:
    x0, epsilon = to_x0(kind, output, x_t, alpha_bar), to_epsilon(kind, output, x_t, alpha_bar)
    scale = 1 + np.abs(x0).max() + np.abs(epsilon).max()
    np.testing.assert_allclose(to_output(kind, x0, epsilon, alpha_bar), output, atol=1e-12 * scale)
    np.testing.assert_allclose(add_noise(x0, epsilon, alpha_bar), x_t, atol=1e-12 * scale)


@given(IMAGES, IMAGES)
def test_zero_snr_is_pure_noise_and_v_is_minus_x0(x0: np.ndarray, noise: np.ndarray) -> None:
    x_t = add_noise(x0, noise, 0.0)
    output = training_target("v_prediction", x0, noise, 0.0)
    assert np.array_equal(x_t, noise)
    assert np.array_equal(output, -x0)
    assert np.array_equal(to_x0("v_prediction", output, x_t, 0.0), -output)
    assert np.array_equal(to_epsilon("v_prediction", output, x_t, 0.0), x_t)
    assert np.array_equal(to_epsilon("sample", x0, x_t, 0.0), x_t)


@pytest.mark.parametrize("level", [0.0, np.float64(0.0), 0, np.array([[0.5], [0.0]]), torch.tensor([[0.0], [0.5]])])
def test_epsilon_at_zero_snr_is_refused(level: float | np.ndarray | torch.Tensor) -> None:
    images = torch.ones(2, 3) if isinstance(level, torch.Tensor) else np.ones((2, 3))
    with pytest.raises(ValueError, match="no image at alpha_bar 0"):
        to_x0("epsilon", images, images, level)


def test_the_noise_of_a_clean_image_is_refused() -> None:
    with pytest.raises(ValueError, match="no noise to recover"):
        to_epsilon("sample", np.ones(3), np.ones(3), 1.0)


@pytest.mark.parametrize("convert", [to_output, to_x0, to_epsilon, training_target])
def test_unknown_kinds_are_refused(convert: object) -> None:
    assert callable(convert)
    with pytest.raises(ValueError, match="unknown prediction type 'flow'"):
        convert("flow", np.ones(3), np.ones(3), 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_levels_equals_one_level_at_a_time(kind: PredictionType) -> None:
    generator = np.random.default_rng(0)
    x0, noise = generator.uniform(-1, 1, (3, 1, 2, 2)), generator.standard_normal((3, 1, 2, 2))
    levels = [0.1, 0.5, 0.9]
    level_batch = np.array(levels)[:, None, None, None]
    x_t = add_noise(x0, noise, level_batch)
    output = training_target(kind, x0, noise, level_batch)
    recovered = to_x0(kind, output, x_t, level_batch)
    for i, level in enumerate(levels):
        np.testing.assert_allclose(x_t[i], add_noise(x0[i], noise[i], level), atol=1e-15)
        np.testing.assert_allclose(output[i], training_target(kind, x0[i], noise[i], level), atol=1e-15)
        np.testing.assert_allclose(recovered[i], x0[i], atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.3, np.float64(0.3)])
def test_numpy_and_torch_agree_and_keep_float32(kind: PredictionType, level: float) -> None:
    generator = np.random.default_rng(0)
    output, x_t = (generator.standard_normal((2, 3, 4, 4), dtype=np.float32) for _ in range(2))
    tensors = torch.from_numpy(output), torch.from_numpy(x_t)
    for convert in (to_x0, to_epsilon):
        array, tensor = convert(kind, output, x_t, level), convert(kind, *tensors, level)
        assert array.dtype == np.float32
        assert tensor.dtype == torch.float32
        np.testing.assert_allclose(array, tensor.numpy(), rtol=0, atol=2e-6)
    assert add_noise(output, x_t, level).dtype == np.float32
    assert training_target(kind, *tensors, level).dtype == torch.float32
