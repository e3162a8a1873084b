"""Screentone goes, lines stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.shapes import draw_lines, enclosed, intersection_over_union, shape_labels
from nurie.imaging.regions import find_regions, line_mask
from nurie.imaging.tone import FIELD, without_tone

SIZE = (420, 500)


def dotted(where: NDArray[np.bool_], spacing: int, radius: int) -> NDArray[np.float32]:
    dots = np.zeros(where.shape, np.float32)
    for row in range(0, where.shape[0], spacing):
        for column in range(spacing // 2 * (row // spacing % 2), where.shape[1], spacing):
            if where[row, column]:
                cv2.circle(dots, (column, row), radius, 1, cv2.FILLED)
    return dots


@pytest.mark.parametrize(("spacing", "radius"), [(6, 1), (8, 2)])
@pytest.mark.parametrize("width", [2, 4])
def test_screentone_is_told_from_lines(spacing: int, radius: int, width: int) -> None:
    shapes = shape_labels(1, *SIZE)
    ink = draw_lines(shapes, width)
    tone = dotted((shapes % 3 == 0) & (cv2.dilate(ink, np.ones((9, 9))) == 0), spacing, radius)
    assert tone.any()
    lines, found = without_tone(line_mask(np.maximum(ink, tone)), width)
    assert (found[tone > 0] > 0).mean() > 0.95
    assert (lines[ink > 0.5] > 0).all()
    labels = find_regions(np.maximum(ink, tone)).labels
    scores = intersection_over_union(enclosed(shapes, width), labels, least=4)
    assert np.mean(scores) > 0.95


def test_a_drawing_without_tone_is_left_alone() -> None:
    for seed in range(3):
        lines = line_mask(draw_lines(shape_labels(seed, *SIZE), 3))
        np.testing.assert_array_equal(without_tone(lines, 3)[0], lines)


def test_a_few_dots_are_drawn_and_not_tone() -> None:
    lines = np.zeros((200, 200), np.uint8)
    cv2.circle(lines, (100, 100), 80, 255, 2)
    for place in ((80, 80), (120, 80), (100, 130)):  # eyes and a button
        cv2.circle(lines, place, 3, 255, cv2.FILLED)
    np.testing.assert_array_equal(without_tone(lines, 2)[0], lines)


@pytest.mark.parametrize("level", [0, 255])
def test_plain_pages_hold_no_tone(level: int) -> None:
    page = np.full((40, 60), level, np.uint8)
    lines, tone = without_tone(page, 1)
    np.testing.assert_array_equal(lines, page)
    assert not tone.any()


@given(st.integers(480, 560), st.integers(0, 1), st.booleans())
def test_a_field_of_the_least_dots_is_tone_wherever_it_lies(top: int, radius: int, beside: bool) -> None:
    """Also where a strip that dots are looked for in ends, and in the hole of a line."""
    lines = np.zeros((1200, 80), np.uint8)
    for dot in range(FIELD):
        cv2.circle(lines, (20 + dot % 4 * 5, top + dot // 4 * 5), radius, 255, cv2.FILLED)
    dots = lines.copy()
    if beside:
        cv2.rectangle(lines, (5, 5), (75, 1190), 255, 2)
    np.testing.assert_array_equal(without_tone(lines, 2)[1], dots)
    cv2.circle(lines, (20, top), 3, 0, cv2.FILLED)
    assert not without_tone(lines, 2)[1].any()
