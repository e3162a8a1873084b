from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from imaging.drawings import figure_ink, on_paper
from nurie.imaging.lineart import read_line_art
from nurie.protocol import InputError

INK = figure_ink()


def lines_and_paper(ink: np.ndarray) -> tuple[float, float]:
    """The least ink on the drawing's lines and the most beside them."""
    return float(ink[INK == 1].min()), float(ink[INK == 0].max())


def test_clean_line_art_passes_unchanged() -> None:
    grey = np.where(INK == 1, 0, 255).astype(np.uint8)
    grey[30, 30:60] = (np.arange(30) * 8).astype(np.uint8)
    drawing = read_line_art(Image.fromarray(grey))
    assert np.allclose(drawing.ink, 1 - grey / 255, atol=1e-6)
    assert drawing.alpha is None
    assert drawing.paper is None
    assert np.array_equal(drawing.rgb, np.repeat(grey[..., None], 3, axis=2))
    assert drawing.shape == INK.shape


@pytest.mark.parametrize(
    "line", [(0, 0, 0), (1, 0, 0), (0, 0, 1), (0.1, 0.5, 0.1), (0.55, 0.7, 0.95), (0.6, 0.6, 0.6)], ids=str
)
def test_a_line_of_any_colour_is_full_ink(line: tuple[float, float, float]) -> None:
    drawing = read_line_art(Image.fromarray(on_paper(INK, line=line)))
    least, most = lines_and_paper(drawing.ink)
    assert least > 0.85
    assert most == 0


@pytest.mark.parametrize("paper", [(0.9, 0.9, 0.9), (0.7, 0.7, 0.7), (0.95, 0.9, 0.75), (0.5, 0.55, 0.6)], ids=str)
def test_the_tone_of_the_paper_is_no_ink(paper: tuple[float, float, float]) -> None:
    rgb = on_paper(INK, paper=paper)
    drawing = read_line_art(Image.fromarray(rgb))
    least, most = lines_and_paper(drawing.ink)
    assert least > 0.85
    assert most < 0.02
    assert np.array_equal(drawing.rgb, rgb)
    assert drawing.paper is not None
    assert np.abs(drawing.paper[60, 10] / 255 - paper).max() < 0.02


def test_grain_and_a_shadow_across_the_page_are_no_ink() -> None:
    rng = np.random.default_rng(1)
    ink = figure_ink((480, 640), width=5)
    shade = np.linspace(0.9, 0.65, 640)[None, :, None]
    page = shade * (1 - 0.8 * ink[..., None]) + rng.normal(0, 0.02, (480, 640, 3))
    drawing = read_line_art(Image.fromarray(np.clip(page * 255, 0, 255).astype(np.uint8)))
    assert drawing.ink[ink == 1].mean() > 0.75
    assert drawing.ink[ink == 0].mean() < 0.01
    assert np.quantile(drawing.ink[ink == 0], 0.99) < 0.1


@pytest.mark.parametrize("color", [0, 255, (200, 30, 30)], ids=["black", "white", "red"])
def test_a_transparent_ground(color: int | tuple[int, int, int]) -> None:
    rgba = np.zeros((*INK.shape, 4), np.uint8)
    rgba[..., :3] = color
    rgba[..., 3] = INK * 255
    drawing = read_line_art(Image.fromarray(rgba))
    least, most = lines_and_paper(drawing.ink)
    assert least > 0.85
    assert most == 0
    assert drawing.alpha is not None
    assert drawing.strokes is not None
    assert np.array_equal(drawing.alpha, rgba[..., 3])
    assert np.array_equal(drawing.strokes[INK == 1], rgba[..., :3][INK == 1])


def test_an_opaque_alpha_channel_is_a_white_page() -> None:
    rgba = np.dstack([on_paper(INK), np.full(INK.shape, 255, np.uint8)])
    assert read_line_art(Image.fromarray(rgba)).alpha is None


def test_colour_under_full_transparency_is_not_seen() -> None:
    rgba = np.zeros((*INK.shape, 4), np.uint8)
    rgba[..., 3] = INK * 255
    hidden = rgba.copy()
    hidden[INK == 0, :3] = (10, 200, 90)
    assert np.array_equal(read_line_art(Image.fromarray(rgba)).ink, read_line_art(Image.fromarray(hidden)).ink)


def test_solid_blacks_stay_ink() -> None:
    ink = INK.copy()
    ink[40:80, 40:75] = 1
    assert read_line_art(Image.fromarray(on_paper(ink))).ink[45:75, 45:70].min() == 1


def test_the_box_holds_the_drawing() -> None:
    drawing = read_line_art(Image.fromarray(on_paper(INK)))
    ys, xs = np.nonzero(INK)
    assert drawing.box == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)


@settings(max_examples=20)
@given(st.integers(32, 300), st.integers(32, 300), st.data())
def test_any_size_gives_ink_of_that_size_within_range(width: int, height: int, data: st.DataObject) -> None:
    cells = data.draw(arrays(np.uint8, (4, 4, 3)))
    image = Image.fromarray(cells).resize((width, height), Image.Resampling.NEAREST)
    try:
        drawing = read_line_art(image)
    except InputError:
        return
    assert drawing.ink.shape == (height, width)
    assert drawing.ink.dtype == np.float32
    assert drawing.ink.min() >= 0
    assert drawing.ink.max() <= 1


@pytest.mark.parametrize(
    ("image", "word"),
    [
        (Image.new("RGB", (64, 64), "white"), "blank"),
        (Image.new("RGB", (64, 64), (180, 170, 150)), "blank"),
        (Image.new("RGB", (64, 64), "black"), "black"),
        (Image.new("L", (64, 64), 20), "black"),
        (Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "transparent"),
        (Image.new("RGB", (31, 64), "white"), "too small"),
        (Image.new("1", (8001, 40), 1), "too large"),
    ],
    ids=["white", "paper", "black", "dark", "transparent", "small", "large"],
)
def test_what_cannot_be_coloured(image: Image.Image, word: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"^The sketch is .*{word}"):
        read_line_art(image)
    path = tmp_path / "drawing.png"
    image.save(path)
    with pytest.raises(InputError, match=word) as caught:
        read_line_art(path)
    assert str(path) in caught.value.message


def test_a_photograph_is_refused_and_shaded_pencil_is_not() -> None:
    blobs = cv2.GaussianBlur(np.random.default_rng(0).random((200, 260)), (0, 0), 2)
    ranks = np.argsort(np.argsort(blobs.ravel())).reshape(blobs.shape) / blobs.size
    photograph = 30 + 200 * ranks**1.5  # dark to middle tones, and a few highlights
    with pytest.raises(InputError, match="no line art"):
        read_line_art(Image.fromarray(photograph.astype(np.uint8)))
    shaded = np.where(INK == 1, 20, 255).astype(np.uint8)
    shaded[30:110, 40:120] = np.minimum(shaded[30:110, 40:120], 150)
    assert read_line_art(Image.fromarray(shaded)).ink[60, 60] < 0.6
    on_a_scanner = np.full((200, 300), 255, np.uint8)
    on_a_scanner[10:-10, 10:-10] = 205  # a grey page on white ground
    on_a_scanner[40:160, 148:152] = 30
    read_line_art(Image.fromarray(on_a_scanner))


@pytest.mark.parametrize("size", [(32, 32), (8000, 33)])
def test_the_limits_themselves_are_allowed(size: tuple[int, int]) -> None:
    image = Image.new("L", size, 255)
    image.paste(0, (8, 8, 24, 12))
    assert read_line_art(image).shape == size[::-1]
