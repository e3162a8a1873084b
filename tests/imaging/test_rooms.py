"""Rooms: narrow ways part what is clearly of two paints, and nothing else."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nurie.imaging.rooms import find_rooms

SHAPE = (80, 161)


def two_rooms(opening: int, difference: float, *, is_open: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Two rooms 80 points wide with an opening between them; the right one's paint costs ``difference`` on the left."""
    free = np.ones(SHAPE, np.uint8)
    free[:, 80] = 0
    free[40 - opening // 2 : 40 - opening // 2 + opening, 80] = 1
    return in_two_paints(free, difference, is_open=is_open)


def in_two_paints(free: np.ndarray, difference: float, *, is_open: bool) -> tuple[np.ndarray, np.ndarray]:
    depth = np.asarray(cv2.distanceTransform(np.pad(free, 1), cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)
    away = np.full((*SHAPE, 3), 0.2, np.float32)
    away[:, :80, 1], away[:, 80:, 1] = 0, difference
    away[:, 80:, 2], away[:, :80, 2] = 0, difference
    rooms, paints = find_rooms(depth, away, np.ones(SHAPE, np.float32), np.full(SHAPE, is_open))
    return rooms, paints[rooms]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 78), st.floats(0, 0.2), st.booleans())
def test_every_free_point_has_a_room_and_each_room_one_paint(opening: int, difference: float, is_open: bool) -> None:
    rooms, paints = two_rooms(opening, difference, is_open=is_open)
    assert (rooms[:, :80] > 0).all()
    assert not is_open or (paints > 0).all()
    for room in range(1, int(rooms.max()) + 1):
        assert len(np.unique(paints[rooms == room])) == 1


def test_a_narrow_way_parts_two_paints() -> None:
    for is_open, opening in ((False, 20), (True, 40)):
        _, paints = two_rooms(opening, 0.2, is_open=is_open)
        assert (paints[:, :60] == 1).all()
        assert (paints[:, 100:] == 2).all()


def test_shades_of_one_paint_are_not_parted() -> None:
    rooms, _ = two_rooms(8, 0.05)
    assert rooms.max() == 1


def test_a_wide_way_parts_nothing_and_neither_does_a_blotch() -> None:
    rooms, _ = two_rooms(76, 0.2)
    assert rooms.max() == 1


@settings(max_examples=15, deadline=None)
@given(st.integers(30, 44), st.integers(1, 3))
def test_two_shapes_that_come_near_to_each_other_part_no_page(opening: int, width: int) -> None:
    """The way between them is as narrow as one that lines leave open, but no line ends at it."""
    free = np.ones(SHAPE, np.uint8)
    for side, middle in ((-1, 40 - opening // 2), (1, 40 - opening // 2 + opening)):
        cv2.ellipse(free, (80, middle + side * 40), (50, 40), 0, 0, 360, 0, width)
    rooms, _ = in_two_paints(free, 0.2, is_open=True)
    assert rooms[40, 20] == rooms[40, 140]
    # The same with lines that end there.
    free = np.ones(SHAPE, np.uint8)
    free[:, 80 : 80 + width] = 0
    free[40 - opening // 2 : 40 - opening // 2 + opening] = 1
    rooms, _ = in_two_paints(free, 0.2, is_open=True)
    assert rooms[40, 20] != rooms[40, 140]
