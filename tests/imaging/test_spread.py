"""How far a mark speaks: the whole area that lines enclose, and not what lies outside of it."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.imaging.spread import Paper, spread

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
SIZE = 96


def nowhere() -> Mask:
    return np.zeros((SIZE, SIZE), np.bool_)


def box(gap: int = 0, page: Mask | None = None) -> Paper:
    """A square outline from 24 to 72, two pixels thick, open on its right side by ``gap`` pixels."""
    ink = np.zeros((SIZE, SIZE), np.float32)
    cv2.rectangle(ink, (24, 24), (72, 72), 1.0, 2)
    ink[48 - gap // 2 : 48 + gap - gap // 2, 70:76] = 0
    return Paper(ink, ~nowhere() if page is None else page)


def inside() -> Mask:
    mask = nowhere()
    mask[27:70, 27:70] = True
    return mask


def figure() -> Floats:
    """Confidence as a matcher gives it: something inside the box, nothing on the ground."""
    return np.where(inside(), np.float32(0.4), 0)


@given(st.integers(30, 66), st.integers(30, 66))
def test_a_mark_fills_its_area_and_does_not_leave_it(x: int, y: int) -> None:
    marked = nowhere()
    marked[y - 2 : y + 3, x - 2 : x + 3] = True
    strength, nearest = spread(marked, box(), figure())
    assert (strength[marked] == 1).all()
    np.testing.assert_array_equal(nearest[marked], np.flatnonzero(marked))
    assert strength[inside()].min() > 0.02
    assert strength[inside()].mean() > 0.5
    outside = nowhere()
    outside[:20], outside[77:], outside[:, :20], outside[:, 77:] = True, True, True, True
    assert (strength[outside] == 0).all()
    assert marked.ravel()[nearest[strength > 0]].all()
    assert (nearest[strength == 0] == -1).all()


@given(st.integers(0, 2**32 - 1))
def test_strength_is_a_share_and_falls_from_the_mark(number: int) -> None:
    rng = np.random.default_rng(number)
    ink = (rng.random((SIZE, SIZE)) < 0.1).astype(np.float32)
    marked = rng.random((SIZE, SIZE)) < 0.001
    strength, _ = spread(marked, Paper(ink, ~nowhere()), rng.random((SIZE, SIZE)).astype(np.float32))
    assert 0 <= strength.min() <= strength.max() <= 1
    assert (strength[marked] == 1).all()


def test_what_leaks_through_a_gap_does_not_reach_the_ground() -> None:
    """From beside the gap the rim is further away than the mark; but out there the ground is the rim's."""
    marked = nowhere()
    marked[46:51, 46:51] = True
    strength, _ = spread(marked, box(gap=6), figure())
    assert strength[inside()].min() > 0.3
    assert strength[:, 86:].max() == 0
    assert strength[:12].max() == 0


def test_a_drawing_cut_by_the_page_does_not_leak_around_it() -> None:
    """A box open at the bottom, where the page ends: what lies beyond the page is no way to the ground beside it."""
    page = ~nowhere()
    page[60:] = False
    marked = nowhere()
    marked[40:45, 46:51] = True
    strength, _ = spread(marked, box(page=page), figure())
    assert strength[27:59, 27:70].min() > 0.3
    assert strength[:, :20].max() == 0
    assert strength[:, 77:].max() == 0


def test_a_mark_on_the_ground_stays_near_and_out_of_the_figure() -> None:
    marked = nowhere()
    marked[8:11, 46:51] = True
    strength, _ = spread(marked, box(), figure())
    assert strength[9, 44] > 0.9
    assert strength[inside()].max() == 0
    assert strength[90].max() == 0


def test_a_painted_background_is_an_area_like_any_other() -> None:
    """Where the reference has a background, the rim is no ground, and a mark there fills what it is told to."""
    marked = nowhere()
    marked[8:11, 46:51] = True
    strength, _ = spread(marked, box(), np.full((SIZE, SIZE), 0.5, np.float32))
    assert strength[2:20].min() > 0.3
    assert strength[inside()].max() < 0.2


def test_without_marks_nothing_is_said() -> None:
    strength, nearest = spread(nowhere(), box(), figure())
    assert strength.max() == 0
    assert (nearest == -1).all()
