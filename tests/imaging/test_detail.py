"""Details: what is finer than the model's picture comes from the reference, where lines and colours agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import nurie
from nurie import painter
from nurie.imaging.canvas import Placement
from nurie.imaging.color import ciede2000, rgb_to_lab
from nurie.imaging.detail import Detail, Placed, agreeing, fetched, finer_size, laid, shrunk
from nurie.imaging.evidence import Evidence
from nurie.training.linework import xdog
from nurie.views import parts_of

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]
SAMPLE = Path(__file__).resolve().parents[2] / "resources/samples/princess"
SIZE, FINE = 128, 256
PLACE = Placement(0, 0, FINE, SIZE)


def scene(scale: int = 1, seed: int = 7) -> tuple[Bytes, Array]:
    """A coloured picture (S, S, 3) of outlined shapes all over, ``scale`` times as large as its ink (FINE, FINE)."""
    side = FINE * scale
    picture, lines = np.full((side, side, 3), 245, np.uint8), np.zeros((side, side), np.uint8)
    shapes = np.random.default_rng(seed)
    for _ in range(18):
        place, axes = (scale * shapes.integers(*ends, 2) for ends in ((14, FINE - 14), (8, 34)))
        turn, color = int(shapes.integers(180)), shapes.integers(30, 226, 3).tolist()
        cv2.ellipse(picture, place.tolist(), axes.tolist(), turn, 0, 360, color, -1)
        cv2.ellipse(lines, place.tolist(), axes.tolist(), turn, 0, 360, 0, -1)
        for canvas in (picture, lines):
            paint = (20, 20, 20) if canvas is picture else 255
            cv2.ellipse(canvas, place.tolist(), axes.tolist(), turn, 0, 360, paint, 2 * scale, cv2.LINE_AA)
    small = cv2.resize(lines, (FINE, FINE), interpolation=cv2.INTER_AREA)
    return picture, (small / 255).astype(np.float32)


def known(scale: float = 1, number: NDArray[np.bool_] | None = None) -> Evidence:
    """Evidence, quite sure, that each pixel lies at its own place in a reference so many times as large."""
    at = (np.arange(SIZE, dtype=np.float32) + np.float32(0.5)) * np.float32(scale * FINE / SIZE) - np.float32(0.5)
    one = np.zeros((SIZE, SIZE)) if number is None else number
    origin = np.dstack([*np.meshgrid(at, at), one]).astype(np.float32)
    return Evidence(np.zeros((SIZE, SIZE, 3), np.float32), np.ones((SIZE, SIZE), np.float32), origin)


def coarse(ink: Array) -> Array:
    return np.asarray(cv2.resize(ink, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.float32)


def taken(evidence: Evidence, references: list[Bytes], ink: Array) -> Detail:
    detail = fetched(evidence, references, coarse(ink), FINE)
    assert detail is not None
    return detail


def test_what_lies_between_alike_lines_is_the_references_own() -> None:
    picture, ink = scene()
    rng = np.random.default_rng(1)
    for x, y in rng.integers(30, FINE - 30, (30, 2)):
        picture[y, x] = 255 - picture[y, x]  # a pixel of this is half a pixel of the model's
    detail = taken(known(), [picture], ink)
    sure = detail.share > 200
    assert sure.mean() > 0.5
    apart = np.abs(detail.rgb[sure].astype(int) - picture[sure]).max(axis=1)
    assert np.median(apart) <= 1
    assert (apart > 8).mean() < 0.1  # beside what moved by a pixel


def test_other_lines_are_no_reason() -> None:
    picture, ink = scene()
    same = taken(known(), [picture], ink).share
    other = taken(known(), [picture], scene(seed=8)[1]).share
    assert other.mean() < 0.5 * same.mean()
    unsure = replace(known(), confidence=np.zeros((SIZE, SIZE), np.float32))
    assert not taken(unsure, [picture], ink).share.any()


def test_evidence_of_unknown_origin_has_none() -> None:
    picture, ink = scene()
    assert fetched(replace(known(), origin=None), [picture], coarse(ink), FINE) is None


@pytest.mark.parametrize("scale", [3, 5])
def test_a_large_reference_is_seen_whole(scale: int) -> None:
    """Noise finer than the canvas is its mean there, and no pixel picked from it."""
    picture, ink = scene(scale)
    noise = np.random.default_rng(2).integers(-60, 61, picture.shape)
    noisy = np.clip(picture.astype(int) + noise, 0, 255).astype(np.uint8)
    detail = taken(known(scale), [noisy], ink)
    clean = taken(known(scale), [picture], ink)
    both = (detail.share > 128) & (clean.share > 128)
    apart = np.abs(detail.rgb[both].astype(int) - clean.rgb[both])
    assert apart.mean() < 12  # of single pixels 30


def test_each_pixel_is_fetched_from_its_own_reference() -> None:
    picture, ink = scene()
    right = np.zeros((SIZE, SIZE), np.bool_)
    right[:, SIZE // 2 :] = True
    detail = taken(known(number=right), [picture, 255 - picture], ink)
    middle = FINE // 2
    for half, truth in ((np.s_[:, : middle - 8], picture), (np.s_[:, middle + 8 :], 255 - picture)):
        assert np.median(np.abs(detail.rgb[half].astype(int) - truth[half])) <= 1


def test_a_painting_of_another_colour_is_left_alone() -> None:
    picture, ink = scene()
    detail = taken(known(), [picture], ink)
    small = cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    painting = np.asarray(small / 255, np.float32)
    assert agreeing(detail, painting).share.mean() > 0.97 * detail.share.mean()
    turned = np.ascontiguousarray(painting[..., ::-1])
    gone = np.abs(painting - turned).max(axis=2) > 0.4
    inner = cv2.erode(gone.astype(np.uint8), np.ones((5, 5), np.uint8))
    there = cv2.resize(inner, (FINE, FINE), interpolation=cv2.INTER_NEAREST) > 0
    assert there.any()
    assert agreeing(detail, turned).share[there].mean() < 0.1 * detail.share[there].mean()


@settings(max_examples=20, deadline=None)
@given(
    deep=st.booleans(),
    left=st.integers(-40, 40),
    top=st.integers(-40, 40),
    height=st.integers(1, 300),
    seed=st.integers(0, 9),
)
def test_it_is_laid_within_its_square_between_lines(deep: bool, left: int, top: int, height: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    color = rng.integers(0, 65536 if deep else 256, (height, 200, 4)).astype(np.uint16 if deep else np.uint8)
    before = color.copy()
    ink = (rng.random((height, 200)) > 0.5).astype(np.float32)
    white = Detail(np.full((64, 64, 3), 255, np.uint8), np.full((64, 64), 255, np.uint8))
    after = laid(color, ink, [Placed(white, Placement(left, top, 4000, 32))])
    np.testing.assert_array_equal(color, before)
    assert after.dtype == color.dtype
    np.testing.assert_array_equal(after[..., 3], color[..., 3])
    np.testing.assert_array_equal(after[ink == 1], color[ink == 1])
    inside = np.zeros(ink.shape, np.bool_)
    inside[max(0, top) :, max(0, left) :] = True
    assert (after[inside & (ink == 0)][:, :3] == np.iinfo(color.dtype).max).all()
    np.testing.assert_array_equal(after[~inside], color[~inside])
    nothing = replace(white, share=np.zeros_like(white.share))
    np.testing.assert_array_equal(laid(color, ink, [Placed(nothing, PLACE)]), color)


def test_it_lies_where_its_square_does() -> None:
    color = np.zeros((100, 120, 4), np.uint8)
    dot = Detail(np.full((64, 64, 3), 255, np.uint8), np.zeros((64, 64), np.uint8))
    dot.share[16:24, 40:48] = 255
    placed = Placed(dot, Placement(10, 20, 64, 32))
    rows, columns = np.nonzero(laid(color, np.zeros((100, 120), np.float32), [placed])[..., 0] > 127)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (36, 43, 50, 57)
    full = replace(placed, detail=replace(dot, share=np.full_like(dot.share, 255)))
    rows, columns = np.nonzero(laid(color, np.zeros((100, 120), np.float32), [full])[..., 0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 83, 10, 73)
    half = shrunk(placed, 2)
    rows, columns = np.nonzero(laid(color[::2, ::2], np.zeros((50, 60), np.float32), [half])[..., 0] > 127)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (18, 21, 25, 28)


def test_it_is_no_finer_than_the_drawing() -> None:
    assert finer_size(Placement(0, 0, 2000, 448)) == 896
    assert finer_size(Placement(0, 0, 300, 448)) == 448


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_canvas_tells_where_on_the_reference_it_looks(mirrored: bool) -> None:
    """Fetched from where its canvas says it lies, the picture is the one on the canvas."""
    picture, _ = scene(2)
    part = parts_of(3, Image.fromarray(picture), SIZE)[0]
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    origin = part.origin(np.dstack([columns, rows, 0 * rows]), mirrored=mirrored)
    assert (origin[..., 2] == 3).all()
    soft = cv2.blur(picture, (4, 4))
    found = cv2.remap(
        soft,
        origin[..., 0],
        origin[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    shown = (part.picture[0].transpose(1, 2, 0) + 1) * 127.5
    shown = shown[:, ::-1] if mirrored else shown
    assert np.abs(found - shown).mean() < 8
    assert np.abs(found[:, ::-1] - shown).mean() > 16


def test_a_face_comes_out_as_the_reference_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the embedded model, which sees her head 100 pixels high, the drawing 200: eyes, mouth and strands."""
    picture = Image.open(SAMPLE / "reference.webp").convert("RGB").resize((1066, 1536), Image.Resampling.LANCZOS)
    grey = np.asarray(picture.convert("L"), np.float32) / np.float32(255)
    lines = xdog(np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5), np.float32), sigma=1.6)
    sketch = Image.fromarray(np.asarray(255 * lines + 0.5).astype(np.uint8))
    head = (470, 20, 700, 320)
    own = lines[head[1] : head[3], head[0] : head[2]] > 0.9
    truth = rgb_to_lab(np.asarray(picture.crop(head)) / 255)[own]
    model = nurie.load("compact", engine="onnx")

    def away() -> float:
        shown = model.colorize(sketch, picture, steps=1).image.convert("RGB").crop(head)
        return float(ciede2000(rgb_to_lab(np.asarray(shown) / 255)[own], truth).mean())

    fine = away()
    monkeypatch.setattr(painter, "fetched", lambda *_: None)
    assert fine < 0.8 * away()
