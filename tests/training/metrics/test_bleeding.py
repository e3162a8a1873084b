from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.training.metrics.bleeding import bleeding, true_areas

SHAPE = (80, 120)
NO_LINES = np.zeros(SHAPE, np.bool_)
COLORS = [(0.9, 0.2, 0.1), (0.1, 0.3, 0.9), (0.2, 0.7, 0.3), (0.1, 0.1, 0.1)]


def halves(left: tuple[float, ...], right: tuple[float, ...], border: int = 60) -> NDArray[np.float64]:
    picture = np.empty((*SHAPE, 3))
    picture[:, :border], picture[:, border:] = left, right
    return picture


def test_areas_are_those_of_one_colour_and_lines_go_to_the_nearest() -> None:
    lines = NO_LINES.copy()
    lines[:, 58:62] = True
    truth = halves(COLORS[0], COLORS[1])
    truth[lines] = 0
    areas = true_areas(truth, lines)
    assert len(np.unique(areas)) == 2
    assert (areas[:, :58] == areas[0, 0]).all()
    assert (areas[:, 62:] == areas[0, -1]).all()


@settings(max_examples=10)
@given(st.permutations(COLORS), st.integers(-3, 3))
def test_what_crosses_a_border_is_counted_and_wrong_areas_are_not(colors: list[tuple[float, ...]], shift: int) -> None:
    """The line is two pixels wide, one on each side of the border, and is not looked at."""
    lines = NO_LINES.copy()
    lines[:, 59:61] = True
    truth = halves(colors[0], colors[1])
    expected = pytest.approx(max(0, abs(shift) - 1) / 120)
    assert bleeding(halves(colors[0], colors[1], 60 + shift), truth, lines) == expected
    # Both areas in colours that the truth knows nothing of, up to the border.
    assert bleeding(halves(colors[2], colors[3], 60 + shift), truth, lines) == expected
    # No line says where the border is.
    assert bleeding(halves(colors[0], colors[1], 60 + shift), truth, NO_LINES) == 0


def test_lines_count_for_nothing() -> None:
    lines = NO_LINES.copy()
    lines[:, 57:63] = True
    assert bleeding(halves(COLORS[0], COLORS[1], 63), halves(COLORS[0], COLORS[1]), lines) == 0


def test_a_picture_of_one_area_cannot_bleed() -> None:
    truth = halves(COLORS[0], COLORS[0])
    assert bleeding(halves(COLORS[0], COLORS[1]), truth, NO_LINES) == 0
