"""Faint lines are walls; the soft rims of strong lines, grain and tone are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from nurie.imaging.faint import FAINT, HIGHER, with_faint_lines
from nurie.imaging.regions import LINE, find_regions, line_mask

SHAPE = (160, 200)


def soft_circle(level: float, width: float) -> NDArray[np.float32]:
    """A ring of ``level`` ink around the middle, ``width`` wide, soft over a pixel."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    away = np.abs(np.hypot(rows - 80.3, columns - 99.6) - 50)
    return np.asarray(level * np.clip(width / 2 + 0.5 - away, 0, 1), np.float32)


@pytest.mark.parametrize("width", [1.5, 3.0, 8.0])
@pytest.mark.parametrize("level", [FAINT + HIGHER, 0.25, LINE - 0.02])
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
