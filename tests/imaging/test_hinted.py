"""A stroke's colour fills what its lines enclose: wholly, at any size, and nothing else."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.drawings import figure_ink
from imaging.shapes import draw_lines, enclosed, shape_labels
from nurie.imaging.canvas import Placement
from nurie.imaging.evidence import Evidence
from nurie.imaging.hinted import fill_areas, hinted_areas

SHAPE = (300, 400)
SIZE = 200
PLACEMENT = Placement(0, -50, 400, SIZE)
"""Every canvas pixel shows two by two of the drawing's."""
LEFT, RIGHT = (140, 150), (260, 150)
COLORS = st.tuples(*[st.integers(0, 255)] * 3)
Color = tuple[int, int, int]


def dabs(*given: tuple[tuple[int, int], Color], shape: tuple[int, int] = SHAPE, radius: int = 5) -> NDArray[np.uint8]:
    hints = np.zeros((*shape, 4), np.uint8)
    for place, color in given:
        cv2.circle(hints, place, radius, (*color, 255), cv2.FILLED)
    return hints


def at(picture: NDArray[Any], place: tuple[int, int]) -> NDArray[Any]:
    """A canvas array's value at a place (x, y) of the drawing."""
    return np.asarray(picture[(place[1] + 50) // 2, place[0] // 2])


@settings(max_examples=15)
@given(COLORS, st.integers(2, 6))
def test_a_dab_fills_its_room_and_no_other(color: Color, width: int) -> None:
    colors, there = hinted_areas(figure_ink(SHAPE, width), dabs((LEFT, color)), PLACEMENT)
    assert np.abs((colors[there] + 1) * 127.5 - color).max() < 0.01
    inside = np.zeros(SHAPE, np.bool_)
    inside[60 + width : 240 - width, 80 + width : 200 - width] = True
    shown = np.zeros((SIZE, SIZE), np.bool_)
    shown[25:175] = inside[::2, ::2] & inside[1::2, 1::2]
    assert there[shown].all()
    beyond = cv2.dilate(shown.astype(np.uint8), np.ones((2 * width + 3, 2 * width + 3))) == 0
    assert not there[beyond].any()


def test_two_dabs_part_a_room_and_two_rooms_have_their_own() -> None:
    ink = figure_ink(SHAPE, 3)
    red, blue = (200, 20, 30), (20, 30, 200)
    colors, there = hinted_areas(ink, dabs((LEFT, red), (RIGHT, blue)), PLACEMENT)
    assert at(there, LEFT)
    assert at(there, RIGHT)
    np.testing.assert_allclose((at(colors, LEFT) + 1) * 127.5, red, atol=0.1)
    np.testing.assert_allclose((at(colors, RIGHT) + 1) * 127.5, blue, atol=0.1)
    upper, lower = (140, 80), (140, 220)
    colors, there = hinted_areas(ink, dabs((upper, red), (lower, blue)), PLACEMENT)
    np.testing.assert_allclose((at(colors, (140, 95)) + 1) * 127.5, red, atol=0.1)
    np.testing.assert_allclose((at(colors, (140, 205)) + 1) * 127.5, blue, atol=0.1)


def test_the_ground_is_no_area() -> None:
    _, there = hinted_areas(figure_ink(SHAPE, 3), dabs(((20, 20), (200, 20, 30))), PLACEMENT)
    assert not there.any()


def test_no_strokes_are_no_areas() -> None:
    _, there = hinted_areas(figure_ink(SHAPE, 3), np.zeros((*SHAPE, 4), np.uint8), PLACEMENT)
    assert not there.any()


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_what_lines_close_is_filled_wholly(seed: int) -> None:
    shapes = shape_labels(seed, 420, 500)
    truth = enclosed(shapes, 4)
    ink = draw_lines(shapes, 4)
    placement = Placement(0, -40, 500, 250)
    areas = np.bincount(truth.ravel())
    # The largest is the ground.
    for area in np.argsort(-areas[1:])[1:4] + 1:
        room = cv2.distanceTransform((truth == area).astype(np.uint8), cv2.DIST_L2, 5)
        row, column = np.unravel_index(int(room.argmax()), room.shape)
        hints = dabs(((int(column), int(row)), (10, 200, 90)), shape=(420, 500), radius=4)
        _, there = hinted_areas(ink, hints, placement)
        shown = there[20:230]
        own, other = (truth == area)[::2, ::2], ((truth != area) & (truth > 0))[::2, ::2]
        assert shown[own].mean() > 0.98
        assert (shown & other).sum() < 0.02 * own.sum()


def test_large_drawings_are_seen_as_small_ones() -> None:
    """At six times the size, with lines as thick, the same canvas."""
    small = hinted_areas(figure_ink(SHAPE, 3), dabs((LEFT, (10, 20, 30))), PLACEMENT)[1]
    shape = (SHAPE[0] * 6, SHAPE[1] * 6)
    hints = dabs(((LEFT[0] * 6, LEFT[1] * 6), (10, 20, 30)), shape=shape, radius=30)
    large = hinted_areas(figure_ink(shape, 18), hints, Placement(0, -300, 2400, SIZE))[1]
    assert (small & large).sum() > 0.97 * (small | large).sum()


def test_areas_are_certain_and_all_else_stays() -> None:
    rng = np.random.default_rng(0)
    found = Evidence(rng.uniform(-1, 1, (8, 8, 3)).astype(np.float32), rng.uniform(0, 1, (8, 8)).astype(np.float32))
    colors = rng.uniform(-1, 1, (8, 8, 3)).astype(np.float32)
    there = rng.random((8, 8)) < 0.5
    filled = fill_areas(found, colors, there)
    np.testing.assert_array_equal(filled.rgb, np.where(there[..., None], colors, found.rgb))
    np.testing.assert_array_equal(filled.confidence, np.where(there, np.float32(1), found.confidence))
