from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nurie.training.answers import ORACLE, RESULT, TRIVIAL
from nurie.training.metrics.bootstrap import mean_interval
from nurie.training.metrics.figures import Figures
from nurie.training.report import as_dict, figures_table, gains, notes, report, table, table_iii
from nurie.training.report_html import make_html, save_html
from nurie.training.scores import Patches, Score, Scored
from nurie.training.sheet import CAPTION, CELL, make_sheet
from nurie.training.triples import Triple

NAMES = (*TRIVIAL, ORACLE, RESULT, f"{RESULT} colour")


def make(folder: Path, perceptual: float | None = None, psnr: dict[str, float] | None = None) -> list[Scored]:
    """Five triples of two sources; a result is the better, the later it comes."""
    for name in ("sketch", "reference", "truth"):
        Image.new("RGB", (30, 40), {"sketch": "white", "reference": "blue", "truth": "red"}[name]).save(
            folder / f"{name}.png"
        )
    found = []
    for index in range(5):
        scores, patches = {}, {}
        for place, name in enumerate(NAMES):
            level = (psnr or {}).get(name, 5.0 + place) + index
            inside = Figures(level, 0.5, 0.6, 0.5 - 0.1 * index, perceptual)
            scores[name] = Score(
                inside, Figures(level + 2, 0.55, 0.65, 0.3, perceptual), 1.5 if name == RESULT else 0.0
            )
            if perceptual is not None:
                features = np.random.default_rng(index).normal(size=(4, 3))
                patches[name] = Patches(features + place, features, np.ones(4))
        paths = (folder / "sketch.png", folder / "reference.png", folder / "truth.png")
        triple = Triple(f"<{index}>", "many" if index < 3 else "few & far", *paths)
        pictures = {RESULT: Image.new("RGB", (30, 40), "lime"), NAMES[-1]: Image.new("RGBA", (30, 40), (0, 0, 0, 0))}
        found.append(Scored(triple, scores, pictures, patches))
    return found


def test_a_line_per_source_and_one_for_all(tmp_path: Path) -> None:
    lines = table(make(tmp_path)).splitlines()
    assert [re.split(r"  +", line)[:2] for line in lines[2:]] == [["many", "3"], ["few & far", "2"], ["all", "5"]]
    assert lines[-1].split("  ")[-1].strip() == "12.00 / 0.500 / 30.0%"
    assert "oracle" not in table(make(tmp_path), [RESULT])


def test_every_figure_of_every_answer(tmp_path: Path) -> None:
    told = report(make(tmp_path), None)
    inside, whole = (figures_table(told, region).splitlines() for region in ("foreground", "whole"))
    assert [line[:24].strip() for line in inside[2:]] == list(NAMES)
    low, high = mean_interval([9, 10, 11, 12, 13])
    assert inside[6].split() == [
        RESULT,
        "11.00",
        f"[{low:.2f},",
        f"{high:.2f}]",
        "0.500",
        "0.600",
        *inside[6].split()[6:],
    ]
    assert inside[6].split()[-1] == "1.5"
    assert "13.00" in whole[6]
    assert "FID" not in inside[1]
    seen = figures_table(report(make(tmp_path, 0.25), "Eyes", "Eyes' patches"), "foreground")
    assert "perceptual" in seen
    assert "KID" in seen
    assert seen.splitlines()[2].split()[-5:] == ["0.250", "0.0", "0.0", "±", "0.0"]


def test_gains_are_on_the_best_trivial_answer_that_is_none_of_the_truth(tmp_path: Path) -> None:
    told = report(make(tmp_path, psnr={"reference resized": 100, "mean colour": 8.5}))
    assert gains(told).splitlines()[0].startswith(f"{RESULT}: +0.50 dB [+0.50, +0.50] on the best trivial answer (mean")
    assert len(gains(told).splitlines()) == 2
    bare = [Scored(one.triple, {name: one.scores[name] for name in TRIVIAL}) for one in told.scored]
    assert gains(report(bare)) == ""


