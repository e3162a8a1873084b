"""Styles: colour between the lines, in one paint or in tones that keep to their areas; corrections without a model."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from imaging.drawings import figure, figure_ink, on_paper
from nurie.imaging.canvas import Placement, fit, to_canvas
from nurie.imaging.field import Field
from nurie.imaging.fill import fill_regions
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.materials import palette_of
from nurie.imaging.oklab import oklab_to_rgb
from nurie.imaging.painting import Painting, paint
from nurie.imaging.regions import Regions
from nurie.imaging.styles import flat_color

RED, BLUE = (0.9, 0.2, 0.1), (0.1, 0.3, 0.9)
SHAPE = (240, 320)
LEFT_ROOM, RIGHT_ROOM = np.s_[120, 110], np.s_[120, 210]


def drawing(shape: tuple[int, int] = SHAPE, width: int = 3) -> LineArt:
    return read_line_art(Image.fromarray(on_paper(figure_ink(shape, width))))


def blotchy(line_art: LineArt, seed: int = 0, size: int = 64) -> tuple[NDArray[np.float32], Placement]:
    """The rooms' true colours as a model paints them: small, uneven, lines and all."""
    placement = fit(line_art.box, size)
    true = to_canvas((figure(line_art.shape) * (1 - line_art.ink[..., None])).astype(np.float32), placement, fill=1.0)
    noise = np.random.default_rng(seed).normal(0, 0.06, (size // 4, size // 4, 3)).astype(np.float32)
    blotches = cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.where(true.min(axis=2, keepdims=True) > 0.95, true, true + blotches), 0, 1), placement


def painting(style: str, seed: int = 0, line_art: LineArt | None = None) -> Painting:
    line_art = drawing() if line_art is None else line_art
    return paint(style, *_swap(line_art, *blotchy(line_art, seed)))


def _swap(
    line_art: LineArt, small: NDArray[np.float32], placement: Placement
) -> tuple[NDArray[np.float32], LineArt, Placement]:
    return small, line_art, placement


@pytest.mark.parametrize("shape", [(120, 160), (240, 320), (1500, 2000)])
@pytest.mark.parametrize("width", [2, 5, 9])
def test_flats_are_one_colour_a_room_up_to_the_lines(shape: tuple[int, int], width: int) -> None:
    line_art = drawing(shape, width)
    small, placement = blotchy(line_art)
    color = paint("flats", small, line_art, placement).color()
    truth = figure(shape)
    open_paper = line_art.ink == 0
    for room in (RED, BLUE):
        inside = open_paper & (np.abs(truth - np.array(room)).max(axis=2) < 0.01)
        assert len(np.unique(color[inside], axis=0)) == 1
        np.testing.assert_allclose(color[inside][0] / 255, [*room, 1], atol=0.08)
    outside = open_paper & (truth.min(axis=2) > 0.9)
    assert not color[outside][:, 3].any()


@pytest.mark.parametrize("style", ["flats", "shaded", "soft"])
@pytest.mark.parametrize("width", [3, 9])
def test_colour_lies_under_the_whole_outline_and_not_past_it(style: str, width: int) -> None:
    line_art = drawing(width=width)
    color = painting(style, line_art=line_art).color()
    assert color[line_art.ink == 1][:, 3].min() == 255
    beyond = cv2.distanceTransform((line_art.ink == 0).astype(np.uint8), cv2.DIST_L2, 5) > 0
    outside = beyond & (figure(SHAPE).min(axis=2) > 0.9)
    assert not color[outside][:, 3].any()


@settings(max_examples=10)
@given(st.integers(0, 1000), st.sampled_from(["shaded", "soft"]))
def test_tones_stay_in_their_areas_range(seed: int, style: str) -> None:
    made = painting(style, seed)
    color, fill = made.color(), made.fill
    for area in range(1, fill.count + 1):
        inside = color[fill.labels == area][:, :3]
        if len(inside) and fill.painted[area]:
            mean = oklab_to_rgb(fill.colors[area]) * 255
            assert (inside >= np.minimum(fill.low[area], mean) - 1).all()
            assert (inside <= np.maximum(fill.high[area], mean) + 1).all()


def test_tones_are_kept() -> None:
    line_art = drawing()
    placement = fit(line_art.box, 64)
    ramp = np.linspace(0.3, 0.7, 64, dtype=np.float32)[:, None, None] * np.ones((64, 64, 3), np.float32)
    flats, shaded, soft = (paint(style, ramp, line_art, placement).color() for style in ("flats", "shaded", "soft"))
    column = np.s_[90:150, 110, 0]
    assert np.ptp(flats[column]) == 0
    assert 5 < np.ptp(shaded[column].astype(int)) < np.ptp(soft[column].astype(int))


def test_an_area_is_recoloured_and_nothing_else() -> None:
    for style in ("flats", "shaded", "soft"):
        before = painting(style)
        after = before.recolored(110, 120, (0.2, 0.8, 0.3))
        one, two = before.color(), after.color()
        changed = before.fill.labels == before.fill.at(110, 120)
        np.testing.assert_array_equal(one[~changed], two[~changed])
        np.testing.assert_allclose(np.median(two[changed][:, :3], axis=0), (51, 204, 76.5), atol=14)
        assert two[changed][:, 3].min() == 255


def test_a_material_is_recoloured_everywhere() -> None:
    line_art = drawing()
    placement = fit(line_art.box, 64)
    alike = paint("flats", np.full((64, 64, 3), 0.5, np.float32), line_art, placement)
    everywhere = alike.recolored(110, 120, (1, 0, 0), everywhere=True).color()
    assert everywhere[LEFT_ROOM].tolist() == everywhere[RIGHT_ROOM].tolist() == [255, 0, 0, 255]
    here = alike.recolored(110, 120, (1, 0, 0)).color()
    assert here[LEFT_ROOM].tolist() != here[RIGHT_ROOM].tolist()
    with pytest.raises(ValueError, match="lies outside"):
        alike.recolored(5000, 1, (1, 0, 0))


def test_colours_snap_to_the_references_palette() -> None:
    line_art = drawing()
    small, placement = blotchy(line_art)
    reference = np.ones((64, 64, 3), np.float32)
    reference[10:50, 10:30], reference[10:50, 30:50] = np.array(RED) * 2 - 1, np.array(BLUE) * 2 - 1
    made = paint("flats", small, line_art, placement, [reference]).snapped().color()
    for place, colour in ((LEFT_ROOM, RED), (RIGHT_ROOM, BLUE)):
        np.testing.assert_allclose(made[place][:3] / 255, colour, atol=0.005)


def test_a_mask_cuts_the_colour() -> None:
    made = painting("flats")
    mask = np.zeros(SHAPE, np.uint8)
    mask[:, :160] = 255
    cut = replace(made, mask=mask).color()
    assert cut[LEFT_ROOM][3] == 255
    assert cut[RIGHT_ROOM][3] == 0


@pytest.mark.parametrize("style", ["flats", "shaded"])
def test_an_open_shape_is_parted_by_its_colours(style: str) -> None:
    """The line between hair and face is open over an eighth of its length, but the model knows."""
    ink = np.zeros(SHAPE, np.float32)
    cv2.rectangle(ink, (60, 40), (260, 200), 1, 3)
    ink[119:122, 60:148] = ink[119:122, 172:260] = 1
    line_art = read_line_art(Image.fromarray(on_paper(ink)))
    placement = fit(line_art.box, 64)
    small = np.empty((64, 64, 3), np.float32)
    small[:32], small[32:] = RED, BLUE
    color = paint(style, small, line_art, placement).color()
    np.testing.assert_allclose(color[60, 160][:3] / 255, RED, atol=0.05)
    np.testing.assert_allclose(color[180, 160][:3] / 255, BLUE, atol=0.05)


@pytest.mark.parametrize("style", ["flats", "shaded"])
def test_a_closed_shape_is_of_one_paint_whatever_blotch_the_model_left(style: str) -> None:
    line_art = drawing()
    placement = fit(line_art.box, 64)
    small = np.empty((64, 64, 3), np.float32)
    small[:] = RED
    small[40:] = BLUE
    color = paint(style, small, line_art, placement).color()
    for room in (LEFT_ROOM, RIGHT_ROOM):
        np.testing.assert_allclose(color[room][:3] / 255, RED, atol=0.05)
        np.testing.assert_allclose(color[190, room[1]] / 255, color[room] / 255, atol=0.05)


def test_an_unpainted_drawing_stays_transparent_outside() -> None:
    line_art = drawing()
    placement = fit(line_art.box, 64)
    color = paint("flats", np.ones((64, 64, 3), np.float32), line_art, placement).color()
    assert not color[0, :, 3].any()
    assert color[LEFT_ROOM].tolist() == [255, 255, 255, 255]


@pytest.mark.parametrize("split", [True, False])
def test_a_region_between_the_points_that_styles_look_at_is_painted_too(split: bool) -> None:
    """The last region, 2 x 2 pixels, holds none of the field's points; the first is half page."""
    labels = np.ones((800, 800), np.uint16)
    labels[:, 500:] = 2
    labels[100:102, 600:602] = 3
    rgba = np.full((200, 200, 4), 255, np.uint8)
    rgba[..., :3] = (200, 40, 40)
    rgba[100:, :125] = 0
    field = Field(rgba, np.full((200, 200), 32, np.float32), 4)
    regions = Regions(labels, np.zeros(labels.shape, np.uint8), 3, (), 1.0, 2.0)
    fill = fill_regions(
        field, regions, palette_of(np.zeros((0, 3), np.float32), np.zeros(0, bool)), split=split, mode=False
    )
    assert int(fill.labels.max()) <= fill.count
    assert fill.count == 4
    color = flat_color(fill)
    assert color[100, 600].tolist() == [200, 40, 40, 255]
    assert color[700, 700].tolist() == [200, 40, 40, 255]
    assert color[700, 100, 3] == 0
