from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imaging.drawings import figure, figure_ink, on_paper
from nurie.imaging.compose import compose
from nurie.imaging.lineart import LineArt, read_line_art

SHAPE = (120, 160)
INK = figure_ink(SHAPE)


def page(paper: tuple[float, float, float] = (1, 1, 1), line: tuple[float, float, float] = (0, 0, 0)) -> LineArt:
    return read_line_art(Image.fromarray(on_paper(INK, paper, line)))


def layer(color: tuple[int, int, int], alpha: int = 255) -> np.ndarray:
    return np.full((*SHAPE, 4), (*color, alpha), np.uint8)


@settings(max_examples=20)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_on_white_paper_colour_is_itself_and_black_lines_stay_black(color: tuple[int, int, int]) -> None:
    image = compose(layer(color), page())
    assert np.all(image[INK == 0] == color)
    assert np.all(image[INK == 1] == 0)


def test_white_stays_white() -> None:
    assert np.array_equal(compose(layer((255, 255, 255)), page()), on_paper(INK))


@pytest.mark.parametrize("paper", [(1, 1, 1), (0.8, 0.75, 0.6)], ids=str)
def test_where_nothing_is_painted_the_drawing_is_left_as_it_is(paper: tuple[float, float, float]) -> None:
    drawing = page(paper)
    assert np.array_equal(compose(layer((10, 20, 30), 0), drawing), drawing.rgb)


def test_grey_paper_does_not_grey_the_colours() -> None:
    image = compose(layer((200, 100, 50)), page((0.7, 0.7, 0.7)))
    assert np.abs(image[INK == 0].astype(int) - (200, 100, 50)).max() <= 4


def test_coloured_lines_keep_their_colour_on_white() -> None:
    image = compose(layer((255, 255, 255)), page(line=(0.8, 0.1, 0.1)))
    assert np.all(np.abs(image[INK == 1].astype(int) - (204, 26, 26)) <= 1)


@pytest.mark.parametrize("line", [(0, 0, 0), (255, 255, 255), (200, 30, 30)], ids=str)
def test_lines_on_transparent_ground_lie_over_the_colour(line: tuple[int, int, int]) -> None:
    rgba = np.dstack([np.full((*SHAPE, 3), line, np.uint8), (INK * 255).astype(np.uint8)])
    image = compose(layer((40, 90, 160)), read_line_art(Image.fromarray(rgba)))
    assert np.all(image[INK == 1] == line)
    assert np.all(image[INK == 0] == (40, 90, 160))


def test_a_cut_out_figure_filled_with_white_does_not_hide_the_colour() -> None:
    inside = figure(SHAPE).min(axis=2) < 1
    rgba = np.dstack([on_paper(INK), np.where(inside | (INK > 0), 255, 0).astype(np.uint8)])
    image = compose(layer((40, 90, 160)), read_line_art(Image.fromarray(rgba)))
    assert np.all(image[inside & (INK == 0)] == (40, 90, 160))
    assert np.all(image[INK == 1] == 0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        compose(np.zeros((10, 10, 4), np.uint8), page())
