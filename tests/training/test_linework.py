"""Extracted line art: lines where the picture has them, paper elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.training.linework import edges, extract, top_hat, xdog


@pytest.fixture
def picture() -> NDArray[np.float32]:
    """A dark vertical stroke of 3 pixels on white, (40, 40, 3)."""
    rgb = np.ones((40, 40, 3), np.float32)
    rgb[:, 20:23] = 0.1
    return rgb


def test_every_family_draws_the_stroke(picture: NDArray[np.float32]) -> None:
    grey = picture[..., 0].copy()
    for lines in (xdog(grey), top_hat(grey), edges(picture)):
        assert lines.dtype == np.float32
        assert lines[:, 19:24].min(axis=1).max() < 0.2
        assert lines[:, :12].min() > 0.95
        assert lines[:, 30:].min() > 0.95


def test_edges_see_colours_of_one_brightness() -> None:
    rgb = np.full((20, 20, 3), (0.6, 0.2, 0.2), np.float32)
    rgb[:, 10:] = (0.2, 0.405, 0.2)
    assert edges(rgb)[:, 9:11].min() < 0.2


@given(st.integers(0, 2**32 - 1))
def test_any_style_stays_in_range_and_repeats(seed: int) -> None:
    rgb = np.random.default_rng(seed).random((24, 24, 3), dtype=np.float32)
    lines = extract(rgb, np.random.default_rng(seed))
    assert lines.shape == (24, 24)
    assert lines.min() >= 0
    assert lines.max() <= 1
    np.testing.assert_array_equal(lines, extract(rgb, np.random.default_rng(seed)))


def test_white_paper_stays_white() -> None:
    white = np.ones((24, 24, 3), np.float32)
    for seed in range(12):
        assert extract(white, np.random.default_rng(seed)).min() > 0.99


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.9), st.floats(0.1, 0.3))
def test_a_figure_is_drawn_in_any_light(seed: int, ground: float, contrast: float) -> None:
    rgb = np.full((96, 96, 3), ground, np.float32)
    rgb[24:72, 24:72] = ground + contrast
    rgb[34:37, 30:66] = ground
    share = 1 - extract(np.clip(rgb, 0, 1), np.random.default_rng(seed)).mean()
    assert share > 0.002