def test_notes_name_the_network_and_warn_of_few_pictures(tmp_path: Path) -> None:
    said = notes(report(make(tmp_path, 0.25), "Eyes", "Eyes' patches"))
    assert "Eyes' patches; 20 foreground patches of 5 pictures" in said
    assert "noisy" in said
    assert "Eyes" not in notes(report(make(tmp_path)))


def test_the_papers_table_beside_ours(tmp_path: Path) -> None:
    told = report(make(tmp_path, 0.25), "Eyes", "Eyes' patches")
    lines = table_iii(told, told).splitlines()
    assert lines[1].split()[-5:] == ["381.78", "0.1038", "2.52", "dB", "0.9525"]
    assert lines[2].split()[-5:] == ["0.00", "0.5500", "9.00", "dB", "0.2500"]
    assert sum("cross-reference" in line for line in lines) == sum("same-reference" in line for line in lines) == 6
    assert "- " in table_iii(report(make(tmp_path)))


def test_json_keeps_the_old_keys_and_adds_the_new(tmp_path: Path) -> None:
    told = json.loads(json.dumps(as_dict(report(make(tmp_path, 0.25), "Eyes", "Eyes' patches")), allow_nan=False))
    assert told["triples"] == 5
    result = told["all"][RESULT]
    assert (result["psnr"], result["ssim"], result["repaint"], result["seconds"]) == (11, 0.5, 0.3, 1.5)
    assert result["whole"]["psnr"] == 13
    assert result["interval"]["psnr"][0] < 11 < result["interval"]["psnr"][1]
    assert {"fid", "kid", "kid_error"} <= result.keys() & result["whole"].keys()
    assert told["sources"]["few & far"][RESULT]["psnr"] == 12.5
    assert told["pictures"]["<4>"][RESULT]["perceptual"] == 0.25
    assert told["features"] == "Eyes' patches"
    plain = as_dict(report(make(tmp_path)))
    assert "perceptual" not in plain["all"][RESULT]
    assert "fid" not in plain["all"][RESULT]


def test_the_page_is_one_file_with_the_worst_first(tmp_path: Path) -> None:
    page = make_html(report(make(tmp_path, 0.25), "Eyes", "Eyes' patches"))
    assert re.findall(r"<h3>&lt;(\d)&gt;", page) == ["0", "1", "2", "3", "4"]
    assert re.findall(r'data-repaint="([\d.]+)"', page) == ["0.50000", "0.40000", "0.30000", "0.20000", "0.10000"]
    assert page.count("data:image/webp") == 5 * 5
    assert "few &amp; far" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert re.findall(r'<option value="(\w+)" data', page) == ["repaint", "psnr", "ssim", "ms_ssim", "perceptual"]
    assert "same-reference" in make_html(report(make(tmp_path)), report(make(tmp_path)))
    save_html(report(make(tmp_path)), None, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == make_html(report(make(tmp_path)))


def test_a_page_without_results_shows_what_is_given(tmp_path: Path) -> None:
    bare = [Scored(one.triple, {name: one.scores[name] for name in TRIVIAL}) for one in make(tmp_path)]
    assert make_html(report(bare)).count("data:image/webp") == 5 * 3


@pytest.mark.parametrize(("colour", "cells"), [(True, 5), (False, 4)])
def test_the_sheet_shows_every_triple(tmp_path: Path, colour: bool, cells: int) -> None:
    found = make(tmp_path)
    if not colour:
        found = [Scored(one.triple, one.scores, {RESULT: one.pictures[RESULT]}) for one in found]
    sheet = make_sheet(found)
    assert sheet.size == (cells * CELL, 5 * (CELL + CAPTION))
    middles = [sheet.getpixel((CELL * column + CELL // 2, CAPTION + CELL // 2)) for column in range(cells)]
    layer = [(255, 255, 255)] if colour else []
    assert middles == [(255, 255, 255), (0, 0, 255), (0, 255, 0), *layer, (255, 0, 0)]
