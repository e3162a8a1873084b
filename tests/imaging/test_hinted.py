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

SHAPE = (600, 800)
SIZE = 400
PLACEMENT = Placement(0, -100, 800, SIZE)
"""Every canvas pixel shows two by two of the drawing's."""
LEFT, RIGHT = (352, 300), (448, 300)
COLORS = st.tuples(*[st.integers(0, 255)] * 3)
Color = tuple[int, int, int]


def rooms(width: int, times: int = 1) -> NDArray[np.float32]:
    """Two rooms side by side in the middle of a page, each 144 x 96 pixels, ``times`` as large."""
    ink = np.zeros((SHAPE[0] * times, SHAPE[1] * times), np.float32)
    ink[180 * times : 420 * times, 240 * times : 560 * times] = figure_ink((240 * times, 320 * times), width * times)
    return ink


def dabs(*given: tuple[tuple[int, int], Color], shape: tuple[int, ...] = SHAPE, radius: int = 5) -> NDArray[np.uint8]:
    hints = np.zeros((*shape, 4), np.uint8)
    for place, color in given:
        cv2.circle(hints, place, radius, (*color, 255), cv2.FILLED)
    return hints


def at(picture: NDArray[Any], place: tuple[int, int]) -> NDArray[Any]:
    """A canvas array's value at a place (x, y) of the drawing."""
    return np.asarray(picture[(place[1] + 100) // 2, place[0] // 2])


@settings(max_examples=15)
@given(COLORS, st.integers(2, 6))
def test_a_dab_fills_its_room_and_no_other(color: Color, width: int) -> None:
    colors, there = hinted_areas(rooms(width), dabs((LEFT, color)), PLACEMENT)
    assert np.abs((colors[there] + 1) * 127.5 - color).max() < 0.01
    inside = np.zeros(SHAPE, np.bool_)
    inside[228 + width : 372 - width, 304 + width : 400 - width] = True
    shown = np.zeros((SIZE, SIZE), np.bool_)
    shown[50:350] = inside[::2, ::2] & inside[1::2, 1::2]
    assert there[shown].all()
    beyond = cv2.dilate(shown.astype(np.uint8), np.ones((2 * width + 3, 2 * width + 3))) == 0
    assert not there[beyond].any()


def test_two_dabs_part_a_room_and_two_rooms_have_their_own() -> None:
    ink = rooms(3)
    red, blue = (200, 20, 30), (20, 30, 200)
    colors, there = hinted_areas(ink, dabs((LEFT, red), (RIGHT, blue)), PLACEMENT)
    assert at(there, LEFT)
    assert at(there, RIGHT)
    np.testing.assert_allclose((at(colors, LEFT) + 1) * 127.5, red, atol=0.1)
    np.testing.assert_allclose((at(colors, RIGHT) + 1) * 127.5, blue, atol=0.1)
    upper, lower = (352, 245), (352, 355)
    colors, there = hinted_areas(ink, dabs((upper, red), (lower, blue)), PLACEMENT)
    np.testing.assert_allclose((at(colors, (352, 260)) + 1) * 127.5, red, atol=0.1)
    np.testing.assert_allclose((at(colors, (352, 340)) + 1) * 127.5, blue, atol=0.1)


def test_the_ground_is_no_area() -> None:
    _, there = hinted_areas(rooms(3), dabs(((20, 20), (200, 20, 30))), PLACEMENT)
    assert not there.any()


def test_what_is_large_is_no_area() -> None:
    """Half a figure, where lines are open."""
    ink = figure_ink(SHAPE, 3)
    _, there = hinted_areas(ink, dabs(((280, 300), (200, 20, 30))), PLACEMENT)
    assert not there.any()


def test_no_strokes_are_no_areas() -> None:
    _, there = hinted_areas(rooms(3), np.zeros((*SHAPE, 4), np.uint8), PLACEMENT)
    assert not there.any()


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_what_lines_close_is_filled_wholly(seed: int) -> None:
    shapes = shape_labels(seed, 420, 500)
    around = ((210, 210), (250, 250))
    truth = np.pad(enclosed(shapes, 4), around)
    ink = np.pad(draw_lines(shapes, 4), around)
    placement = Placement(0, -80, 1000, 500)
    areas = np.bincount(truth.ravel())
    # The largest is the ground.
    for area in np.argsort(-areas[1:])[1:4] + 1:
        room = cv2.distanceTransform((truth == area).astype(np.uint8), cv2.DIST_L2, 5)
        row, column = np.unravel_index(int(room.argmax()), room.shape)
        hints = dabs(((int(column), int(row)), (10, 200, 90)), shape=truth.shape, radius=4)
        _, there = hinted_areas(ink, hints, placement)
        shown = there[40:460]
        own, other = (truth == area)[::2, ::2], ((truth != area) & (truth > 0))[::2, ::2]
        assert shown[own].mean() > 0.98
        assert (shown & other).sum() < 0.02 * own.sum()


def test_large_drawings_are_seen_as_small_ones() -> None:
    """At four times the size, with lines as thick, the same canvas."""
    small = hinted_areas(rooms(3), dabs((LEFT, (10, 20, 30))), PLACEMENT)[1]
    hints = dabs(((LEFT[0] * 4, LEFT[1] * 4), (10, 20, 30)), shape=(SHAPE[0] * 4, SHAPE[1] * 4), radius=20)
    large = hinted_areas(rooms(3, 4), hints, Placement(0, -400, 3200, SIZE))[1]
    assert small.any()
    assert (small & large).sum() > 0.95 * (small | large).sum()


def test_areas_are_certain_and_all_else_stays() -> None:
    rng = np.random.default_rng(0)
    found = Evidence(rng.uniform(-1, 1, (8, 8, 3)).astype(np.float32), rng.uniform(0, 1, (8, 8)).astype(np.float32))
    colors = rng.uniform(-1, 1, (8, 8, 3)).astype(np.float32)
    there = rng.random((8, 8)) < 0.5
    filled = fill_areas(found, colors, there)
    np.testing.assert_array_equal(filled.rgb, np.where(there[..., None], colors, found.rgb))
    np.testing.assert_array_equal(filled.confidence, np.where(there, np.float32(1), found.confidence))
