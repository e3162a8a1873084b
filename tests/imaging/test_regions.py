"""Regions against drawings whose areas are known to the pixel, and laws that hold for any drawing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from imaging.shapes import draw_lines, enclosed, intersection_over_union, shape_labels
from nurie.imaging.faint import FAINT
from nurie.imaging.regions import MAX_REGIONS, find_regions, line_mask

SIZE = (420, 500)


@pytest.mark.parametrize("width", [1, 2, 3, 6, 12])
@pytest.mark.parametrize("seed", [1, 2])
def test_closed_areas_are_found_to_the_pixel(width: int, seed: int) -> None:
    shapes = shape_labels(seed, *SIZE)
    found = find_regions(draw_lines(shapes, width))
    scores = intersection_over_union(enclosed(shapes, width), found.labels, least=2)
    assert np.mean(scores) >= 0.98
    assert len(scores) >= 8


@pytest.mark.parametrize("width", [1, 2, 3, 6, 12])
@pytest.mark.parametrize("gap", [3, 6, 10])
def test_gaps_up_to_the_stated_size_do_not_leak(width: int, gap: int) -> None:
    shapes = shape_labels(1, *SIZE)
    found = find_regions(draw_lines(shapes, width, gap), gap=gap)
    scores = intersection_over_union(enclosed(shapes, width), found.labels, least=gap / 2 + 2)
    assert np.mean(scores) >= 0.95
    assert min(scores) > 0.5  # none has run out through its gap


@pytest.mark.parametrize("gap", [4, 8, 16])
@pytest.mark.parametrize("scale", [1, 4])
def test_it_leaks_when_the_gap_is_wider_than_stated(gap: int, scale: int) -> None:
    """At scale 4 the drawing is so large that not every pixel is a point of its own."""
    ink = np.zeros((400 * scale, 600 * scale), np.float32)
    cv2.rectangle(ink, (50 * scale, 50 * scale), (550 * scale, 350 * scale), 1, 5)
    wall = 300 * scale
    ink[50 * scale : 350 * scale, wall - 2 : wall + 3] = 1
    ink[200 * scale : 200 * scale + gap, wall - 2 : wall + 3] = 0
    left, right = (200 * scale, 150 * scale), (200 * scale, 450 * scale)
    tight = find_regions(ink, gap=gap).labels
    loose = find_regions(ink, gap=gap - 4).labels
    assert tight[left] != tight[right]
    assert loose[left] == loose[right]


def test_noise_does_not_matter() -> None:
    shapes = shape_labels(3, *SIZE)
    noise = np.random.default_rng(0).normal(0, 0.08, SIZE)
    found = find_regions(np.clip(draw_lines(shapes, 3) + noise, 0, 1).astype(np.float32))
    scores = intersection_over_union(enclosed(shapes, 3), found.labels, least=3)
    assert np.mean(scores) >= 0.98


@pytest.mark.parametrize("width", [2, 5, 12])
def test_regions_meet_in_the_middle_of_the_line(width: int) -> None:
    shapes = shape_labels(4, *SIZE)
    ink = draw_lines(shapes, width)
    labels = find_regions(ink).labels
    truth = enclosed(shapes, width)
    for number in range(1, int(truth.max()) + 1):
        area = truth == number
        if area.sum() < 400:
            continue
        held = np.bincount(labels[area])
        mine = labels == int(held.argmax())
        # Nothing of it lies beyond the far edge of its own outline.
        reach = cv2.distanceTransform((~area).astype(np.uint8), cv2.DIST_L2, 5)
        assert reach[mine & (ink > 0.35)].max(initial=0) <= width + 2
        if held.max() > 0.98 * area.sum():
            assert reach[mine & (ink <= 0.35) & (truth != number)].max(initial=0) <= width + 2


def test_a_shift_by_a_pixel_moves_regions_by_a_pixel() -> None:
    shapes = shape_labels(5, *SIZE)
    ink = draw_lines(shapes, 3)
    here = find_regions(ink).labels[20:-20, 20:-20]
    there = find_regions(np.roll(ink, (1, 1), axis=(0, 1))).labels[21:-19, 21:-19]
    pairs = here.astype(np.int64) << 16 | there
    # Each region's most common partner covers it.
    _, counts = np.unique(pairs, return_counts=True)
    assert np.sort(counts)[::-1][: len(np.unique(here))].sum() > 0.98 * here.size


def test_the_outside_is_found() -> None:
    ink = np.zeros((200, 300), np.float32)
    cv2.circle(ink, (150, 100), 60, 1, 3)
    found = find_regions(ink)
    assert found.count == 2
    assert found.outside == (int(found.labels[0, 0]),)
    assert found.labels[100, 150] not in found.outside


def test_a_bust_is_closed_where_its_lines_end() -> None:
    ink = np.zeros((300, 300), np.float32)
    cv2.ellipse(ink, (150, 260), (100, 150), 0, 180, 360, 1, 4)
    ink[262:] = 0
    labels = find_regions(ink).labels
    assert labels[240, 150] != labels[290, 150]
    assert labels[240, 150] != labels[240, 20]


@settings(max_examples=40)
@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.sampled_from([0, 0.2, 1]))
)
def test_every_pixel_has_a_region_and_numbers_have_no_holes(ink: NDArray[np.float32]) -> None:
    found = find_regions(ink)
    assert found.labels.shape == ink.shape
    numbers, areas = np.unique(found.labels, return_counts=True)
    np.testing.assert_array_equal(numbers, np.arange(1, found.count + 1))
    assert (np.diff(areas) <= 0).all()
    again = find_regions(ink)
    np.testing.assert_array_equal(found.labels, again.labels)
    assert not (found.lines > line_mask(ink, FAINT)).any()


@settings(max_examples=10)
@given(st.integers(0, 1000), st.integers(1, 8))
def test_no_line_of_paper_touching_paper_is_crossed(seed: int, width: int) -> None:
    """Paper pixels side by side in one region are one piece: a region never goes on beyond a closed line."""
    ink = draw_lines(shape_labels(seed, 160, 200, 6), width)
    found = find_regions(ink, gap=1)
    paper = (ink <= 0.35).astype(np.uint8)
    _, parts = cv2.connectedComponents(paper, connectivity=4)
    for region in range(1, found.count + 1):
        inside = parts[(found.labels == region) & (paper > 0)]
        if inside.size:
            sizes = np.sort(np.bincount(inside))[::-1]
            assert sizes[1:].sum() <= max(0.02 * sizes[0], 4 * 2 * width * width)


@pytest.mark.parametrize(
    "ink",
    [
        np.zeros((1, 1), np.float32),
        np.ones((1, 1), np.float32),
        np.zeros((64, 64), np.float32),
        np.ones((64, 64), np.float32),
        np.tile(np.array([0, 1], np.float32), (300, 15000)),
        np.tile(np.array([[0, 1], [1, 0]], np.float32), (600, 600)),
    ],
    ids=["pixel", "black pixel", "blank", "black", "strip of bars", "checkerboard"],
)
def test_odd_drawings_are_met_with_something_sensible(ink: NDArray[np.float32]) -> None:
    found = find_regions(ink)
    assert 1 <= found.count <= MAX_REGIONS
    assert found.labels.min() == 1
    assert found.labels.max() == found.count


def test_a_strip_of_30000_pixels() -> None:
    ink = np.zeros((300, 30_000), np.float32)
    for left in range(0, 30_000, 300):
        cv2.circle(ink, (left + 150, 150), 100, 1, 4)
    labels = find_regions(ink).labels
    middles = labels[150, 150::300]
    assert len(set(middles.tolist())) == 100
    assert (labels[150, 90::300] == middles).all()
    assert not set(labels[150, 10::300].tolist()) & set(middles.tolist())


def test_photographs_have_a_bounded_number_of_regions() -> None:
    noise = np.random.default_rng(0).random((700, 700)).astype(np.float32)
    assert 1 <= find_regions(noise).count <= MAX_REGIONS
