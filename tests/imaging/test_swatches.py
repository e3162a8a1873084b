"""Swatches: few colours that can be told apart, every painted area in one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imaging.test_painting import LEFT_ROOM, RIGHT_ROOM, painting
from nurie.imaging.fill import Fill
from nurie.imaging.oklab import difference, rgb_to_oklab
from nurie.imaging.swatches import MOST, swatches_of


def fill_of(rgb: np.ndarray[tuple[int, int], np.dtype[np.float32]], painted: list[bool]) -> Fill:
    """One area a row, each a row lower longer than the one above."""
    count = len(rgb)
    labels = np.zeros((count, count), np.uint16)
    for area in range(count):
        labels[area] = area + 1
        labels[area, : count - 1 - area] = 1
    colors = np.vstack([np.zeros((1, 3), np.float32), rgb_to_oklab(rgb)])
    rows = count + 1
    ends = np.zeros((rows, 3), np.uint8)
    numbers = np.arange(rows)
    ground = np.array([False, *painted])
    return Fill(labels, colors, ground, numbers, ends, ends, numbers.astype(np.int32), np.zeros_like(colors))


def test_a_drawing_of_two_rooms_has_two_swatches() -> None:
    made = painting("flats")
    swatches = swatches_of(made.fill)
    sheet = swatches.sheet(made.fill.labels)
    assert len(swatches.colors) == 2
    assert sheet[0, 0] == 0
    flats = made.flats()
    for room in (LEFT_ROOM, RIGHT_ROOM):
        np.testing.assert_array_equal(swatches.colors[sheet[room] - 1], flats[room][:3])


@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 40))
def test_few_enough_far_enough_and_the_nearest(seed: int, count: int, most: int) -> None:
    random = np.random.default_rng(seed)
    rgb = random.random((count, 3), np.float32)
    painted = (random.random(count) < 0.8).tolist()
    fill = fill_of(rgb, painted)
    swatches = swatches_of(fill, most)
    assert len(swatches.colors) <= min(most, sum(painted))
    assert ((swatches.numbers[1:] > 0) == painted).all()
    assert swatches.numbers.max(initial=0) == len(swatches.colors)
    lab = rgb_to_oklab(swatches.colors)
    away = difference(lab[:, None], lab[None]) + np.eye(len(lab)) * 9
    assert away.min(initial=9) > 0.015  # rounded to levels
    every = swatches_of(fill, 255)
    off = difference(rgb_to_oklab(every.colors)[every.numbers[1:][painted] - 1], rgb_to_oklab(rgb[painted]))
    assert off.max(initial=0) < 0.06  # some steps of .02, which nobody sees


def test_a_thousand_colours_become_as_many_as_are_looked_through() -> None:
    rgb = np.random.default_rng(0).random((600, 3), np.float32)
    swatches = swatches_of(fill_of(rgb, [True] * 600))
    assert len(swatches.colors) == MOST
    lab = rgb_to_oklab(swatches.colors)
    away = difference(lab[swatches.numbers[1:] - 1], rgb_to_oklab(rgb))
    assert float(np.median(away)) < 0.15


def test_nothing_painted_has_no_swatch() -> None:
    made = painting("flats")
    bare = replace(made.fill, painted=np.zeros_like(made.fill.painted))
    swatches = swatches_of(bare)
    assert len(swatches.colors) == 0
    assert not swatches.sheet(bare.labels).any()
