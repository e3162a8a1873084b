from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurie.imaging.canvas import (
    Placement,
    content_box,
    fit,
    from_canvas,
    ink_to_canvas,
    on_page,
    picture_box,
    to_canvas,
)

placements = st.builds(
    Placement, st.integers(-500, 500), st.integers(-500, 500), st.integers(1, 4000), st.sampled_from([32, 256, 512])
)
points = st.floats(-1e4, 1e4)


@given(placements, points, points)
def test_points_come_back(placement: Placement, x: float, y: float) -> None:
    there = placement.point_to_canvas(x, y)
    assert np.allclose(placement.point_to_source(*there), (x, y), atol=1e-6)


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 3000), st.integers(1, 3000), st.floats(0, 0.5))
def test_fit_holds_the_box_centred(x: int, y: int, width: int, height: int, margin: float) -> None:
    placement = fit((x, y, x + width, y + height), 256, margin)
    left, right = x - placement.x0, placement.x0 + placement.side - (x + width)
    top, bottom = y - placement.y0, placement.y0 + placement.side - (y + height)
    assert min(left, right, top, bottom) >= int(margin * max(width, height))
    assert abs(left - right) <= 1
    assert abs(top - bottom) <= 1


@settings(max_examples=25)
@given(st.integers(32, 200), st.integers(32, 200), st.integers(-20, 20), st.integers(-20, 20), st.integers(100, 300))
def test_there_and_back_keeps_a_smooth_picture(width: int, height: int, x0: int, y0: int, side: int) -> None:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    picture = (x / 200 + y / 200).astype(np.float32) / 2
    placement = Placement(x0, y0, side, 128)
    back = from_canvas(to_canvas(picture, placement, fill=0.0), placement, picture.shape)
    # Away from the picture's and the square's edge, where the fill and the far side mix in.
    far = 2 * max(1, side // 128) + 2
    inside = np.zeros_like(picture, dtype=bool)
    inside[max(far, y0 + far) : min(height, y0 + side) - far, max(far, x0 + far) : min(width, x0 + side) - far] = True
    assert np.allclose(back[inside], picture[inside], atol=0.02)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_types_and_channels_are_kept_and_the_outside_filled(dtype: type, channels: tuple[int, ...]) -> None:
    canvas = to_canvas(np.zeros((40, 60, *channels), dtype), Placement(-10, -20, 80, 32), fill=200)
    assert canvas.dtype == dtype
    assert canvas.shape == (32, 32, *channels)
    assert np.all(canvas[0] == 200)
    assert np.all(canvas[16, 16] == 0)


def test_a_square_beside_the_picture_is_all_fill() -> None:
    assert np.all(to_canvas(np.zeros((40, 40), np.uint8), Placement(100, 100, 50, 16)) == 255)


@pytest.mark.parametrize(("side", "size"), [(0, 256), (256, 0)])
def test_empty_placements_are_refused(side: int, size: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        Placement(0, 0, side, size)


@pytest.mark.parametrize("length", [300, 2000, 5000])
def test_thin_lines_stay_visible_on_the_canvas(length: int) -> None:
    ink = np.zeros((length, length), np.float32)
    cv2.circle(ink, (length // 2, length // 2), length // 3, 1.0, 2)
    placement = fit(content_box(ink > 0.5), 256)
    canvas = ink_to_canvas(ink, placement)
    rows = canvas[40:216]
    assert np.all(rows[:, :128].max(axis=1) > 0.3)
    assert np.all(rows[:, 128:].max(axis=1) > 0.3)
    # Lines stay lines: ink per length of the circle is a width in canvas pixels.
    circle = 2 * np.pi * (length // 3) * placement.scale
    assert 0.5 < canvas.sum() / circle < max(1.5, 3.5 * placement.scale)


def test_thick_lines_are_not_widened() -> None:
    ink = np.zeros((1024, 1024), np.float32)
    ink[500:540] = 1
    assert ink_to_canvas(ink, Placement(0, 0, 1024, 256)).sum() == pytest.approx(256 * 10, rel=1e-3)


def test_dust_does_not_move_the_box() -> None:
    mask = np.zeros((600, 800), bool)
    mask[100:400, 200:500] = True
    mask[590, 790] = True
    assert content_box(mask) == (200, 100, 500, 400)


def test_an_empty_mask_is_the_whole_picture() -> None:
    assert content_box(np.zeros((30, 50), bool)) == (0, 0, 50, 30)


def test_the_painted_part_of_a_reference() -> None:
    rgb = np.full((60, 80, 3), 255, np.uint8)
    rgb[10:50, 20:40] = (200, 30, 60)
    assert picture_box(rgb) == (20, 10, 40, 50)
    alpha = np.zeros((60, 80), np.uint8)
    alpha[20:30, 25:35] = 255
    assert picture_box(rgb, alpha) == (25, 20, 35, 30)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 90))
def test_the_page_is_where_the_canvas_shows_the_source(height: int, width: int, x0: int, y0: int, side: int) -> None:
    placement = Placement(x0, y0, side, 32)
    page = on_page(placement, (height, width))
    for v in range(0, 32, 5):
        for u in range(32):
            x, y = placement.point_to_source(u, v)
            assert page[v, u] == (-0.5 < x < width - 0.5 and -0.5 < y < height - 0.5)
