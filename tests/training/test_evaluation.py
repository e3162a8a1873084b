from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes import pictures
from nurie.protocol import InputError, UsageError
from nurie.training import evaluation
from nurie.training.evaluation import RESULT, TRIVIAL, evaluate, main, mean, over_white, read_triples, score, table
from nurie.training.sheet import CAPTION, CELL, make_sheet

COLUMNS = ("id", "source", "sketch", "reference", "ground_truth")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three triples of two sources; the truth is the sketch in one colour, the reference another size."""
    rows = []
    for index, (source, color) in enumerate([("red", (220, 60, 40)), ("red", (180, 20, 20)), ("blue", (30, 60, 220))]):
        sketch = pictures.sketch()
        truth = np.asarray(sketch) * (np.asarray(color) / 255)
        names = [f"{part}{index}.png" for part in ("sketch", "reference", "truth")]
        sketch.save(tmp_path / names[0])
        Image.new("RGB", (90, 70), color).save(tmp_path / names[1])
        Image.fromarray(truth.astype(np.uint8)).save(tmp_path / names[2])
        rows.append(dict(zip(COLUMNS, (f"{index}", source, *names), strict=True)))
    write_manifest(tmp_path, rows)
    return tmp_path


def write_manifest(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_triples_in_the_manifests_order(folder: Path) -> None:
    triples = read_triples(folder)
    assert [triple.id for triple in triples] == ["0", "1", "2"]
    assert triples[2].truth == folder / "truth2.png"


@pytest.mark.parametrize(("limit", "ids"), [(1, "0"), (2, "01"), (3, "012"), (9, "012")])
def test_a_limit_takes_triples_from_the_whole_list(folder: Path, limit: int, ids: str) -> None:
    assert "".join(triple.id for triple in read_triples(folder, limit)) == ids


def test_manifests_that_cannot_be_used(folder: Path) -> None:
    with pytest.raises(InputError, match=r"manifest\.csv cannot be read"):
        read_triples(folder / "none")
    (folder / "truth1.png").unlink()
    with pytest.raises(InputError, match=r"truth1\.png, which does not exist"):
        read_triples(folder)
    write_manifest(folder, [{"id": "0", "source": "red", "sketch": "sketch0.png"}])
    with pytest.raises(InputError, match="lacks a column"):
        read_triples(folder)
    (folder / "manifest.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(InputError, match="is empty"):
        read_triples(folder)


def test_the_mean_colour_answers_a_drawing_of_one_colour(folder: Path) -> None:
    for one in evaluate(read_triples(folder)):
        assert tuple(one.scores) == TRIVIAL
        assert one.result is None
        assert one.scores["mean colour"].psnr > 45
        assert one.scores["mean colour"].repaint == 0
        assert one.scores["sketch alone"].repaint > 0.9
        assert one.scores["sketch alone"].psnr < one.scores["reference resized"].psnr


def test_anything_that_colours_can_be_evaluated(folder: Path) -> None:
    asked = []

    def perfect(sketch: Path, reference: Path) -> Image.Image:
        asked.append((sketch.name, reference.name))
        return Image.open(sketch.with_name(sketch.name.replace("sketch", "truth")))

    scored = list(evaluate(read_triples(folder), perfect))
    assert asked == [(f"sketch{i}.png", f"reference{i}.png") for i in range(3)]
    means = mean(scored)
    assert means[RESULT].psnr == 100
    assert means[RESULT].ssim == pytest.approx(1)
    assert means[RESULT].repaint == 0
    assert means["mean colour"].psnr == pytest.approx(np.mean([one.scores["mean colour"].psnr for one in scored]))


def test_results_of_another_size_are_compared_at_the_truths() -> None:
    truth = np.full((40, 60, 3), 0.5)
    assert score(np.full((80, 120, 3), 0.5), truth).psnr > 45


def test_transparent_pictures_are_laid_over_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (0, 0, 0, 51)).save(tmp_path / "a.png")
    assert np.allclose(over_white(tmp_path / "a.png"), 0.8)


def test_the_table_has_a_line_per_source_and_one_for_all(folder: Path) -> None:
    lines = table(list(evaluate(read_triples(folder)))).splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["red", "blue", "all"]
    assert [line.split()[1] for line in lines[2:]] == ["2", "1", "3"]


def test_the_sheet_shows_every_triple(folder: Path) -> None:
    scored = list(evaluate(read_triples(folder), lambda sketch, reference: Image.new("RGB", (9, 9), "lime")))
    sheet = make_sheet(scored)
    result, truth = (CELL * 2 + CELL // 2, CAPTION + CELL // 2), (CELL * 3 + CELL // 2, CAPTION + CELL // 2)
    assert sheet.getpixel(result) == (0, 255, 0)
    assert sheet.getpixel(truth) == (220, 60, 40)


def test_the_command_prints_a_table_or_json_and_writes_the_sheet(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    assert main([str(folder), "--trivial", "--sheet", str(sheet)]) == 0
    assert "PSNR / SSIM / repaint" in capsys.readouterr().out
    assert sheet.is_file()
    assert main([str(folder), "--trivial", "--json", "--limit", "2"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["triples"] == 2
    assert set(answer["sources"]) == {"red"}
    assert answer["all"]["mean colour"]["repaint"] == 0


def test_the_command_asks_the_public_api(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    models = []

    def answer(options: object) -> evaluation.Colorize:
        models.append(getattr(options, "model", None))
        return lambda sketch, reference: Image.open(sketch)

    monkeypatch.setattr(evaluation, "_public_api", answer)
    assert main([str(folder), "--model", "mine"]) == 0
    assert models == ["mine"]
    assert "result" in capsys.readouterr().out


def test_a_limit_below_one_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="--limit"):
        main([str(folder), "--limit", "0"])
