"""What is made a tile at a time is what would be made at once."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nurie.imaging.growth import Seeds, at_points, cap_depth

SIDES = st.integers(1, 40)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """A shape and a box in it."""
    shape = draw(SIDES), draw(SIDES)
    starts = [draw(st.integers(0, side - 1)) for side in shape]
    stops = [draw(st.integers(start + 1, side)) for start, side in zip(starts, shape, strict=True)]
    return shape, (slice(starts[0], stops[0]), slice(starts[1], stops[1]))


@given(boxes(), st.integers(1, 7), st.integers(0, 100))
def test_seeds_are_squares_around_their_points(
    shape_and_box: tuple[tuple[int, int], tuple[slice, slice]], spacing: int, seed: int
) -> None:
    (height, width), box = shape_and_box
    picture = np.arange(1, height * width + 1, dtype=np.uint16).reshape(height, width)
    first = spacing // 2
    points = np.ascontiguousarray(picture[first::spacing, first::spacing])
    squares = np.where(np.random.default_rng(seed).random(points.shape) < 0.5, points, np.uint16(0))
    whole = np.zeros_like(picture)
    for row, column in np.ndindex(points.shape):
        square = np.s_[row * spacing : (row + 1) * spacing, column * spacing : (column + 1) * spacing]
        whole[square] = squares[row, column]
        whole[first + row * spacing, first + column * spacing] = points[row, column]
    np.testing.assert_array_equal(Seeds((height, width), points, squares, spacing).part(box), whole[box])


@given(boxes(), st.integers(1, 7))
def test_points_of_a_box(shape_and_box: tuple[tuple[int, int], tuple[slice, slice]], spacing: int) -> None:
    (height, width), box = shape_and_box
    picture = np.arange(height * width).reshape(height, width)
    points, pixels = at_points(box, spacing)
    first = spacing // 2
    np.testing.assert_array_equal(picture[first::spacing, first::spacing][points], picture[box][pixels])


@given(SIDES, st.integers(500, 530), st.integers(1, 5), st.integers(0, 100))
def test_depth_is_that_of_the_whole(height: int, width: int, spacing: int, seed: int) -> None:
    lines = np.where(np.random.default_rng(seed).random((height, width)) < 0.003, 255, 0).astype(np.uint8)
    whole = cv2.distanceTransform(255 - lines, cv2.DIST_L2, cv2.DIST_MASK_5)
    expected = np.minimum(whole, 9)[spacing // 2 :: spacing, spacing // 2 :: spacing]
    if not lines.any():
        expected = np.full_like(expected, 9)
    np.testing.assert_allclose(cap_depth(lines, 9.0, spacing), expected, atol=1e-4)
