from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nurie.protocol import InputError, OutputError, UsageError
from nurie.training.answers import ORACLE, RESULT, TRIVIAL, Painted
from nurie.training.evaluation import Triple, evaluate, main, mean, read_triples
from nurie.training.sheet import CELL
from training.triples import make_folder


def perfect(triple: Triple) -> Painted:
    return Painted(Image.open(triple.truth), Image.open(triple.reference))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "triples")


def test_the_mean_colour_answers_a_drawing_of_one_colour(folder: Path) -> None:
    for one in evaluate(read_triples(folder)):
        assert tuple(one.scores) == (*TRIVIAL, ORACLE)
        assert one.pictures == {}
        assert one.scores["mean colour"].psnr > 45
        assert one.scores["mean colour"].repaint == 0
        assert one.scores["sketch alone"].repaint > 0.9
        assert one.scores["sketch alone"].psnr < one.scores["reference resized"].psnr


def test_anything_that_colours_can_be_evaluated(folder: Path) -> None:
    scored = list(evaluate(read_triples(folder), {RESULT: perfect}))
    means = mean(scored)
    assert list(means) == [*TRIVIAL, ORACLE, RESULT, f"{RESULT} colour"]
    assert means[RESULT].psnr == 100
    assert means[RESULT].foreground.ms_ssim == pytest.approx(1)
    assert means[RESULT].repaint == 0
    assert means[f"{RESULT} colour"].psnr == pytest.approx(means["reference resized"].psnr)
    assert means[RESULT].seconds > 0
    assert scored[0].pictures[RESULT].size == (120, 160)


def test_only_trivial_answers_with_a_sheet_and_a_page(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, page = tmp_path / "sheet.png", tmp_path / "page.html"
    plain = [str(folder), "--trivial", "--network", "none"]
    assert main([*plain, "--sheet", str(sheet), "--html", str(page), "--table-iii"]) == 0
    printed = capsys.readouterr().out
    for words in ("PSNR / SSIM / repaint", "foreground only", "whole pictures", "381.78"):
        assert words in printed
    with Image.open(sheet) as opened:
        assert opened.width == 4 * CELL
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert main([*plain, "--json", "--limit", "2"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["triples"] == 2
    assert set(answer["sources"]) == {"red"}
    assert answer["all"]["mean colour"]["repaint"] == 0


def test_results_are_kept_and_measured_again_to_the_same_figures(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the embedded model: what it paints, saves and what is read back agree to the last digit."""
    pytest.importorskip("onnxruntime")
    kept = tmp_path / "kept"
    plain = [str(folder), "--limit", "1", "--network", "none", "--json"]
    assert main([*plain, "--engine", "onnx", "--steps", "1,2", "--same-reference", "--save", str(kept)]) == 0
    first = json.loads(capsys.readouterr().out)
    columns = [f"result {steps}{part}" for steps in ("1 step", "2 steps") for part in ("", " colour")]
    assert list(first["all"]) == [*TRIVIAL, ORACLE, *columns]
    assert first["same_reference"]["all"]["reference resized"]["psnr"] == 100
    assert sorted(path.name for path in kept.iterdir()) == sorted(
        f"{column}{ending}" for column in columns for ending in ("", ", same reference")
    )
    assert main([*plain, "--results", str(kept)]) == 0
    again = json.loads(capsys.readouterr().out)
    for told, ending in ((first, ""), (first["same_reference"], ", same reference")):
        for column in columns:
            one, two = told["all"][column], again["all"][column + ending]
            assert one | {"seconds": 0} == two | {"seconds": 0}


def test_the_network_looks_where_it_is_installed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("stlpips_pytorch")
    assert main([str(folder), "--trivial", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert "AlexNet" in answer["perceptual"]
    assert answer["all"]["mean colour"]["perceptual"] < answer["all"]["sketch alone"]["perceptual"]
    assert answer["all"]["mean colour"]["fid"] < answer["all"]["sketch alone"]["fid"]


def test_a_missing_network_is_said_and_not_passed_over(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main([str(folder), "--trivial"]) == 0
    said = capsys.readouterr()
    assert "Without the extra 'eval'" in said.err
    assert "perceptual" not in said.out


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["--limit", "0"], UsageError, "--limit"),
        (["--steps", "4,4"], UsageError, "--steps"),
        (["--steps", "many"], UsageError, "--steps"),
        (["--steps", "4,0"], UsageError, "step count must be 1 to 100"),
        (["--guidance", "-1"], UsageError, "Guidance"),
        (["--results", "r", "--trivial"], UsageError, "--results measures pictures"),
        (["--results", "r", "--steps", "2"], UsageError, "--results measures pictures"),
        (["--results", "r", "--same-reference"], UsageError, "--results measures pictures"),
        (["--trivial", "--save", "s"], UsageError, "nothing to --save"),
        (["--unknown"], UsageError, "unknown"),
        (["--results", "nowhere"], InputError, "nowhere cannot be read"),
        (["--trivial", "--sheet", "out.gif"], OutputError, "out.gif"),
        (["--trivial", "--html", "nowhere/page.html"], OutputError, "nowhere"),
    ],
)
def test_mistakes_are_one_sentence_before_any_work(
    folder: Path,
    tmp_path: Path,
    words: list[str],
    error: type[Exception],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=says):
        main([str(folder), "--network", "none", *words])
    assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["triples"]


def test_a_picture_that_cannot_be_read_ends_the_run_before_it_begins(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "truth2.png").write_bytes(b"\x89PNG cut short")
    with pytest.raises(InputError, match=r"truth2\.png"):
        main([str(folder), "--trivial"])
    assert capsys.readouterr().err == ""


def test_the_same_pictures_give_the_same_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        main([str(folder), "--trivial", "--network", "none"])
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert np.isfinite([float(word) for word in printed[0].split() if word.replace(".", "").isdigit()]).all()
