"""Each tool fills what the lines of a known drawing close; the real ones, where they are installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from compare.lineart import Figures, measure
from compare.made import SHAPE, one_triple
from compare.tasks import Task, make_task
from compare.tools import Answer, MissingError, by_gmic, by_krita, by_regions


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return make_task(one_triple(tmp_path / "val")[0])


def figures(task: Task, answers: dict[str, Answer]) -> Figures:
    assert list(answers) == [task.name]
    color, seconds = answers[task.name]
    assert (color.dtype, color.shape) == (np.dtype(np.uint8), (*SHAPE, 3))
    assert seconds > 0
    return measure(task, answers[task.name])


def test_regions_fill_what_lines_close(task: Task, tmp_path: Path) -> None:
    found = figures(task, by_regions([task], tmp_path))
    assert found.leaks == 0
    assert found.repaint < 0.03
    assert found.bleeding < 0.01


@pytest.mark.skipif(shutil.which("gmic") is None, reason="G'MIC is not here: apt-get install gmic")
@pytest.mark.timeout(0)
def test_gmic_fills_what_lines_close(task: Task, tmp_path: Path) -> None:
    found = figures(task, by_gmic([task], tmp_path))
    assert found.leaks == 0
    assert found.repaint < 0.05


def test_gmic_that_is_not_here_is_said(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="apt-get install gmic"):
        by_gmic([task], tmp_path)


@pytest.mark.krita
@pytest.mark.timeout(0)
def test_krita_fills_what_lines_close(task: Task, tmp_path: Path) -> None:
    try:
        answers = by_krita([task], tmp_path)
    except MissingError as missing:
        pytest.skip(str(missing))
    found = figures(task, answers)
    assert found.leaks < 0.2
    assert found.repaint < 0.1


def test_a_krita_that_is_not_here_is_said(task: Task, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"kritas\.sh none-such"):
        by_krita([task], tmp_path, name="none-such")
