from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes.engine import FakeEngine
from nurie.colorizer import Colorizer
from nurie.protocol import InputError, OutputError
from nurie.training.answers import (
    RESULT,
    TRIVIAL,
    Painted,
    model_runs,
    oracle,
    save_painted,
    saved_runs,
    saving_folder,
    trivial_answers,
)
from nurie.training.triples import over_white, read_triples
from training.triples import make_folder

LIME = Image.new("RGB", (9, 9), "lime")


def test_trivial_answers() -> None:
    sketch, reference = np.ones((20, 30, 3)), np.full((10, 10, 3), [0.2, 0.4, 0.6])
    sketch[5] = 0
    answers = trivial_answers(sketch, reference)
    assert tuple(answers) == TRIVIAL
    assert answers["sketch alone"] is sketch
    assert np.allclose(answers["mean colour"][6], [0.2, 0.4, 0.6])
    assert np.allclose(answers["mean colour"][5], 0)
    assert np.allclose(answers["reference resized"], [0.2, 0.4, 0.6], atol=1 / 255)


def test_the_oracle_has_the_truths_colours_between_the_artists_lines(tmp_path: Path) -> None:
    triple = read_triples(make_folder(tmp_path))[0]
    sketch = over_white(triple.sketch)
    found = oracle(triple.sketch, np.full((160, 120, 3), [0.2, 0.4, 0.6]))
    assert np.allclose(found[(sketch == 1).all(axis=2)], [0.2, 0.4, 0.6], atol=1 / 255)
    assert np.allclose(found[(sketch == 0).all(axis=2)], 0)
    assert oracle(triple.sketch, np.full((80, 60, 3), 0.5)).shape == (160, 120, 3)


def test_a_run_for_each_step_count(tmp_path: Path) -> None:
    triple = read_triples(make_folder(tmp_path))[0]
    colorizer = Colorizer(FakeEngine())
    assert list(model_runs(colorizer, [None])) == list(model_runs(colorizer, [4])) == [RESULT]
    runs = model_runs(colorizer, [1, 4])
    assert list(runs) == ["result 1 step", "result 4 steps"]
    direct = colorizer.colorize(triple.sketch, [triple.reference], steps=4)
    painted = runs["result 4 steps"](triple)
    assert painted.image == direct.image
    assert painted.color == direct.color


def test_a_run_for_each_style(tmp_path: Path) -> None:
    triple = read_triples(make_folder(tmp_path))[0]
    colorizer = Colorizer(FakeEngine())
    assert list(model_runs(colorizer, [None], styles=["flats"])) == [RESULT]
    runs = model_runs(colorizer, [None], styles=[None, "flats"])
    assert list(runs) == [RESULT, "result flats"]
    direct = colorizer.colorize(triple.sketch, [triple.reference], style="flats")
    assert runs["result flats"](triple).image == direct.image


def test_what_is_saved_is_found_again(tmp_path: Path) -> None:
    triples = read_triples(make_folder(tmp_path / "in"))
    for triple in triples:
        save_painted(Painted(LIME, Image.new("RGBA", (9, 9), (255, 0, 0, 51))), tmp_path / "out", "mine", triple)
    runs = saved_runs(tmp_path / "out", triples)
    assert list(runs) == ["mine", "mine colour"]
    assert runs["mine"](triples[2]).image == LIME
    assert runs["mine colour"](triples[0]).image.getpixel((0, 0)) == (255, 0, 0, 51)


def test_pictures_of_another_program_lie_flat(tmp_path: Path) -> None:
    triples = read_triples(make_folder(tmp_path / "in"))
    for name in ("0.png", "1.jpg", "2.WEBP"):
        LIME.save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("nothing to measure")
    runs = saved_runs(tmp_path, triples)
    assert list(runs) == [RESULT]  # and not the folder "in" beside them
    assert runs[RESULT](triples[0]) == Painted(LIME)


def test_results_that_are_not_there(tmp_path: Path) -> None:
    triples = read_triples(make_folder(tmp_path / "in"))
    with pytest.raises(InputError, match="cannot be read"):
        saved_runs(tmp_path / "none", triples)
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="holds no pictures"):
        saved_runs(tmp_path / "out", triples)
    LIME.save(tmp_path / "out" / "1.png")
    with pytest.raises(InputError, match=r"lacks 0 in 'result' \(2 missing\)"):
        saved_runs(tmp_path / "out", triples)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be made"):
        saving_folder(tmp_path / "file" / "folder")
    assert saving_folder(tmp_path / "a" / "b").is_dir()
