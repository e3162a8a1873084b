"""Faint lines are walls; the soft rims of strong lines, grain and tone are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.imaging.faint import FAINT, HAIR, HIGHER, LONG, with_faint_lines
from nurie.imaging.regions import LINE, find_regions, line_mask

SHAPE = (160, 200)


def soft_circle(level: float, width: float) -> NDArray[np.float32]:
    """A ring of ``level`` ink around the middle, ``width`` wide, soft over a pixel."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    away = np.abs(np.hypot(rows - 80.3, columns - 99.6) - 50)
    return np.asarray(level * np.clip(width / 2 + 0.5 - away, 0, 1), np.float32)


@pytest.mark.parametrize("width", [1.5, 3.0, 8.0])
@pytest.mark.parametrize("level", [HAIR[0] + HAIR[1], FAINT + HIGHER, 0.25, LINE - 0.02])
def test_a_faint_outline_closes_its_area(level: float, width: float) -> None:
    ink = soft_circle(level, width)
    # Something strong, whose width is the drawing's.
    cv2.line(ink, (5, 5), (195, 5), 1.0, max(1, round(width)))
    regions = find_regions(ink, gap=1.0)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    inside = np.hypot(rows - 80.3, columns - 99.6) < 50 - width
    found = regions.labels == regions.labels[80, 100]
    assert (found & inside).sum() / inside.sum() > 0.99
    assert found.sum() < 1.1 * np.pi * 50**2


@pytest.mark.parametrize("width", [1.5, 3.0, 8.0])
def test_soft_rims_of_strong_lines_are_no_lines(width: float) -> None:
    ink = soft_circle(1.0, width)
    lines = line_mask(ink)
    found = with_faint_lines(ink, lines, width)
    # A pixel here and there where the ring's rim turns in steps, and nothing off the line.
    assert (found > 0).sum() <= 1.05 * (lines > 0).sum()
    assert not found[cv2.dilate(lines, np.ones((3, 3), np.uint8)) == 0].any()


def test_even_tone_and_its_edge_are_no_lines() -> None:
    ink = np.zeros(SHAPE, np.float32)
    ink[40:120, 50:150] = 0.3
    assert not with_faint_lines(ink, line_mask(ink), 3.0).any()


def test_the_fainter_a_line_is_the_longer_it_must_be() -> None:
    for level, least in ((FAINT + HIGHER, LONG * 3), (HAIR[0] + HAIR[1], HAIR[2] * 3)):
        for length in (0.8 * least, 1.2 * least):
            ink = np.zeros(SHAPE, np.float32)
            ink[50, 20 : 20 + round(length)] = level
            assert with_faint_lines(ink, line_mask(ink), 3.0).any() == (length > least)


def test_tiles_make_no_difference() -> None:
    """A faint line across the borders of tiles, shortest where a border cuts it."""
    ink = np.zeros((40, 1100), np.float32)
    for start in range(505, 520):
        ink[2 * (start - 505) + 4, start : start + 8] = 0.3
    lines = line_mask(ink)
    whole = with_faint_lines(ink, lines, 3.0)
    shifted = with_faint_lines(np.roll(ink, -200, axis=1), lines, 3.0)
    np.testing.assert_array_equal(np.roll(whole, -200, axis=1), shifted)
    assert whole.any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.9, 0.995), st.sampled_from([1.0, 3.0]))
def test_what_is_long_enough_is_taken_whole_and_nothing_else(seed: int, empty: float, width: float) -> None:
    """Few parts and many, some within the bays and holes of others."""
    rng = np.random.default_rng(seed)
    grain = (rng.random((90, 120)) > empty).astype(np.uint8)
    level = cv2.dilate(grain, rng.integers(0, 2, (5, 5), np.uint8)).astype(np.uint8) * np.uint8(60)
    for radius in rng.integers(0, 40, 2).tolist():
        cv2.circle(level, (60, 45), radius, 60)
    ink = (level / np.float32(255)).astype(np.float32)
    away = max(2, round(width))
    lightest = np.full_like(level, 255)
    for down, right in ((0, away), (away, 0), (away, away), (away, -away)):
        both = np.zeros((2 * away + 1, 2 * away + 1), np.uint8)
        both[away + down, away + right] = both[away - down, away - right] = 1
        lightest = np.minimum(lightest, cv2.dilate(level, both, borderValue=(255,)))
    ridge = ((level.astype(int) - lightest) >= 255 * HIGHER).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(ridge, connectivity=8)
    long = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= max(2.0, LONG * width)
    expected = long[parts] & (ridge > 0)
    np.testing.assert_array_equal(with_faint_lines(ink, np.zeros_like(level), width) > 0, expected)
