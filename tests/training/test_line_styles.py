"""Drawing styles: what is drawn stays drawn, whatever with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.training.line_styles import STYLES, Ink, restyle, thinned

seeds = st.integers(0, 2**32 - 1)
styles = st.sampled_from(sorted(STYLES))


def cross() -> NDArray[np.uint8]:
    """Two strokes of 3 pixels on white, (64, 64)."""
    line = np.full((64, 64), 255, np.uint8)
    line[20:23], line[:, 40:43] = 0, 0
    return line


def ink() -> Ink:
    return np.asarray(1 - cross() / 255, np.float32)


@given(styles, seeds)
def test_every_style_draws_the_strokes_keeps_its_range_and_repeats_itself(name: str, seed: int) -> None:
    drawn = STYLES[name](ink(), np.random.default_rng(seed))
    assert drawn.shape == (64, 64)
    assert drawn.dtype == np.float32
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    paper = drawn[45:60, 5:30].mean()
    assert drawn[21].mean() > paper + 0.1
    assert drawn[:, 41].mean() > paper + 0.1
    np.testing.assert_array_equal(drawn, STYLES[name](ink(), np.random.default_rng(seed)))


@given(styles, seeds)
def test_every_style_leaves_the_given_picture_alone_and_blank_paper_nearly_blank(name: str, seed: int) -> None:
    given_ink = ink()
    STYLES[name](given_ink, np.random.default_rng(seed))
    np.testing.assert_array_equal(given_ink, ink())
    blank = STYLES[name](np.zeros((64, 64), np.float32), np.random.default_rng(seed))
    assert blank.mean() < 0.15


@given(seeds)
def test_any_mixture_leaves_lines_darker_than_paper_and_repeats_itself(seed: int) -> None:
    drawn = restyle(cross(), np.random.default_rng(seed))
    assert drawn.shape == (64, 64)
    assert drawn.dtype == np.uint8
    assert drawn[21].mean() < drawn[45:60, 5:30].mean() - 12
    np.testing.assert_array_equal(drawn, restyle(cross(), np.random.default_rng(seed)))


@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_thinning_leaves_one_whole_thin_stroke_of_any_width(width: int) -> None:
    thick = np.zeros((64, 64), np.float32)
    thick[10:50, 30 : 30 + width] = 1
    drawn = thinned(thick, np.random.default_rng(0)) > 0.3
    columns = np.flatnonzero(drawn.any(axis=0))
    assert len(columns) <= 3
    assert drawn[14:46, columns].any(axis=1).all()


def test_thinning_leaves_solid_black_solid() -> None:
    area = np.zeros((64, 64), np.float32)
    area[16:48, 16:48] = 1
    assert thinned(area, np.random.default_rng(0))[18:46, 18:46].min() > 0.7
