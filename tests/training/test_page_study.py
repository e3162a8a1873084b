from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fakes import pictures
from nurie.protocol import UsageError
from nurie.training import evaluation, page_study
from nurie.training.page_study import ANSWERS, Paged, pages, table
from nurie.training.triples import read_triples
from training.triples import make_folder


def cut_out(folder: Path, count: int) -> Path:
    """Triples whose references are discs on white, and whose truths are their drawings."""
    make_folder(folder, count)
    for number in range(count):
        pictures.reference().save(folder / f"reference{number}.png")
        pictures.sketch().save(folder / f"truth{number}.png")
    return folder


def test_the_command_measures_all_answers_on_the_embedded_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = cut_out(tmp_path / "folder", 4)
    arguments = ["--pages", "--across", "2", "--steps", "1", "--engine", "onnx", "--json"]
    assert evaluation.main([str(folder), *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["id"] for one in found} == {"0", "1", "2", "3"}
    for one in found:
        assert one["count"] == 4
        assert tuple(one["psnr"]) == tuple(one["repaint"]) == ANSWERS
        assert all(0 <= share <= 1 for share in one["repaint"].values())


def test_a_page_holds_every_drawing_once_and_a_sheet_of_their_references(tmp_path: Path) -> None:
    (page,) = pages(read_triples(cut_out(tmp_path / "folder", 5)), 2)
    assert len({triple.id for triple in page.triples}) == 4
    assert page.sketch.size == page.sheet.size
    for left, top, right, bottom in page.boxes:
        assert np.asarray(page.sketch.crop((left, top, right, bottom))).min() < 60


def test_too_few_triples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"3 of these triples .* for one of 4"):
        page_study.main([str(cut_out(tmp_path / "few", 3)), "--pages"])
    with pytest.raises(UsageError, match="0 of these triples"):
        page_study.main([str(make_folder(tmp_path / "painted to the edge", 4)), "--pages"])


def test_the_table_has_a_row_for_each_size_of_page() -> None:
    found = [
        Paged(str(number), count, dict.fromkeys(ANSWERS, 10.0 + number), dict.fromkeys(ANSWERS, 0.1 * number))
        for number, count in enumerate([4, 4, 9])
    ]
    lines = table(found).splitlines()
    assert lines[1].split()[:8] == ["4", "figures", "a", "page", "(2)", "10.50", "/", "5.0"]
    assert lines[2].split()[:8] == ["9", "figures", "a", "page", "(1)", "12.00", "/", "20.0"]
