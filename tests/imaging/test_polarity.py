"""Light lines on dark ground are told from dark lines on light ground, and coloured as an artist would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from imaging.drawings import figure_ink, on_paper
from imaging.shapes import draw_lines, shape_labels
from nurie.imaging.compose import compose
from nurie.imaging.layers import line_layer
from nurie.imaging.lineart import read_line_art
from nurie.imaging.polarity import is_light_on_dark

SHAPE = (240, 320)
INK = figure_ink(SHAPE, 3)
GROUNDS = [(0, 0, 0), (0.25, 0.25, 0.25), (0.1, 0.25, 0.6), (0.1, 0.3, 0.2)]


def slate(ground: tuple[float, float, float] = (0, 0, 0), line: tuple[float, float, float] = (1, 1, 1)) -> Image.Image:
    return Image.fromarray(on_paper(INK, ground, line))


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
@pytest.mark.parametrize("line", [(1, 1, 1), (1, 0.95, 0.6)], ids=str)
def test_light_lines_are_found_on_any_dark_ground(
    ground: tuple[float, float, float], line: tuple[float, float, float]
) -> None:
    drawing = read_line_art(slate(ground, line))
    assert drawing.light
    assert drawing.ink[INK == 1].min() > 0.85
    assert drawing.ink[INK == 0].max() < 0.02


@settings(max_examples=25)
@given(st.integers(0, 500), st.integers(1, 8), st.sampled_from(GROUNDS))
def test_a_drawing_and_its_negative_differ_in_polarity(
    seed: int, width: int, ground: tuple[float, float, float]
) -> None:
    ink = draw_lines(shape_labels(seed, *SHAPE), width)
    assert is_light_on_dark(on_paper(ink, ground, (1, 1, 1)))
    paper = (1 - ground[0], 1 - ground[1], 1 - ground[2])
    assert not is_light_on_dark(on_paper(ink, paper, (0, 0, 0)))


def test_a_night_scene_and_a_silhouette_are_dark_lines() -> None:
    night: NDArray[np.float32] = np.ones(SHAPE, np.float32)
    night[40:200, 60:260] = INK[40:200, 60:260]
    assert not is_light_on_dark(on_paper(night))
    silhouette: NDArray[np.float32] = np.zeros(SHAPE, np.float32)
    silhouette[5:-5, 20:-20] = 1
    silhouette[100:103, 60:260] = 0  # a light line within
    assert not is_light_on_dark(on_paper(silhouette))


def test_black_lines_on_grey_paper_stay_dark() -> None:
    assert not read_line_art(Image.fromarray(on_paper(INK, (0.45, 0.45, 0.45), (0, 0, 0)))).light


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_colour_lies_below_light_lines_and_the_ground_stays(ground: tuple[float, float, float]) -> None:
    drawing = read_line_art(slate(ground))
    color = np.zeros((*SHAPE, 4), np.uint8)
    color[100:140, 100:220] = (40, 90, 160, 255)
    image = compose(color, drawing)
    painted = color[..., 3] > 0
    assert np.abs(image[painted & (INK == 0)].astype(int) - (40, 90, 160)).max() <= 4
    assert image[painted & (INK == 1)].min() >= 250
    np.testing.assert_array_equal(image[~painted], drawing.rgb[~painted])


def test_the_lines_layer_holds_the_light_lines() -> None:
    drawing = read_line_art(slate(line=(1, 0.9, 0.3)))
    lines = line_layer(drawing).astype(float)
    again = lines[..., :3] * lines[..., 3:] / 255
    assert np.abs(again - drawing.rgb).max() <= 1
    assert not lines[INK == 0][:, 3].any()


def test_white_lines_on_nothing_are_shown_on_black() -> None:
    rgba = np.dstack([np.full((*SHAPE, 3), 255, np.uint8), (INK * 255).astype(np.uint8)])
    drawing = read_line_art(Image.fromarray(rgba))
    assert drawing.light
    image = compose(np.zeros((*SHAPE, 4), np.uint8), drawing)
    np.testing.assert_array_equal(image, np.repeat((INK * 255).astype(np.uint8)[..., None], 3, axis=2))
