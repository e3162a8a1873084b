"""Hints: read as people paint them, exact on their strokes, and kept in by lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.canvas import Placement
from nurie.imaging.evidence import Evidence
from nurie.imaging.hints import add_hints, hints_canvas, read_hints
from nurie.imaging.spread import Paper
from nurie.protocol import InputError

Floats = NDArray[np.float32]
SIZE = 64
SHAPE = (40, 30)


def strokes(*, alpha: int = 255) -> Image.Image:
    picture = Image.new("RGBA", (30, 40), (0, 0, 0, 0))
    picture.paste((250, 10, 20, alpha), (5, 5, 15, 12))
    return picture


def test_strokes_are_read_as_they_are(tmp_path: Path) -> None:
    strokes().save(tmp_path / "hints.png")
    for given_as in (strokes(), tmp_path / "hints.png", str(tmp_path / "hints.png")):
        np.testing.assert_array_equal(read_hints(given_as, SHAPE), np.asarray(strokes()))


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (strokes().resize((60, 80)), "the picture is 60 x 80 px, the sketch 30 x 40 px"),
        (Image.new("RGB", (30, 40), "red"), "no transparent ground"),
        (Image.new("RGBA", (30, 40), "red"), "no transparent ground"),
        (Image.new("L", (30, 40), 255), "no transparent ground"),
        (Image.new("RGBA", (30, 40), (255, 0, 0, 0)), "there are no strokes"),
        (strokes(alpha=100), "there are no strokes"),
    ],
)
def test_hints_that_cannot_be_used_are_refused(picture: Image.Image, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        read_hints(picture, SHAPE)
    assert refused.value.advice


def test_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"hints .*nowhere\.png does not exist"):
        read_hints(tmp_path / "nowhere.png", SHAPE)


@given(st.tuples(*[st.integers(0, 255)] * 3), st.integers(128, 255), st.integers(20, 900), st.integers(-40, 40))
def test_a_stroke_keeps_its_colour_at_any_scale(color: tuple[int, int, int], alpha: int, side: int, shift: int) -> None:
    """Whatever lies in transparent pixels, here bright green, must not come through."""
    hints = np.zeros((200, 300, 4), np.uint8)
    hints[...] = (0, 255, 0, 0)
    hints[60:140, 90:210] = (*color, alpha)
    colors, there = hints_canvas(hints, Placement(shift, shift, side, SIZE))
    expected = np.array(color, np.float32) / 127.5 - 1
    np.testing.assert_allclose(colors[there], np.broadcast_to(expected, colors[there].shape), atol=2e-3)


def test_a_thin_pens_stroke_is_not_lost_on_a_large_drawing() -> None:
    hints = np.zeros((4000, 4000, 4), np.uint8)
    hints[1000:3000, 2000:2009] = (200, 30, 40, 255)
    _, there = hints_canvas(hints, Placement(0, 0, 4000, SIZE))
    assert there[17:47].any(axis=1).all()
    assert there.sum() < 2 * 34


@given(st.integers(0, 2**32 - 1))
def test_strokes_are_evidence_exactly_as_in_training(number: int) -> None:
    rng = np.random.default_rng(number)
    found = Evidence(
        rng.uniform(-1, 1, (SIZE, SIZE, 3)).astype(np.float32), rng.uniform(0, 1, (SIZE, SIZE)).astype(np.float32)
    )
    colors = rng.uniform(-1, 1, (SIZE, SIZE, 3)).astype(np.float32)
    there = rng.random((SIZE, SIZE)) < rng.uniform(0, 0.1)
    ink = (rng.random((SIZE, SIZE)) < 0.3).astype(np.float32)
    hinted = add_hints(found, colors, there, Paper(ink, np.ones(ink.shape, np.bool_)))
    np.testing.assert_array_equal(hinted.rgb[there], colors[there])
    assert (hinted.confidence[there] == 1).all()
    assert (hinted.confidence >= found.confidence).all()
    assert hinted.confidence.max() <= 1
    if not there.any():
        np.testing.assert_array_equal(hinted.rgb, found.rgb)
        np.testing.assert_array_equal(hinted.confidence, found.confidence)
