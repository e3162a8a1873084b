"""The figures say what they claim: nothing for the truth, everything for what is wrong everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compare import lineart
from compare.lineart import Figures, main, measure, table
from compare.made import one_triple
from compare.tasks import NOBODY, make_task
from compare.tools import by_gmic, by_regions


def test_the_truth_needs_no_paint_and_another_answer_all(tmp_path: Path) -> None:
    triple, truth = one_triple(tmp_path)
    task = make_task(triple)
    best = measure(task, (truth, 0.5))
    assert (best.seconds, best.leaks) == (0.5, 0)
    assert best.repaint < 0.01
    assert best.bleeding < 0.001
    # Every area in the colour of the first one: all those of other colours have run out.
    one = np.broadcast_to(task.colors[0], truth.shape)
    worst = measure(task, (np.ascontiguousarray(one), 0.5))
    dabbed = task.wanted[task.wanted != NOBODY]
    assert worst.leaks == pytest.approx((dabbed != 0).mean())
    assert worst.repaint > 0.3


def test_an_area_has_run_out_when_more_than_a_fifth_of_it_has(tmp_path: Path) -> None:
    task = make_task(one_triple(tmp_path)[0])
    areas = [area for area, wanted in enumerate(task.wanted.tolist()) if wanted not in (NOBODY, task.wanted[0])]
    area = max(areas, key=lambda number: int((task.areas == number).sum()))
    other = task.colors[task.wanted[0]]
    rows, columns = np.nonzero((task.areas == area) & ~task.lines)
    found = []
    for share in (0.1, 0.3):
        color = np.rint(task.truth * 255).astype(np.uint8)
        some = slice(0, int(share * len(rows)))
        color[rows[some], columns[some]] = other
        found.append(measure(task, (color, 0.0)).leaks)
    assert found[0] == 0
    assert found[1] == pytest.approx(1 / (task.wanted != NOBODY).sum())


def test_the_table_shows_medians() -> None:
    rows = table({"tool": [Figures(seconds, 0.01, 0.02, 0.03) for seconds in (1, 2, 9)]}).splitlines()
    assert rows[2] == "| tool | 3 | 2.00 | 1.00 % | 2.00 % | 3.00 % |"
    assert len({row.count("|") for row in rows}) == 1


def test_the_command_measures_what_is_here_and_says_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one_triple(tmp_path / "val")
    monkeypatch.setattr(lineart, "TOOLS", {"Nurie's regions": by_regions, "G'MIC": by_gmic})
    monkeypatch.setenv("PATH", str(tmp_path))
    sheet = tmp_path / "sheet.png"
    assert main([str(tmp_path / "val"), "--each", "--sheet", str(sheet)]) == 1
    out, err = capsys.readouterr()
    assert "apt-get install gmic" in err
    assert "| Nurie's regions | 1 |" in out
    assert "G'MIC" not in out
    assert out.startswith("one, Nurie's regions: Figures(")
    with Image.open(sheet) as image:
        assert image.width == 3 * 420  # the drawing with its dabs, the truth, the answer


def test_only_drawings_with_the_artists_own_lines_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one_triple(tmp_path, source="Pepper&Carrot")
    monkeypatch.setattr(lineart, "TOOLS", {"Nurie's regions": by_regions})
    with pytest.raises(SystemExit, match="own lines"):
        main([str(tmp_path)])
