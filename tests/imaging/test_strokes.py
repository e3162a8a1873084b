"""Strokes in a style: an area is of the colour that the artist put into it, and no other area is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.test_painting import LEFT_ROOM, RIGHT_ROOM, SHAPE, blotchy, drawing
from nurie.imaging.painting import paint
from nurie.imaging.styles import STYLES

Strokes = NDArray[np.uint8]
COLORS = st.tuples(*[st.integers(0, 255)] * 3)


def dab(strokes: Strokes, x: int, y: int, color: tuple[int, int, int], radius: int = 4) -> Strokes:
    cv2.circle(strokes, (x, y), radius, (*color, 255), cv2.FILLED)
    return strokes


def nothing() -> Strokes:
    return np.zeros((*SHAPE, 4), np.uint8)


def painted(style: str, strokes: Strokes | None) -> NDArray[np.uint8]:
    line_art = drawing()
    return paint(style, *(blotchy(line_art)[0], line_art, blotchy(line_art)[1]), strokes=strokes).color()


@settings(max_examples=20)
@given(color=COLORS)
def test_a_dab_is_the_colour_of_its_room_and_of_no_other(color: tuple[int, int, int]) -> None:
    before = painted("flats", None)
    after = painted("flats", dab(nothing(), LEFT_ROOM[1], LEFT_ROOM[0], color))
    room = (before == before[LEFT_ROOM]).all(axis=2)
    assert np.abs(after[room][:, :3].astype(int) - color).max() <= 1
    assert (after[room][:, 3] == 255).all()
    assert np.array_equal(after[~room], before[~room])


@pytest.mark.parametrize("style", STYLES)
def test_tones_go_along_with_a_dab(style: str) -> None:
    after = painted(style, dab(nothing(), LEFT_ROOM[1], LEFT_ROOM[0], (40, 200, 60)))
    before = painted(style, None)
    red, green, blue = after[LEFT_ROOM][:3].astype(int)
    assert green > red + 60
    assert green > blue + 60
    assert np.array_equal(after[RIGHT_ROOM], before[RIGHT_ROOM])


def test_a_strokes_rim_past_a_line_says_nothing() -> None:
    """Nine tenths lie in the left room, one in the right, which is far larger than that."""
    before = painted("flats", None)
    same = (before == before[LEFT_ROOM]).all(axis=2)
    end = int(np.flatnonzero(same[LEFT_ROOM[0]])[-1])
    strokes = nothing()
    cv2.line(strokes, (end - 45, LEFT_ROOM[0]), (end + 5, LEFT_ROOM[0]), (40, 200, 60, 255), 3)
    after = painted("flats", strokes)
    assert after[LEFT_ROOM][1] > 190
    assert np.array_equal(after[RIGHT_ROOM], before[RIGHT_ROOM])


def test_two_colours_in_one_room_are_the_models_to_tell() -> None:
    strokes = dab(
        dab(nothing(), LEFT_ROOM[1], LEFT_ROOM[0] - 20, (0, 0, 255)), LEFT_ROOM[1], LEFT_ROOM[0] + 20, (0, 255, 0)
    )
    assert np.array_equal(painted("flats", strokes), painted("flats", None))


def test_no_strokes_change_nothing() -> None:
    assert np.array_equal(painted("shaded", nothing()), painted("shaded", None))
