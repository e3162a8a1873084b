"""Figures are told apart by the paper between them, wherever they stand and however large the page is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.imaging.canvas import Box, content_box
from nurie.imaging.figures import drawn_figures, likeness, outline, painted_figures, silhouette

CELL = 200


def drawing(places: list[tuple[int, int]], radius: int = 70, across: int = 3) -> NDArray[np.float32]:
    """Ink of a ring in each of the squares (column, row) of a page."""
    page = np.zeros((across * CELL, across * CELL), np.float32)
    for column, row in places:
        cv2.circle(page, (column * CELL + CELL // 2, row * CELL + CELL // 2), radius, 1.0, 3)
    return page


def found(ink: NDArray[np.float32]) -> tuple[Box, ...]:
    return drawn_figures(ink, content_box(np.asarray(ink > 0.3)))


@given(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2))
def test_each_ring_of_a_page_is_a_figure(places: set[tuple[int, int]]) -> None:
    boxes = found(drawing(sorted(places)))
    assert len(boxes) == len(places)
    for (left, top, right, bottom), (row, column) in zip(boxes, sorted((y, x) for x, y in places), strict=True):
        centre = (column * CELL + CELL / 2, row * CELL + CELL / 2)
        for low, high, middle in ((left, right, centre[0]), (top, bottom, centre[1])):
            assert low <= middle - 70
            assert high >= middle + 70
            assert high - low < CELL


def test_a_single_figure_is_none() -> None:
    assert found(drawing([(1, 1)])) == ()
    assert painted_figures(np.full((50, 60, 3), 255, np.uint8), (0, 0, 60, 50)) == ()


def test_figures_that_touch_are_one() -> None:
    ink = drawing([(0, 0), (1, 0)])
    cv2.line(ink, (CELL // 2 + 70, CELL // 2), (CELL + CELL // 2 - 70, CELL // 2), 1.0, 3)
    assert found(ink) == ()


def test_what_is_small_belongs_to_the_figure_beside_it() -> None:
    ink = drawing([(0, 0), (2, 2)])
    cv2.circle(ink, (CELL // 2 + 90, CELL // 2), 6, 1.0, 3)  # an earring
    (first, _) = found(ink)
    assert first[2] >= CELL // 2 + 96


def test_dust_far_from_all_figures_is_part_of_none() -> None:
    ink = drawing([(0, 0), (2, 0)])
    without = found(ink)
    cv2.circle(ink, (CELL + CELL // 2, 2 * CELL), 6, 1.0, 3)
    assert len(found(ink)) == len(without) == 2


def test_nothing_is_too_much() -> None:
    places = [(column, row) for column in range(5) for row in range(5)]
    assert len(found(drawing(places, radius=85, across=5))) == 16


def test_painted_figures_lie_around_their_paint() -> None:
    page = np.full((300, 700, 3), 255, np.uint8)
    cv2.circle(page, (150, 150), 100, (200, 40, 40), -1)
    cv2.circle(page, (550, 150), 100, (40, 200, 40), -1)
    boxes = painted_figures(page, (50, 50, 651, 251))
    np.testing.assert_allclose(boxes, [(50, 50, 251, 251), (450, 50, 651, 251)], atol=6)


def test_an_outline_holds_what_its_lines_enclose() -> None:
    ring = drawing([(0, 0)], across=1) > 0.5
    inside = outline(np.asarray(ring))
    assert inside[CELL // 2, CELL // 2] == 1
    assert inside[2, 2] == 0
    assert inside[ring].all()


def test_a_shape_is_most_like_itself_and_its_mirror_image() -> None:
    marked = np.zeros((100, 100), np.bool_)
    marked[20:80, 10:40] = True
    marked[60:80, 10:90] = True
    shape = silhouette(marked)
    assert likeness(shape, shape) == pytest.approx(1)
    assert likeness(shape, silhouette(marked[:, ::-1])) == pytest.approx(1)
    assert likeness(shape, silhouette(marked.T)) < 0.8
