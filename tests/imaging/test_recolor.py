"""Layers are read back as they were written, and recoloured where it was said and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imaging.test_painting import SHAPE, painting
from nurie.cli.main import main
from nurie.imaging.layers import Stack, merge, to_layers
from nurie.imaging.openraster import read_openraster
from nurie.imaging.recolor import parse_color, recolored
from nurie.imaging.write import save_layers
from nurie.protocol import InputError

LEFT, RIGHT = (110, 120), (210, 120)


@pytest.fixture(scope="module")
def stack() -> Stack:
    return to_layers(painting("shaded"))


def test_layers_are_read_as_they_were_written(stack: Stack, tmp_path: Path) -> None:
    again = read_openraster(save_layers(stack, tmp_path / "out.ora"))
    for part in ("above", "colors", "below"):
        for one, two in zip(getattr(stack, part), getattr(again, part), strict=True):
            assert (one.name, one.mode) == (two.name, two.mode)
            np.testing.assert_array_equal(one.rgba, two.rgba)


def test_only_the_area_changes(stack: Stack) -> None:
    after, share = recolored(stack, *LEFT, (30, 160, 60))
    before, now = merge(stack), merge(after)
    changed = (before != now).any(axis=2)
    assert changed[LEFT[1], LEFT[0]]
    assert not changed[:, SHAPE[1] // 2 + 3 :].any()
    assert 0.05 < share < 0.5
    assert now[LEFT[1], LEFT[0], 1] > now[LEFT[1], LEFT[0], 0] + 40


def test_everywhere_means_every_area_of_that_colour(stack: Stack) -> None:
    blue, _ = recolored(stack, *RIGHT, (200, 10, 10))
    red, _ = recolored(blue, *LEFT, (200, 10, 10))
    both, share = recolored(red, *LEFT, (20, 200, 20), everywhere=True)
    flats = both.colors[-1].rgba
    assert flats[LEFT[1], LEFT[0], :3].tolist() == flats[RIGHT[1], RIGHT[0], :3].tolist() == [20, 200, 20]
    _, one = recolored(red, *LEFT, (20, 200, 20))
    assert one < 0.7 * share


@pytest.mark.parametrize(("place", "sentence"), [((0, 0), "Nothing is painted"), ((5000, 0), "outside")])
def test_places_without_colour_are_refused(stack: Stack, place: tuple[int, int], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        recolored(stack, *place, (1, 2, 3))


@pytest.mark.parametrize("text", ["red", "#12345", "#12345g", "", "#1234567"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no colour"):
        parse_color(text)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no archive at all"])
def test_what_is_no_openraster_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "out.ora"
    path.write_bytes(data)
    with pytest.raises(InputError, match="no OpenRaster"):
        read_openraster(path)
    with pytest.raises(InputError, match="does not exist"):
        read_openraster(tmp_path / "nowhere.ora")


def test_the_command(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers, out = save_layers(stack, tmp_path / "in.ora"), tmp_path / "out.png"
    Image.new("RGB", (4, 4), (30, 160, 60)).save(tmp_path / "reference.png")
    place = ["--at", *map(str, LEFT)]
    picked = ["--from", str(tmp_path / "reference.png"), "1", "2"]
    assert main(["recolor", str(layers), *place, *picked, "-o", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["color"] == [30, 160, 60]
    np.testing.assert_array_equal(np.asarray(Image.open(out)), merge(recolored(stack, *LEFT, (30, 160, 60))[0]))
    assert main(["recolor", str(layers), *place, "-o", str(out)]) == 2
    assert main(["recolor", str(layers), *place, "--color", "red", "-o", str(out)]) == 3
    # In its own place: the same file, whole.
    assert main(["recolor", str(layers), *place, "--color", "#1ea03c", "-o", str(layers)]) == 0
    assert read_openraster(layers).colors[-1].rgba[LEFT[1], LEFT[0]].tolist() == [30, 160, 60, 255]
