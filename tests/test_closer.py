"""A closer look at the part of a reference that the drawing shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import nurie
from nurie import painter
from nurie.closer import closer
from nurie.colorizer import Colorizer
from nurie.imaging.color import ciede2000, rgb_to_lab
from nurie.imaging.evidence import Match
from nurie.views import Shown, parts_of

SAMPLE = Path(__file__).resolve().parents[1] / "resources/samples/princess"
SIZE, CELLS = 224, 28
Floats = NDArray[np.float32]


def looking_at(x0: float, y0: float, scale: float, confidence: float = 0.9) -> Match:
    """Every cell's partner where a view of the reference from (x0, y0), ``scale`` as large, has it."""
    steps = (np.arange(CELLS, dtype=np.float32) + np.float32(0.5)) / CELLS
    x, y = np.meshgrid(x0 + scale * steps, y0 + scale * steps)
    full = np.ones((CELLS, CELLS), np.float32)
    flow = np.dstack([x, y]).astype(np.float32)
    return Match(flow, full * np.float32(confidence), np.zeros((CELLS, CELLS, 3), np.float32), full)


def nothing() -> Match:
    return looking_at(0, 0, 1, confidence=0.01)


@pytest.fixture(scope="module")
def reference() -> Image.Image:
    """A checker whose every place can be told by its colour: red grows to the right, green downwards."""
    rows, columns = np.mgrid[:800, :800]
    return Image.fromarray(np.dstack([columns // 4, rows // 4, 0 * rows]).astype(np.uint8))


@pytest.fixture(scope="module")
def whole(reference: Image.Image) -> Shown:
    return parts_of(0, reference, SIZE)[0]


FIGURE = np.ones((SIZE, SIZE), np.float32)


@pytest.mark.parametrize("turned", [False, True])
def test_it_looks_where_the_drawing_lies(reference: Image.Image, whole: Shown, turned: bool) -> None:
    place = whole.placement
    seen = looking_at(0.3, 0.2, 0.4)
    matches = (nothing(), looking_at(0.3, 0.2, 0.4)) if turned else (seen, nothing())
    near = closer(whole, reference, FIGURE, matches)
    assert near is not None
    middle = (place.x0 + place.side * 0.5, place.y0 + place.side * 0.4)  # the same from the other side
    there = near.placement
    assert (there.x0 + there.side / 2, there.y0 + there.side / 2) == pytest.approx(middle, abs=8)
    assert 0.4 * place.side <= there.side <= 0.6 * place.side
    shown = (near.picture[0, :2, SIZE // 2, SIZE // 2] + 1) * 127.5
    assert shown == pytest.approx([middle[0] / 4, middle[1] / 4], abs=4)


@pytest.mark.parametrize(
    "matches",
    [
        pytest.param((looking_at(0, 0, 1), nothing()), id="all of it is shown"),
        pytest.param((nothing(), nothing()), id="nobody is sure"),
        pytest.param((looking_at(0.3, 0.3, 0.001), nothing()), id="all on one spot"),
    ],
)
def test_else_it_does_not(reference: Image.Image, whole: Shown, matches: tuple[Match, Match]) -> None:
    assert closer(whole, reference, FIGURE, matches) is None


def test_partners_without_a_common_place_are_no_reason(reference: Image.Image, whole: Shown) -> None:
    flow = np.random.default_rng(3).random((CELLS, CELLS, 2)).astype(np.float32)
    astray = Match(flow, *(getattr(looking_at(0, 0, 1), name) for name in ("confidence", "colour", "found")))
    assert closer(whole, reference, FIGURE, (astray, nothing())) is None


def test_a_drawing_without_a_figure_has_no_part(reference: Image.Image, whole: Shown) -> None:
    assert closer(whole, reference, 0 * FIGURE, (looking_at(0.3, 0.2, 0.4), nothing())) is None


def test_of_a_sheet_only_the_figure_is_shown(reference: Image.Image, whole: Shown) -> None:
    place = whole.placement
    box = (place.x0, place.y0, place.x0 + place.side // 2, place.y0 + place.side)
    near = closer(Shown(0, place, whole.picture, box), reference, FIGURE, (looking_at(0.3, 0.2, 0.4), nothing()))
    assert near is not None
    assert near.box == box
    assert (near.picture[0, :, :, -SIZE // 4 :] == 1).all()


def test_a_bust_is_coloured_from_a_figure_as_the_figure_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the embedded model: her bust, cut from the drawing and enlarged, beside the picture of all of her."""
    sketch, picture = (Image.open(SAMPLE / f"{name}.webp").convert("RGB") for name in ("sketch", "reference"))
    part = (100, 0, 433, 320)
    bust = sketch.crop(part).resize((666, 640), Image.Resampling.LANCZOS)
    model: Colorizer = nurie.load("compact", engine="onnx")
    whole = model.colorize(sketch, picture).image.crop(part).resize(bust.size)
    truth = rgb_to_lab(np.asarray(whole) / 255)

    def away() -> float:
        model.cache.clear()
        return float(ciede2000(rgb_to_lab(np.asarray(model.colorize(bust, picture).image) / 255), truth).mean())

    near = away()
    monkeypatch.setattr(painter, "closer", lambda *_: None)
    assert near < 0.9 * away()
