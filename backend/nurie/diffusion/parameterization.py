"""What a denoiser predicts, and the conversions between x0, epsilon, v and the noisy image.

Everything is plain arithmetic that numpy arrays and torch tensors share, so this file imports neither. `alpha_bar` is a
float in [0, 1], or an array of the images' own library, dtype and device that broadcasts over them, e.g. (B, 1, 1, 1).
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

Array: TypeAlias = Any  # a numpy array or a torch tensor; the two share no static type
PredictionType = Literal["epsilon", "v_prediction", "sample"]


def signal_and_noise(alpha_bar: Array) -> tuple[Array, Array]:
    """The factors sqrt(alpha_bar) and sqrt(1 - alpha_bar), of alpha_bar's kind."""
    if isinstance(alpha_bar, (int, float)):
        alpha_bar = float(alpha_bar)  # a numpy float64 scalar would turn a float32 image into float64
    return alpha_bar**0.5, (1.0 - alpha_bar) ** 0.5


def add_noise(x0: Array, noise: Array, alpha_bar: Array) -> Array:
    """x_t, the clean image with noise mixed in: exactly `noise` at alpha_bar 0 (Ho et al. 2020, eq. 4)."""
    signal, sigma = signal_and_noise(alpha_bar)
    return signal * x0 + sigma * noise


def to_output(kind: PredictionType, x0: Array, epsilon: Array, alpha_bar: Array) -> Array:
    """What a denoiser of this kind outputs when it means (x0, epsilon); v as in Salimans & Ho 2022, appendix D."""
    if kind == "epsilon":
        return epsilon
    if kind == "sample":
        return x0
    if kind == "v_prediction":
        signal, sigma = signal_and_noise(alpha_bar)
        return signal * epsilon - sigma * x0
    raise _unknown(kind)


def training_target(kind: PredictionType, x0: Array, noise: Array, alpha_bar: Array) -> Array:
    """What the denoiser learns to output for x_t = add_noise(x0, noise, alpha_bar)."""
    return to_output(kind, x0, noise, alpha_bar)


def to_x0(kind: PredictionType, output: Array, x_t: Array, alpha_bar: Array) -> Array:
    """The clean image that `output` stands for; with v-prediction exactly -output at alpha_bar 0.

    Raises ValueError for epsilon at alpha_bar 0: pure noise names no image.
    """
    if kind == "sample":
        return output
    signal, sigma = signal_and_noise(alpha_bar)
    if kind == "v_prediction":
        return signal * x_t - sigma * output
    if kind == "epsilon":
        if _any_zero(signal):
            raise ValueError("an epsilon prediction holds no image at alpha_bar 0: use v_prediction or sample there")
        return (x_t - sigma * output) / signal
    raise _unknown(kind)


def to_epsilon(kind: PredictionType, output: Array, x_t: Array, alpha_bar: Array) -> Array:
    """The noise that `output` stands for; ValueError for `sample` at alpha_bar 1, where x_t holds none."""
    if kind == "epsilon":
        return output
    signal, sigma = signal_and_noise(alpha_bar)
    if kind == "v_prediction":
        return signal * output + sigma * x_t
    if kind == "sample":
        if _any_zero(sigma):
            raise ValueError("a clean image holds no noise to recover at alpha_bar 1")
        return (x_t - signal * output) / sigma
    raise _unknown(kind)


def _any_zero(factor: Array) -> bool:
    zero = factor == 0.0
    return zero if isinstance(zero, bool) else bool(zero.any())


def _unknown(kind: str) -> ValueError:
    return ValueError(f"unknown prediction type {kind!r}: choose from {', '.join(get_args(PredictionType))}")
