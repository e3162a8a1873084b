"""A moving drawing keeps its colours, whatever the model makes of each frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from imaging.shapes import draw_lines, shape_labels
from nurie.imaging.canvas import fit
from nurie.imaging.lineart import read_line_art
from nurie.imaging.painting import Painting, paint
from nurie.imaging.steady import steadied

SIZE = (300, 380)


def frame(shift: int, noise: float, seed: int) -> Painting:
    """The same shapes, moved to the right, in the same colours but for the model's mood."""
    shapes = np.roll(shape_labels(3, *SIZE), shift, axis=1)
    art = read_line_art(Image.fromarray(np.uint8(255 * (1 - draw_lines(shapes, 3)))))
    colors = np.random.default_rng(1).uniform(0.2, 0.8, (int(shapes.max()) + 1, 3))
    colors = np.clip(colors + np.random.default_rng(seed).normal(0, noise, colors.shape), 0, 0.9)
    picture = Image.fromarray(np.uint8(255 * colors[shapes]))
    placement = fit(art.box, 128)
    # What the model would have painted: the same place, small.
    side = placement.side
    page = Image.new("RGB", (round(side), round(side)), "white")
    page.paste(picture, (round(-placement.x0), round(-placement.y0)))
    small: NDArray[np.float32] = np.asarray(page.resize((128, 128), Image.Resampling.BOX), np.float32) / np.float32(255)
    return paint("flats", small, art, placement)


@settings(max_examples=8)
@given(shift=st.integers(-12, 12), seed=st.integers(0, 1000))
def test_flicker_is_taken_away(shift: int, seed: int) -> None:
    one, two = frame(0, 0, 0), frame(shift, 0.03, seed)
    found = steadied(one.fill, two)
    assert found.flicker is not None
    assert found.painted is not None
    assert found.flicker <= min(1.0, found.painted)
    np.testing.assert_array_equal(found.painting.fill.labels, two.fill.labels)
    np.testing.assert_array_equal(found.painting.fill.painted, two.fill.painted)


def test_a_frame_after_itself_stays() -> None:
    one = frame(0, 0, 0)
    found = steadied(one.fill, one)
    assert (found.flicker, found.painted) == (0, 0)
    np.testing.assert_array_equal(found.painting.color(), one.color())


def test_frames_without_paint_in_common_are_left_alone() -> None:
    one = frame(0, 0, 0)
    bare = replace(one.fill, painted=np.zeros_like(one.fill.painted))
    found = steadied(bare, one)
    assert (found.painting, found.flicker, found.painted) == (one, None, None)
