from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imaging.drawings import figure, figure_ink, on_paper
from nurie.imaging.canvas import Placement, fit, to_canvas
from nurie.imaging.fullres import ink_pyramid, upscale_color
from nurie.imaging.ground import is_ground
from nurie.imaging.lineart import LineArt, read_line_art


def drawing(shape: tuple[int, int], width: int = 2) -> LineArt:
    return read_line_art(Image.fromarray(on_paper(figure_ink(shape, width))))


def painted(shape: tuple[int, int], line_art: LineArt, size: int = 64) -> tuple[np.ndarray, Placement]:
    """The true colours of the drawing as a small picture, lines and all, as a good model would paint it."""
    placement = fit(line_art.box, size)
    lined = figure(shape) * (1 - line_art.ink[..., None])
    return to_canvas(lined.astype(np.float32), placement, fill=1.0), placement


@pytest.mark.parametrize("shape", [(120, 160), (600, 400), (333, 1200)])
@pytest.mark.parametrize("width", [1, 3, 9])
def test_colour_does_not_cross_lines(shape: tuple[int, int], width: int) -> None:
    line_art = drawing(shape, width)
    small, placement = painted(shape, line_art)
    color = upscale_color(small, line_art, placement)
    beside = line_art.ink == 0
    truth = figure(shape)
    inside = beside & (truth.min(axis=2) < 0.9)
    wrong = np.abs(color[inside][:, :3] / 255 - truth[inside]).max(axis=1) > 0.1
    assert wrong.mean() < 0.01
    assert (color[inside][:, 3] < 128).mean() < 0.01
    outside = beside & (truth.min(axis=2) > 0.9)
    assert (color[outside][:, 3] > 128).mean() < 0.01


def test_colour_goes_under_the_whole_line() -> None:
    shape = (400, 500)
    line_art = drawing(shape, 9)
    small, placement = painted(shape, line_art)
    assert upscale_color(small, line_art, placement)[..., 3][line_art.ink == 1].min() == 255


def test_an_unpainted_drawing_is_transparent() -> None:
    line_art = drawing((200, 300))
    placement = fit(line_art.box, 64)
    white = np.ones((64, 64, 3), np.float32)
    color = upscale_color(white, line_art, placement)
    outside = figure((200, 300)).min(axis=2) == 1
    assert color[outside & (line_art.ink == 0)][:, 3].max() == 0
    # The rooms are closed: white there is paint, not ground.
    assert color[100, 100].tolist() == [255, 255, 255, 255]


@settings(max_examples=15)
@given(st.integers(32, 500), st.integers(32, 500), st.sampled_from([32, 64, 256]), st.floats(0, 0.8))
def test_the_result_has_the_drawings_size_and_a_flat_colour_stays_flat(
    width: int, height: int, size: int, level: float
) -> None:
    line_art = drawing((height, width))
    color = upscale_color(np.full((size, size, 3), level, np.float32), line_art, fit(line_art.box, size))
    assert color.shape == (height, width, 4)
    assert color.dtype == np.uint8
    assert np.all(np.abs(color[..., :3] / 255 - level) < 0.01)
    assert np.all(color[..., 3] == 255)


def test_a_painted_background_reaches_the_edges() -> None:
    line_art = drawing((100, 300))
    sky = np.full((64, 64, 3), 0.4, np.float32)
    color = upscale_color(sky, line_art, Placement(100, 0, 100, 64))
    assert np.all(color[..., 3] == 255)
    assert np.all(np.abs(color[..., :3].astype(int) - 102) <= 1)


def test_thin_lines_are_closed_at_every_size() -> None:
    line_art = drawing((900, 1100), width=1)
    placement = fit(line_art.box, 64)
    pyramid = ink_pyramid(line_art.ink, placement)
    assert [len(level) for level in pyramid] == [64, 128, 256, 512]
    for level in pyramid:
        row, column = level[len(level) // 2], level[:, len(level) // 4]
        assert (np.diff((row > 0.5).astype(int)) == 1).sum() == 3
        assert (np.diff((column > 0.5).astype(int)) == 1).sum() == 2


def test_ground_is_white_that_reaches_the_border() -> None:
    small = np.ones((20, 20, 3), np.float32)
    small[5:15, 5:15] = 0.5
    small[8:12, 8:12] = 1
    ground = is_ground(small, np.zeros((20, 20), np.float32))
    assert ground[0, 0]
    assert not ground[6, 6]
    assert not ground[10, 10]


def test_colour_of_another_size_is_refused() -> None:
    line_art = drawing((100, 100))
    with pytest.raises(ValueError, match="64 px"):
        upscale_color(np.ones((32, 32, 3), np.float32), line_art, fit(line_art.box, 64))


@pytest.mark.parametrize("shape", [(2400, 90), (90, 2400)], ids=str)
def test_a_long_strip_is_worked_on_where_it_is_and_not_in_the_square_around_it(shape: tuple[int, int]) -> None:
    ink = np.zeros(shape, np.float32)
    for place in range(40, 2360, 80):
        corner = (place, 20) if shape[1] > shape[0] else (20, place)
        cv2.rectangle(ink, corner, (corner[0] + 50, corner[1] + 50), 1.0, 3)
    line_art = read_line_art(Image.fromarray(on_paper(ink)))
    placement = fit(line_art.box, 64)
    color = upscale_color(np.full((64, 64, 3), 0.5, np.float32), line_art, placement)
    assert np.abs(color[..., :3].astype(int) - 127).max() <= 1
    rows, columns = (slice(10, 20), slice(0, 64)) if shape[0] < shape[1] else (slice(0, 64), slice(10, 20))
    whole, part = ink_pyramid(line_art.ink, placement), ink_pyramid(line_art.ink, placement, (rows, columns))
    for times, (every, some) in enumerate(zip(whole, part, strict=True)):
        cut = tuple(slice(side.start * 2**times, side.stop * 2**times) for side in (rows, columns))
        np.testing.assert_array_equal(every[cut], some)
