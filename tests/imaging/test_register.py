"""Registration: what a match fetched lies a few pixels beside the drawing's lines, and is moved under them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.imaging.evidence import Match, evidence
from nurie.imaging.register import line_likeness, registered

Array = NDArray[np.float32]
SIZE = 192


def _scene(outlined: bool) -> tuple[Array, Array]:
    """A coloured picture (S, S, 3) in [-1, 1] of shapes all over, and its lines (S, S) in [0, 1]."""
    picture, lines = np.full((SIZE, SIZE, 3), 245, np.uint8), np.zeros((SIZE, SIZE), np.uint8)
    shapes = np.random.default_rng(7)
    for _ in range(18):
        place, axes = shapes.integers(10, SIZE - 10, 2).tolist(), shapes.integers(6, 26, 2).tolist()
        turn, color = int(shapes.integers(180)), shapes.integers(30, 226, 3).tolist()
        cv2.ellipse(picture, place, axes, turn, 0, 360, color, -1)
        cv2.ellipse(lines, place, axes, turn, 0, 360, 0, -1)
        cv2.ellipse(lines, place, axes, turn, 0, 360, 255, 2, cv2.LINE_AA)
    ink = (lines / 255).astype(np.float32)
    unit = (picture / 255).astype(np.float32)
    if outlined:
        unit *= 1 - ink[..., None]
    return 2 * unit - 1, ink


def _warp(dx: float, dy: float) -> Array:
    """Each pixel's own place, moved."""
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    return np.dstack([columns + np.float32(dx), rows + np.float32(dy)])


def _inner(values: Array) -> Array:
    return values[24:-24, 24:-24]


@settings(max_examples=25, deadline=None)
@given(dx=st.integers(-9, 9), dy=st.integers(-9, 9), outlined=st.booleans())
def test_a_shift_is_taken_back(dx: int, dy: int, outlined: bool) -> None:
    """A warp that is wrong by less than its reach is nearly right afterwards, with outlines in the reference or not."""
    picture, ink = _scene(outlined)
    at, alike = registered(_warp(dx, dy), picture, ink)
    wrong = np.linalg.norm(_inner(at - _warp(0, 0)), axis=2)
    assert np.median(wrong) <= 2
    assert np.median(wrong) <= np.hypot(dx, dy) + 0.5
    assert -1.001 <= alike.min() <= alike.max() <= 1.001
    assert _inner(alike).mean() > 0.5


def test_where_nothing_is_to_be_seen_nothing_moves() -> None:
    _, ink = _scene(outlined=True)
    blank = np.ones((SIZE, SIZE, 3), np.float32)
    for lines in (ink, np.zeros_like(ink)):
        at, alike = registered(_warp(3, -2), blank, lines)
        np.testing.assert_array_equal(at[8:-8, 8:-8], _warp(3, -2)[8:-8, 8:-8])
        assert np.abs(alike).max() < 1e-3


def test_other_lines_are_told_from_the_same_ones() -> None:
    picture, ink = _scene(outlined=True)
    _, same = registered(_warp(2, 2), picture, ink)
    _, other = registered(_warp(2, 2), picture, np.ascontiguousarray(ink[::-1]))
    assert _inner(same).mean() > _inner(other).mean() + 0.3


def test_lines_and_edges_look_like_lines() -> None:
    picture = np.full((64, 64, 3), 0.8, np.float32)
    picture[:, 32:] = (0.8, -0.4, -0.4)
    picture[20:22, 4:28] = -1
    like = line_likeness(picture)
    assert like[20:22, 8:24].min() > 0.8
    assert like[40:60, 31:33].min() > 0.1
    assert like[40:60, 8:24].max() == pytest.approx(0, abs=1e-4)


def test_evidence_takes_pixels_under_the_drawings_lines_and_is_surer_of_them() -> None:
    picture, ink = _scene(outlined=True)
    cells = SIZE // 8
    steps = (np.arange(cells, dtype=np.float32) + np.float32(0.5)) / cells
    flow = np.dstack(np.meshgrid(steps + 4 / SIZE, steps - 3 / SIZE)).astype(np.float32)
    full = np.ones((cells, cells), np.float32)
    match = Match(flow, full * np.float32(0.6), np.zeros((cells, cells, 3), np.float32), full)
    plain, aligned = evidence(match, picture), evidence(match, picture, ink)

    def error(rgb: Array) -> float:
        return float(_inner(np.abs(rgb - picture)).mean())

    assert error(aligned.rgb) < 0.5 * error(plain.rgb)
    assert aligned.confidence.min() >= plain.confidence.min() - 1e-6
    assert _inner(aligned.confidence).mean() > 0.75 > _inner(plain.confidence).mean()
    assert aligned.confidence.max() <= 1 + 1e-6
