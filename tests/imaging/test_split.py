"""Open outlines, blotches: what flats make of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from imaging.drawings import on_paper
from nurie.imaging.canvas import fit
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.oklab import difference, rgb_to_oklab
from nurie.imaging.painting import paint
from nurie.imaging.quantiles import region_modes

SHAPE = (240, 320)
RED, BLUE = (0.8, 0.2, 0.2), (0.1, 0.3, 0.8)
Floats = NDArray[np.float32]


def room(gap: int = 0) -> LineArt:
    """One rectangle, (60, 40) to (260, 200), its right side open over ``gap`` pixels."""
    ink = np.zeros(SHAPE, np.float32)
    cv2.rectangle(ink, (60, 40), (260, 200), 1, 3)
    if gap:
        ink[120 - gap // 2 : 120 + gap // 2, 250:] = 0
    return read_line_art(Image.fromarray(on_paper(ink)))


def painted(line_art: LineArt, full: Floats) -> NDArray[np.uint8]:
    """The flats of what a model of 96 px paints of the picture ``full`` (H, W, 3), white below the lines' box."""
    placement = fit(line_art.box, 96)
    square = np.ones((placement.side, placement.side, 3), np.float32)
    top, left = placement.y0, placement.x0
    rows = slice(max(0, top), min(SHAPE[0], top + placement.side))
    columns = slice(max(0, left), min(SHAPE[1], left + placement.side))
    square[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = full[rows, columns]
    small = cv2.resize(square, (96, 96), interpolation=cv2.INTER_AREA)
    return paint("flats", np.asarray(small, np.float32), line_art, placement).color()


@pytest.mark.parametrize("gap", [0, 24, 60])
def test_an_open_figure_is_parted_from_the_page_and_spill_is_page(gap: int) -> None:
    full = np.ones((*SHAPE, 3), np.float32)
    full[40:200, 60:260] = BLUE
    # A pale cloud beside the opening, as a model leaves it where it sees no line.
    full[90:150, 262:285] = 0.88 + 0.12 * np.array(BLUE, np.float32)
    color = painted(room(gap), full)
    inside, outside = color[60:180, 80:235], np.concatenate([color[:25].reshape(-1, 4), color[:, :40].reshape(-1, 4)])
    assert inside[..., 3].min() == 255
    np.testing.assert_allclose(inside[..., :3].reshape(-1, 3).mean(axis=0) / 255, BLUE, atol=0.05)
    assert not outside[:, 3].any()
    assert not color[:, 290:, 3].any()


@settings(max_examples=5)
@given(st.floats(0.2, 0.4), st.sampled_from([(RED, BLUE), (BLUE, RED)]))
def test_a_blotched_area_has_the_colour_of_most_of_it_and_no_mixture(
    share: float, colors: tuple[object, object]
) -> None:
    """A blotch in the middle, from which the model's colour runs softly into the area's own."""
    own, other = (np.array(color, np.float32) for color in colors)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    radius = np.sqrt(share * 160 * 200 / np.pi)
    blotch = np.clip((radius - np.hypot(rows - 120, columns - 160)) / 24 + 0.5, 0, 1)[..., None].astype(np.float32)
    full = np.ones((*SHAPE, 3), np.float32)
    full[40:200, 60:260] = (own + (other - own) * blotch)[40:200, 60:260]
    color = painted(room(), full)
    corner = color[50:60, 70:80, :3].reshape(-1, 3).mean(axis=0) / 255
    assert difference(rgb_to_oklab(corner.astype(np.float32)), rgb_to_oklab(own)) < 0.06


def test_modes_are_found_among_outliers_and_stand_in_where_nothing_is_known() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0.3, 0.01, (60, 3)), rng.normal(0.7, 0.01, (40, 3))]).astype(np.float32)
    labels = np.ones(100, np.int64)
    instead = np.full((3, 3), 0.5, np.float32)
    starts = np.array([[0.32] * 3, [0.68] * 3], np.float32)
    found = region_modes(labels, values, np.ones(100, np.float32), instead, starts, 0.06)
    np.testing.assert_allclose(found[1], 0.3, atol=0.01)
    np.testing.assert_array_equal(found[2], instead[2])
