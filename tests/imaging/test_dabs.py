"""Dabs: each wholly in its area and off the lines, and enough of them to fill the drawing again."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.drawings import figure_ink
from nurie.imaging.dabs import dabs
from nurie.imaging.regions import find_regions

Labels = NDArray[np.uint16]


def disc(shape: tuple[int, int], x: int, y: int, radius: int) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius * radius)


def check(labels: Labels, lines: NDArray[np.uint8], found: NDArray[np.int32]) -> None:
    for area, x, y, radius in found.tolist():
        there = disc((labels.shape[0], labels.shape[1]), x, y, radius)
        assert (labels[there] == area).all()
        assert not lines[there].any()


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(20, 120), st.integers(20, 120), st.integers(1, 8))
def test_no_dab_leaves_its_area(seed: int, height: int, width: int, strokes: int) -> None:
    random = np.random.default_rng(seed)
    ink: NDArray[np.float32] = np.zeros((height, width), np.float32)
    for _ in range(strokes):
        ends = random.integers(0, [width, height], (2, 2)).tolist()
        cv2.line(ink, ends[0], ends[1], 1.0, int(random.integers(1, 4)))
    regions = find_regions(ink)
    found = dabs(regions.labels, regions.lines)
    check(regions.labels, regions.lines, found)
    number, counts = np.unique(found[:, 0], return_counts=True)
    assert counts.max(initial=0) <= 3
    # An area has none only where nothing of it is a pixel away from lines, other areas and the page's sides.
    free = cv2.erode((regions.lines == 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    for area in range(1, regions.count + 1):
        own = (regions.labels == area).astype(np.uint8)
        core = cv2.erode(own, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        if cv2.bitwise_and(core, free)[1:-1, 1:-1].any() and own.sum() >= 12:
            assert area in number


def test_a_room_is_marked_in_its_middle() -> None:
    regions = find_regions(figure_ink((240, 320), 3))
    found = dabs(regions.labels, regions.lines)
    check(regions.labels, regions.lines, found)
    for row, column in ((120, 110), (120, 210)):
        first = next(dab for dab in found.tolist() if dab[0] == regions.labels[row, column])
        assert abs(first[1] - column) < 12
        assert abs(first[2] - row) < 30
        assert first[3] >= 4


def test_a_long_area_is_marked_more_than_once_a_round_one_not() -> None:
    ink: NDArray[np.float32] = np.zeros((200, 400), np.float32)
    cv2.rectangle(ink, (20, 20), (380, 50), 1.0, 2)
    cv2.circle(ink, (200, 130), 50, 1.0, 2)
    regions = find_regions(ink)
    found = dabs(regions.labels, regions.lines)[:, 0].tolist()
    assert found.count(int(regions.labels[35, 200])) == 3
    assert found.count(int(regions.labels[130, 200])) == 1


def test_watershed_from_the_dabs_fills_the_drawing_again() -> None:
    """Krita's Colorize Mask and others fill so: from the strokes, up to the lines."""
    regions = find_regions(figure_ink((240, 320), 3))
    marks = np.zeros(regions.labels.shape, np.int32)
    for area, x, y, radius in dabs(regions.labels, regions.lines).tolist():
        cv2.circle(marks, (x, y), radius, int(area), -1)
    picture = np.repeat((255 - regions.lines)[..., None], 3, axis=2)
    cv2.watershed(picture, marks)
    free = cv2.erode((regions.lines == 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    free[[0, 1, -2, -1]] = False
    free[:, [0, 1, -2, -1]] = False
    assert (marks[free] == regions.labels[free]).mean() > 0.999


def test_nothing_but_ink_has_no_dab() -> None:
    labels: Labels = np.ones((30, 30), np.uint16)
    assert len(dabs(labels, np.full((30, 30), 255, np.uint8))) == 0
