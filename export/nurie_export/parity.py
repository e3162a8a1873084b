"""Whether an engine computes what plain PyTorch computes, network by network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nurie.protocol import ModelError
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.correspondence import CellScores
from nurie.runtime.description import Description
from nurie.runtime.engine import Floats

__all__ = ["TOLERANCES", "Inputs", "Parity", "check", "differences", "log_p", "model_outputs", "random_inputs"]

TOLERANCES = {"matcher": 1e-3, "reference": 1e-4, "denoiser": 1e-4}
"""Largest difference in a network's output: log-probabilities (down to -20 or so), tokens, model output. All engines
compute in float32 from the same weights, so only the order of summation differs. How large tokens are is up to the
weights: where the largest is above 1, as with random ones, the difference counts as a share of it."""


class Inputs(NamedTuple):
    """Inputs of all three networks at their own canvases; several ``timesteps`` for the denoiser."""

    sketch: Floats
    photo: Floats
    image: Floats
    x_t: Floats
    drawn: Floats
    evidence: Floats
    tokens: Floats
    timesteps: tuple[int, ...]


class Parity(NamedTuple):
    """One network's largest absolute difference from PyTorch's output, and what is allowed."""

    network: str
    difference: float
    tolerance: float


def random_inputs(description: Description, seed: int = 0) -> Inputs:
    """Noise in every input, and as many tokens as two references give."""
    rng = np.random.default_rng(seed)
    config, sizes = description.preset.denoiser, description.canvases

    def noise(*shape: int) -> Floats:
        return rng.uniform(-1, 1, shape).astype(np.float32)

    def square(channels: int, size: int) -> Floats:
        return noise(1, channels, size, size)

    count = 2 * (sizes.reference // description.preset.reference.stride) ** 2
    return Inputs(
        square(1, sizes.matcher),
        square(3, sizes.matcher),
        square(3, sizes.reference),
        square(config.image_channels, sizes.denoiser),
        square(config.sketch_channels, sizes.denoiser),
        square(config.evidence_channels, sizes.denoiser),
        noise(1, count, config.token_dim),
        (999, 500, 3),
    )


def differences(engine: CanvasEngine, plain: CanvasEngine, inputs: Inputs) -> list[Parity]:
    """Compare the networks of two engines of one model; raises nothing."""
    tokens, expected = (each.network_encode(inputs.image) for each in (engine, plain))
    worst = {
        "matcher": _apart(*(log_p(each, inputs) for each in (engine, plain))),
        "reference": _apart(tokens, expected) / max(1.0, float(np.abs(expected).max())),
        "denoiser": _apart(*(model_outputs(each, inputs) for each in (engine, plain))),
    }
    return [Parity(name, worst[name], TOLERANCES[name]) for name in worst]


def check(engine: CanvasEngine, plain: CanvasEngine, inputs: Inputs) -> list[Parity]:
    """``differences``; ModelError for one that is not within its tolerance, or is no number."""
    results = differences(engine, plain, inputs)
    for result in results:
        if not result.difference <= result.tolerance:
            raise ModelError(
                f"{engine.name} differs from PyTorch by {result.difference:.2g} in the {result.network}, "
                f"more than {result.tolerance:.2g}."
            )
    return results


def model_outputs(engine: CanvasEngine, inputs: Inputs) -> Floats:
    """The denoiser's output at every timestep, one after another."""
    return np.concatenate(
        [
            engine.network_denoise(inputs.x_t, np.array([t], np.float32), inputs.drawn, inputs.evidence, inputs.tokens)
            for t in inputs.timesteps
        ]
    )


def log_p(engine: CanvasEngine, inputs: Inputs) -> Floats:
    """The matcher's answer, in one array."""
    answer = engine.network_match(inputs.sketch, inputs.photo)
    if isinstance(answer, CellScores):
        return answer.log_p
    return np.concatenate([answer.flow, answer.confidence[None]])


def _apart(first: Floats, second: Floats) -> float:
    if first.shape != second.shape:
        return float("inf")
    return float(np.abs(first - second).max())
