"""Hatching is one area; strands, fingers and shapes stay what they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.shapes import draw_lines, shape_labels
from nurie.imaging.hatching import STRIPS, hatched
from nurie.imaging.regions import find_regions, line_mask

Floats = NDArray[np.float32]


def strokes(shape: tuple[int, int], width: float, pitch: float, degrees: float) -> Floats:
    """Ink (H, W) of parallel soft-edged strokes across the whole page."""
    rows, columns = np.indices(shape, np.float32)
    angle = np.deg2rad(degrees)
    along = rows * np.cos(angle) + columns * np.sin(angle)
    away = np.abs((along + pitch / 2) % pitch - pitch / 2)
    return np.asarray(np.clip(width / 2 + 0.5 - away, 0, 1), np.float32)


def bent_strokes(shape: tuple[int, int], width: float, pitch: float, middle: tuple[float, float]) -> Floats:
    """Ink (H, W) of strokes that lie around a point, as they follow a round form."""
    rows, columns = np.indices(shape, np.float32)
    away = np.hypot(rows - middle[0], columns - middle[1])
    return np.asarray(np.clip(width / 2 + 0.5 - np.abs((away + pitch / 2) % pitch - pitch / 2), 0, 1), np.float32)


def two_rooms(scale: int = 1) -> tuple[NDArray[np.int32], Floats]:
    """An ellipse and a bar apart from it, and their lines; the truth's numbers are 1 and 2."""
    shapes = np.zeros((300 * scale, 400 * scale), np.int32)
    cv2.ellipse(shapes, (160 * scale, 150 * scale), (120 * scale, 110 * scale), 20, 0, 360, 1, cv2.FILLED)
    cv2.rectangle(shapes, (310 * scale, 40 * scale), (370 * scale, 260 * scale), 2, cv2.FILLED)
    return shapes, draw_lines(shapes, 2 * scale)


@settings(max_examples=30)
@given(
    width=st.sampled_from([2.0, 3.0, 4.0, 5.0]),
    spread=st.floats(2.2, 3.2),
    degrees=st.floats(0, 180),
    crossing=st.one_of(st.none(), st.floats(45, 135)),
)
def test_a_hatched_area_is_one_area(width: float, spread: float, degrees: float, crossing: float | None) -> None:
    """However its strokes lie; what is not hatched stays as it is."""
    shapes, outlines = two_rooms()
    tone = strokes(shapes.shape, width, spread * width, degrees)
    if crossing is not None:
        tone = np.maximum(tone, strokes(shapes.shape, width, spread * width, degrees + crossing))
    labels = find_regions(np.where(shapes == 1, np.maximum(outlines, tone), outlines)).labels
    held = np.bincount(labels[shapes == 1])
    assert held.max() > 0.85 * held.sum()
    assert np.count_nonzero(held > 0.01 * held.sum()) <= 4
    plain = find_regions(outlines).labels
    other = labels[150, 340]
    assert (labels[(plain == plain[150, 340])] == other).mean() > 0.97
    assert other not in (held.argmax(), labels[2, 2])


@settings(max_examples=30)
@given(
    width=st.sampled_from([2.0, 3.0, 4.0, 5.0]),
    spread=st.floats(2.2, 3.2),
    middle=st.tuples(st.floats(300, 700), st.floats(-100, 500)),
)
def test_strokes_that_follow_a_form_are_hatching(width: float, spread: float, middle: tuple[float, float]) -> None:
    shapes, outlines = two_rooms()
    tone = bent_strokes(shapes.shape, width, spread * width, middle)
    labels = find_regions(np.where(shapes == 1, np.maximum(outlines, tone), outlines)).labels
    held = np.bincount(labels[shapes == 1])
    assert held.max() > 0.85 * held.sum()
    assert labels[150, 340] not in (held.argmax(), labels[2, 2])


@pytest.mark.parametrize("crossing", [None, 70.0])
def test_so_it_is_where_not_every_pixel_is_looked_at(crossing: float | None) -> None:
    shapes, outlines = two_rooms(scale=8)
    tone = strokes(shapes.shape, 14, 40, 30)
    if crossing is not None:
        tone = np.maximum(tone, strokes(shapes.shape, 14, 40, 30 + crossing))
    labels = find_regions(np.where(shapes == 1, np.maximum(outlines, tone), outlines)).labels
    held = np.bincount(labels[shapes == 1])
    assert held.max() > 0.9 * held.sum()


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), width=st.integers(1, 6))
def test_shapes_are_left_alone(seed: int, width: int) -> None:
    shapes = shape_labels(seed, 300, 360)
    ink = draw_lines(shapes, width)
    found = find_regions(ink)
    table = hatched(found.labels, line_mask(ink), found.count, found.width)
    np.testing.assert_array_equal(table, np.arange(found.count + 1))


@pytest.mark.parametrize("bend", [0.0, 0.5, 1.0])
def test_strands_that_taper_stay_apart(bend: float) -> None:
    """A fringe: strands side by side that run from a hand's breadth to a point."""
    shapes = np.zeros((300, 400), np.int32)
    down = np.linspace(0, 1, 60)
    for strand in range(16):
        side = bend * 60 * down**2
        left, right = 40 + 18 * strand + side + 9 * down, 58 + 18 * strand + side - 9 * down
        outline = np.concatenate([np.stack([left, 20 + 220 * down], 1), np.stack([right, 20 + 220 * down], 1)[::-1]])
        cv2.fillPoly(shapes, [np.rint(outline).astype(np.int32)], strand + 1)
    ink = draw_lines(shapes, 2)
    labels = find_regions(ink).labels
    held = [np.bincount(labels[(shapes == strand) & (ink < 0.35)]) for strand in range(1, 17)]
    assert len({int(one.argmax()) for one in held}) == 16
    assert min(one.max() / one.sum() for one in held) > 0.9


def test_a_few_bars_are_drawn_and_not_hatched() -> None:
    shapes = np.zeros((200, 200), np.int32)
    for bar in range(STRIPS - 1):
        cv2.rectangle(shapes, (20 + 14 * bar, 30), (33 + 14 * bar, 170), bar + 1, cv2.FILLED)
    labels = find_regions(draw_lines(shapes, 3)).labels
    assert len({int(labels[100, 27 + 14 * bar]) for bar in range(STRIPS - 1)}) == STRIPS - 1
