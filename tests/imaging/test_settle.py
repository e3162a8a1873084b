"""Colour evens out inside a shape, stops at lines and leaves the ground alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.imaging.settle import settle, widen_ground

SIDE = 96
OPEN: NDArray[np.float32] = np.zeros((SIDE, SIDE), np.float32)
NO_GROUND = np.zeros((SIDE, SIDE), bool)


def blotchy(seed: int, colour: tuple[float, float, float]) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(0, 0.08, (SIDE, SIDE, 3))
    return np.clip(np.array(colour) + noise, 0, 1).astype(np.float32)


@given(st.integers(0, 1000))
def test_an_even_colour_stays_and_blotches_fade(seed: int) -> None:
    even = np.full((SIDE, SIDE, 3), 0.4, np.float32)
    np.testing.assert_allclose(settle(even, NO_GROUND, OPEN), even, atol=1e-5)
    picture = blotchy(seed, (0.6, 0.3, 0.5))
    settled = settle(picture, NO_GROUND, OPEN)
    assert settled.std(axis=(0, 1)).max() < picture.std(axis=(0, 1)).min() / 3
    assert settled.min() >= picture.min() - 1e-5
    assert settled.max() <= picture.max() + 1e-5


def test_two_colours_beside_a_line_do_not_mix() -> None:
    picture = np.zeros((SIDE, SIDE, 3), np.float32)
    picture[:, : SIDE // 2] = (0.8, 0.1, 0.1)
    picture[:, SIDE // 2 :] = (0.1, 0.1, 0.8)
    line = OPEN.copy()
    line[:, SIDE // 2 - 1 : SIDE // 2 + 1] = 1
    clear = np.abs(np.arange(SIDE) - SIDE / 2 + 0.5) > 1
    changed = np.abs(settle(picture, NO_GROUND, line) - picture).max(axis=2)[:, clear].max()
    assert changed < 0.02 < np.abs(settle(picture, NO_GROUND, OPEN) - picture).max()


def test_ground_keeps_its_white_and_lends_it_to_nobody() -> None:
    picture = np.ones((SIDE, SIDE, 3), np.float32)
    picture[20:70, 20:70] = (0.2, 0.5, 0.3)
    ground = (picture == 1).all(axis=2)
    np.testing.assert_allclose(settle(picture, ground, OPEN), picture, atol=2e-2)
    assert (settle(picture, ground, OPEN)[ground] == 1).all()


def test_spill_beside_an_outline_is_ground_and_the_figure_is_not() -> None:
    ink = OPEN.copy()
    ink[28:68, 28:68] = 1
    ink[30:66, 30:66] = 0  # an outline two pixels wide
    ground = np.ones((SIDE, SIDE), bool)
    ground[27:69, 27:69] = False  # a pixel was spilled around it
    wide = widen_ground(ground, ink)
    assert wide[ground].all()
    assert wide[27, 27:69].all()
    assert not wide[28:68, 28:68].any()


def test_no_ground_stays_none() -> None:
    assert not widen_ground(NO_GROUND, OPEN).any()
