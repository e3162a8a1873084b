from __future__ import annotations

import json
from pathlib import Path

import pytest

from nurie.protocol import UsageError
from nurie.training import evaluation, style_study
from nurie.training.style_study import ANSWERS, Styled, table
from training.triples import make_folder


def test_the_command_measures_all_answers_on_the_embedded_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_folder(tmp_path / "folder", count=1)
    assert evaluation.main([str(folder), "--bleeding", "--steps", "1", "--engine", "onnx", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    for figures in (one["repaint"], one["bleeding"]):
        assert tuple(figures) == ANSWERS
        assert all(0 <= figure <= 1 for figure in figures.values())
    # Nothing knows of lines in a picture that is only enlarged.
    assert one["repaint"]["none"] <= one["repaint"]["plain"]


def test_an_unknown_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no source nobody"):
        style_study.main([str(make_folder(tmp_path / "folder")), "--bleeding", "--sources", "nobody"])


def test_the_table_has_means_by_source() -> None:
    found = [
        Styled(str(number), source, dict.fromkeys(ANSWERS, share), dict.fromkeys(ANSWERS, share / 10))
        for number, (source, share) in enumerate([("one", 0.1), ("one", 0.3), ("two", 0.5)])
    ]
    lines = table(found).splitlines()
    assert lines[0].split()[4:] == list(ANSWERS)
    assert lines[1].split()[:5] == ["one", "(2)", "20.0", "/", "2.00"]
    assert lines[3].split()[:5] == ["all", "(3)", "30.0", "/", "3.00"]
