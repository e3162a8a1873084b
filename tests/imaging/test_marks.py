"""Marks part what they lie in, where it is narrowest; a figure's side is closed where its lines end, only there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from imaging.shapes import draw_lines, enclosed, intersection_over_union, shape_labels
from nurie.imaging.regions import cut_sides, find_regions

SIZE = (420, 500)


def marked(truth: NDArray[np.int32]) -> NDArray[np.int32]:
    """A small mark in the middle of each area (H, W) with room for it, with the area's number."""
    marks = np.zeros(truth.shape, np.int32)
    for number in range(1, int(truth.max()) + 1):
        room = cv2.distanceTransform(np.pad(truth == number, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        if room.max() >= 4:
            row, column = np.unravel_index(int(room.argmax()), room.shape)
            marks[row - 2 : row + 3, column - 2 : column + 3] = number
    return marks


@pytest.mark.parametrize("width", [2, 6])
@pytest.mark.parametrize("gap", [4, 10, 20])
@pytest.mark.parametrize("seed", [1, 2])
def test_marks_part_areas_whatever_gap_is_between_them(width: int, gap: int, seed: int) -> None:
    shapes = shape_labels(seed, *SIZE)
    truth = enclosed(shapes, width)
    found = find_regions(draw_lines(shapes, width, gap), gap=1, marks=marked(truth))
    scores = intersection_over_union(truth, found.labels, least=gap / 2 + 4)
    assert np.mean(scores) >= 0.95
    assert min(scores) > 0.8


@settings(max_examples=30)
@given(
    arrays.arrays(np.float32, (40, 50), elements=st.sampled_from([0.0, 0.0, 0.0, 1.0])),
    arrays.arrays(np.int32, (40, 50), elements=st.sampled_from([0] * 60 + [1, 2, 3])),
)
def test_no_region_holds_the_paper_of_two_marks(ink: NDArray[np.float32], marks: NDArray[np.int32]) -> None:
    """Whatever is drawn and marked, but for what is too small to be a region."""
    paper = (ink < 0.5).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    marks = np.where((paper > 0) & (stats[:, cv2.CC_STAT_AREA] >= 30)[parts], marks, 0).astype(np.int32)
    labels = find_regions(ink, marks=marks).labels
    for region in np.unique(labels[marks > 0]):
        assert len(np.unique(marks[(labels == region) & (marks > 0)])) == 1


@pytest.mark.parametrize("turn", range(4))
def test_a_side_is_closed_between_lines_that_end_there(turn: int) -> None:
    lines = np.zeros((300, 300), np.uint8)
    cv2.ellipse(lines, (150, 260), (100, 150), 0, 180, 360, 255, 4)
    lines[262:] = 0
    walls = np.rot90(cut_sides(np.ascontiguousarray(np.rot90(lines, turn)), 4), -turn)
    assert walls[261, 60:240].all()


@pytest.mark.parametrize("turn", range(4))
def test_a_side_is_open_between_a_cheek_and_a_curl(turn: int) -> None:
    """Both reach as far to the side, and go back from there."""
    lines = np.zeros((300, 300), np.uint8)
    cv2.circle(lines, (160, 190), 80, 255, 4)
    cv2.polylines(lines, [np.array([[150, 110], [80, 60], [160, 40]], np.int32)], False, 255, 4)
    lines = np.ascontiguousarray(np.rot90(lines, turn))
    np.testing.assert_array_equal(cut_sides(lines, 4), lines)
