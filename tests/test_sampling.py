from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.diffusion.samplers import StepInfo
from nurie.protocol import Cancelled
from nurie.sampling import Conditions, Sampling, sample

Floats = NDArray[np.float32]


class Painter:
    """A denoiser that always predicts one clean picture; it notes which conditions each call had."""

    def __init__(self, colour: float) -> None:
        self.colour = colour
        self.calls: list[tuple[bool, bool]] = []

    def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        self.calls.append((bool(evidence.any()), bool(tokens.any())))
        return np.full_like(x_t, self.colour)


CONDITIONS = Conditions(
    np.ones((1, 1, 32, 32), np.float32), np.ones((1, 4, 32, 32), np.float32), np.ones((1, 4, 8), np.float32)
)
PICTURE = Sampling(prediction_type="sample")


@settings(max_examples=20)
@given(st.integers(1, 100), st.floats(-1, 1, width=32), st.sampled_from(["ddim", "dpmpp_2m"]))
def test_a_sure_denoiser_is_believed_in_any_number_of_steps(steps: int, colour: float, sampler: str) -> None:
    painter = Painter(colour)
    sampling = Sampling.from_dict({"prediction_type": "sample", "sampler": sampler})
    picture = sample(painter, CONDITIONS, sampling, steps=steps, seed=0, guidance=(1.0, 1.0))
    assert picture.shape == (1, 3, 32, 32)
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture, colour, atol=1e-5)
    assert painter.calls == [(True, True)] * steps


@pytest.mark.parametrize(("steps", "wanted"), [(1, 999), (4, 249), (8, 249), (50, 249), (100, 249)])
def test_long_runs_end_where_the_model_learned_to_end(steps: int, wanted: int) -> None:
    at: list[int] = []

    class Watched(Painter):
        def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
            at.append(t)
            return super().denoise(x_t, t, sketch, evidence, tokens)

    sample(Watched(0.5), CONDITIONS, PICTURE, steps=steps, seed=0, guidance=(1.0, 1.0))
    assert len(at) == steps
    assert (at[0], at[-1]) == (999, wanted)


def test_each_guidance_scale_drops_its_own_condition() -> None:
    painter = Painter(0.5)
    sample(painter, CONDITIONS, PICTURE, steps=1, seed=0, guidance=(2.0, 3.0))
    assert sorted(painter.calls) == [(False, False), (False, True), (True, True)]


def test_the_seed_decides_the_noise() -> None:
    class Echo(Painter):
        def denoise(self, x_t: Floats, t: int, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
            return np.asarray(x_t * 0.1, dtype=np.float32)

    def run(seed: int) -> Floats:
        return sample(Echo(0), CONDITIONS, PICTURE, steps=2, seed=seed, guidance=(1.0, 1.0))

    np.testing.assert_array_equal(run(7), run(7))
    assert np.abs(run(7) - run(8)).max() > 0.01


def test_the_callback_sees_every_step_and_can_stop() -> None:
    seen: list[int] = []

    def stop_at_third(info: StepInfo) -> None:
        seen.append(info.index)
        if info.index == 2:
            raise Cancelled

    painter = Painter(0.0)
    with pytest.raises(Cancelled):
        sample(painter, CONDITIONS, PICTURE, steps=8, seed=0, guidance=(1.0, 1.0), callback=stop_at_third)
    assert seen == [0, 1, 2]
    assert len(painter.calls) == 3


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"steps": 101}, {"sampler": "euler"}, {"prediction_type": "flow"}, {"pace": 3}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"steps|sampler|prediction_type|pace"):
        Sampling.from_dict(wrong)
