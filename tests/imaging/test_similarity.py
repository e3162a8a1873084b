"""The move, scaling and mirroring that most places share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurie.imaging.similarity import similarity


@settings(max_examples=40, deadline=None)
@given(
    scale=st.floats(0.3, 1.5),
    mirrored=st.booleans(),
    dx=st.floats(-0.5, 0.5),
    dy=st.floats(-0.5, 0.5),
    astray=st.floats(0, 0.4),
    seed=st.integers(0, 2**16),
)
def test_it_is_found_among_partners_that_are_wrong(
    scale: float, mirrored: bool, dx: float, dy: float, astray: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    places = rng.random((300, 2))
    partners = places * (-scale if mirrored else scale, scale) + (dx, dy)
    wrong = rng.random(300) < astray
    partners[wrong] = rng.random((int(wrong.sum()), 2)) * 4 - 2
    found = similarity(places, partners, np.ones(300))
    assert found is not None
    assert found.mirrored == mirrored
    assert found.scale == pytest.approx(scale, abs=0.02)
    assert found(0.5, 0.5) == pytest.approx((0.5 * (-scale if mirrored else scale) + dx, 0.5 * scale + dy), abs=0.02)
    assert found.share >= 1 - wrong.mean() - 1e-9


def test_what_counts_for_nothing_says_nothing() -> None:
    places = np.random.default_rng(1).random((200, 2))
    weights = np.ones(200)
    weights[100:] = 1e-6
    partners = np.where((np.arange(200) < 100)[:, None], places / 2, 1 - places)
    found = similarity(places, partners, weights)
    assert found is not None
    assert found.scale == pytest.approx(0.5, abs=0.01)
    assert found.share > 0.999


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_places_on_one_spot_tell_no_scale(count: int) -> None:
    places = np.full((count, 2), 0.5)
    assert similarity(places, places, np.ones(count)) is None


def test_it_repeats_itself() -> None:
    rng = np.random.default_rng(2)
    places, partners = rng.random((2, 100, 2))
    assert similarity(places, partners, np.ones(100)) == similarity(places, partners, np.ones(100))
