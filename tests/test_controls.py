"""Hints, point pairs, the mask and several references with the embedded model: what an artist sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nurie
from nurie.colorizer import Colorizer, Result
from nurie.imaging.color import ciede2000, rgb_to_lab
from nurie.protocol import InputError

SAMPLE = Path(__file__).resolve().parents[1] / "resources/samples/princess"
SKETCH, REFERENCE = SAMPLE / "sketch.webp", SAMPLE / "reference.webp"
PANEL = (slice(560, 660), slice(245, 285))
"""A panel of the dress between two folds, free of lines but for its border."""
FACE = (slice(80, 120), slice(250, 290))
GREEN = (40, 170, 60)


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return nurie.load("compact", engine="onnx")


@pytest.fixture(scope="module")
def plain(colorizer: Colorizer) -> Result:
    return colorizer.colorize(SKETCH, REFERENCE)


def empty() -> Image.Image:
    with Image.open(SKETCH) as sketch:
        return Image.new("RGBA", sketch.size, (0, 0, 0, 0))


def away(result: Result, place: tuple[slice, slice], color: tuple[int, ...]) -> float:
    """Mean CIEDE2000 between the colour layer at a place and a colour."""
    painted = np.asarray(result.color)[place][..., :3] / 255
    return float(ciede2000(rgb_to_lab(painted), rgb_to_lab(np.array(color) / 255)).mean())


def change(one: Result, other: Result, place: tuple[slice, slice]) -> float:
    """Mean CIEDE2000 between two colour layers at a place."""
    first, second = (np.asarray(result.color)[place][..., :3] / 255 for result in (one, other))
    return float(ciede2000(rgb_to_lab(first), rgb_to_lab(second)).mean())


def test_a_dab_colours_the_area_it_lies_in_and_not_the_rest(colorizer: Colorizer, plain: Result) -> None:
    hints = empty()
    hints.paste((*GREEN, 255), (260, 605, 270, 615))
    hinted = colorizer.colorize(SKETCH, REFERENCE, hints=hints)
    assert away(hinted, PANEL, GREEN) < 0.5 * away(plain, PANEL, GREEN)
    assert change(hinted, plain, FACE) < 2
    assert hinted.image.tobytes() != plain.image.tobytes()


@pytest.mark.parametrize("order", ["after", "before"])
def test_what_no_dab_touches_stays_as_it_was_to_the_byte(order: str) -> None:
    """Whether the drawing was coloured without it before or not."""
    colorizer = nurie.load("compact", engine="onnx")
    hints = empty()
    hints.paste((*GREEN, 255), (260, 605, 270, 615))
    plain = colorizer.colorize(SKETCH, REFERENCE, steps=2) if order == "after" else None
    told: list[int] = []
    hinted = colorizer.colorize(SKETCH, REFERENCE, steps=2, hints=hints, callback=lambda info: told.append(info.index))
    assert told == [0, 1]
    plain = plain or colorizer.colorize(SKETCH, REFERENCE, steps=2)
    assert np.asarray(hinted.color)[FACE].tobytes() == np.asarray(plain.color)[FACE].tobytes()


def test_a_dab_on_the_ground_does_not_change_the_figure(colorizer: Colorizer, plain: Result) -> None:
    hints = empty()
    hints.paste((*GREEN, 255), (480, 60, 492, 72))
    assert change(colorizer.colorize(SKETCH, REFERENCE, hints=hints), plain, PANEL) < 2


def test_a_point_pair_brings_the_references_colour_to_its_place(colorizer: Colorizer, plain: Result) -> None:
    """The panel is told to look like the princess' tiara, then like her cape's dark lining."""
    with Image.open(REFERENCE) as reference:
        for place in ((290, 40), (450, 500)):
            color = reference.convert("RGB").getpixel(place)
            assert isinstance(color, tuple)
            points = [{"sketch": [265, 610], "reference": list(place)}]
            pulled = colorizer.colorize(SKETCH, REFERENCE, points=points)
            assert away(pulled, PANEL, color) < 0.6 * away(plain, PANEL, color)
            assert change(pulled, plain, FACE) < 2


def test_a_pair_may_name_any_of_the_references(colorizer: Colorizer) -> None:
    green = Image.new("RGB", (80, 80), GREEN)
    points = [{"sketch": [265, 610], "reference": [40, 40], "image": 1}]
    without, with_it = (colorizer.colorize(SKETCH, [REFERENCE, green], points=given) for given in ((), points))
    assert away(with_it, PANEL, GREEN) < 0.6 * away(without, PANEL, GREEN)


def test_the_mask_cuts_the_colour_and_keeps_the_context(colorizer: Colorizer, plain: Result) -> None:
    """What is coloured is coloured as in the whole drawing; elsewhere the drawing is as it was."""
    mask = Image.new("L", empty().size, 0)
    mask.paste(255, (200, 300, 400, 700))
    masked = colorizer.colorize(SKETCH, REFERENCE, mask=mask)
    inside = np.asarray(mask) > 0
    np.testing.assert_array_equal(np.asarray(masked.color)[inside], np.asarray(plain.color)[inside])
    np.testing.assert_array_equal(np.asarray(masked.image)[inside], np.asarray(plain.image)[inside])
    assert (np.asarray(masked.color)[~inside][:, 3] == 0).all()
    with Image.open(SKETCH) as sketch:
        np.testing.assert_array_equal(np.asarray(masked.image)[~inside], np.asarray(sketch.convert("RGB"))[~inside])


def test_a_white_mask_and_no_points_change_nothing(colorizer: Colorizer, plain: Result) -> None:
    again = colorizer.colorize(SKETCH, REFERENCE, points=[], mask=Image.new("L", empty().size, 255))
    assert again.image.tobytes() == plain.image.tobytes()
    assert again.color.tobytes() == plain.color.tobytes()


def test_another_seed_needs_neither_tokens_nor_matches_again(colorizer: Colorizer, plain: Result) -> None:
    before = colorizer.cache.misses
    other = colorizer.colorize(SKETCH, REFERENCE, seed=1)
    assert colorizer.cache.misses == before
    fresh = Colorizer(colorizer.engine).colorize(SKETCH, REFERENCE, seed=1)
    assert fresh.image.tobytes() == other.image.tobytes() != plain.image.tobytes()


def swapped(image: Image.Image) -> Image.Image:
    """The same picture in other colours: red and blue exchanged."""
    red, green, blue = image.convert("RGB").split()
    return Image.merge("RGB", (blue, green, red))


def test_two_references_of_other_colours_are_not_patched_together(colorizer: Colorizer, plain: Result) -> None:
    """Blue and orange dresses: each panel is one or the other, not both."""
    with Image.open(REFERENCE) as reference:
        both = colorizer.colorize(SKETCH, [REFERENCE, swapped(reference)])
    panel = np.asarray(both.color)[PANEL][..., :3].astype(int)
    bluer = panel[..., 2] > panel[..., 0]
    assert max(bluer.mean(), 1 - bluer.mean()) > 0.95


@pytest.mark.parametrize(
    ("controls", "sentence"),
    [
        ({"hints": Image.new("RGBA", (20, 20))}, "20 x 20 px, the sketch 533 x 768 px"),
        ({"mask": Image.new("L", (20, 20))}, "20 x 20 px, the sketch 533 x 768 px"),
        ({"points": [{"sketch": [533, 0], "reference": [0, 0]}]}, "outside the sketch"),
        ({"points": [{"sketch": [0, 0], "reference": [0, 768]}]}, "outside the reference"),
        ({"points": [{"sketch": [0, 0], "reference": [0, 0], "image": 1}]}, "names reference image 1"),
        ({"points": [{"sketch": [0, 0]}]}, "lacks 'reference'"),
        ({"points": "nowhere.json"}, "nowhere.json: the file does not exist"),
    ],
)
def test_controls_that_do_not_fit_are_refused(controls: dict[str, object], sentence: str, colorizer: Colorizer) -> None:
    colorize: Callable[..., Result] = colorizer.colorize
    with pytest.raises(InputError) as refused:
        colorize(SKETCH, REFERENCE, **controls)
    assert sentence in refused.value.message
