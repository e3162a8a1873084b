"""What the engines share, around networks that only note what they are given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import models
from nurie.model.presets import preset
from nurie.runtime.canvas import CanvasEngine, resize
from nurie.runtime.choice import Choice
from nurie.runtime.correspondence import CellScores
from nurie.runtime.description import Description
from nurie.runtime.engine import Engine, Floats


class Noting(CanvasEngine):
    name = "noting"

    def __init__(self, description: Description) -> None:
        super().__init__(description, "cpu", "none", Choice.plain("onnx"))
        self.seen: list[tuple[int, ...]] = []

    def network_encode(self, image: Floats) -> Floats:
        self.seen = [image.shape]
        return np.zeros((1, 4, 24), np.float32)

    def network_match(self, sketch: Floats, reference: Floats) -> CellScores:
        self.seen = [sketch.shape, reference.shape]
        return CellScores(np.log(np.full((36, 37), 1 / 37, np.float32)))

    def network_denoise(self, x_t: Floats, t: Floats, sketch: Floats, evidence: Floats, tokens: Floats) -> Floats:
        assert t.dtype == np.float32
        self.seen = [x_t.shape, t.shape, sketch.shape, evidence.shape, tokens.shape]
        assert all(array.flags["C_CONTIGUOUS"] for array in (x_t, sketch, evidence, tokens))
        return x_t


def picture(channels: int, size: int = 64) -> Floats:
    return np.random.default_rng(channels).uniform(-1, 1, (1, channels, size, size)).astype(np.float32)


def test_every_network_sees_its_own_canvas() -> None:
    engine = Noting(models.describe())
    as_engine: Engine = engine
    assert (as_engine.model, as_engine.canvas_size, as_engine.sampling) == ("small", 64, models.SAMPLING)
    engine.encode_reference(picture(3))
    assert engine.seen == [(1, 3, 32, 32)]
    found = engine.match(picture(1), picture(3))
    assert engine.seen == [(1, 1, 48, 48), (1, 3, 48, 48)]
    assert found.flow.shape == (6, 6, 2)
    engine.denoise(picture(3), 7, picture(1), picture(4), np.zeros((1, 9, 24), np.float32))
    assert engine.seen == [(1, 3, 64, 64), (1,), (1, 1, 64, 64), (1, 4, 64, 64), (1, 9, 24)]


def test_the_papers_networks_take_the_sketch_as_rgb_and_no_confidence() -> None:
    engine = Noting(replace(models.describe(), preset=replace(preset("paper"), prediction_type="sample")))
    engine.denoise(picture(3), 7, picture(1), picture(4), np.zeros((1, 9, 256), np.float32))
    assert engine.seen == [(1, 3, 64, 64), (1,), (1, 3, 64, 64), (1, 3, 64, 64), (1, 9, 256)]


@pytest.mark.parametrize("wrong", [picture(3, 32), picture(1), picture(3)[0], picture(3).astype(np.float64)])
def test_a_canvas_of_the_wrong_kind_is_a_bug_not_a_guess(wrong: Floats) -> None:
    with pytest.raises(ValueError, match="the reference must be float32"):
        Noting(models.describe()).encode_reference(wrong)


@settings(max_examples=20)
@given(st.sampled_from([8, 16, 32]), st.sampled_from([1, 2, 4]), st.integers(1, 4))
def test_shrinking_by_whole_factors_averages(size: int, factor: int, channels: int) -> None:
    large = picture(channels, size * factor)
    expected = large.reshape(1, channels, size, factor, size, factor).mean(axis=(3, 5))
    small = resize(large, size)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, expected, atol=1e-5)


@given(st.floats(-1, 1, width=32), st.integers(16, 64))
@settings(max_examples=20)
def test_shrinking_keeps_flat_colour(value: float, size: int) -> None:
    small = resize(np.full((1, 3, 64, 64), value, np.float32), size)
    np.testing.assert_allclose(small, np.full((1, 3, size, size), value), atol=1e-5)
