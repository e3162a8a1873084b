"""``nurie data`` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from nurie.protocol import UsageError
from nurie.training import cli
from nurie.training.data_speed import SpeedConfig, measure, speed_task, text
from nurie.training.line_styles import STYLES

CPU = torch.device("cpu")


def test_a_check_says_what_is_wrong_and_ends_so(
    pack_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["data", "check", str(pack_folder), "--workers", "1"]) == 0
    assert capsys.readouterr().out == "5 pictures, 2 with line art, in 4 groups: no problems.\n"
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert cli.main(["data", "check", str(tmp_path)]) == 3
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("The picture broken.png is not a picture")
    assert last == "1 pictures, 0 with line art, in 1 groups: 1 problem."
    assert cli.main(["data", "check", str(tmp_path), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["pictures"], told["problems"][0]["kind"], told["problems"][0]["file"]) == (1, "broken", "broken.png")


def test_a_pack_has_the_side_it_is_asked_for(
    pack_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["data", "pack", str(pack_folder.parent / "data"), str(tmp_path), "--workers", "1"]
    assert cli.main([*words, "--side", "64"]) == 0
    assert "5 pictures lie packed" in capsys.readouterr().out
    assert json.loads((tmp_path / "index.json").read_text())["side"] == 64
    with pytest.raises(UsageError, match="side of 33"):
        cli.main([*words, "--side", "33"])


def test_a_sheet_shows_every_style_of_every_kind(pack_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "styles.png"
    assert cli.main(["data", "sheet", str(pack_folder), str(out), "--styles", "--size", "64", "--count", "1"]) == 0
    columns = 1 + 1 + 4 + len(STYLES) + 1  # colours, lines, extracted ones, styles, a mixture
    with Image.open(out) as sheet:
        assert sheet.size == (columns * 68 - 4, 16 + 4 * 68 - 4)


@pytest.mark.parametrize("denoiser", [False, True])
def test_speed_compares_the_loader_with_the_step(pack_folder: Path, matcher_checkpoint: Path, denoiser: bool) -> None:
    config = SpeedConfig(batch=2, steps=1, workers=0)
    task = speed_task(pack_folder, matcher_checkpoint if denoiser else None, "compact", 64, config, CPU)
    told = measure(task, config, CPU)
    assert told["network"] == ("denoiser" if denoiser else "matcher")
    assert told["samples_per_second_of_a_worker"] > 0
    assert told["workers_needed"] >= 1
    assert 0 < told["waiting_share"] < 1  # without workers the step waits for its own process
    assert "workers that keep it busy" in text(told)


@pytest.mark.parametrize("words", [["--batch", "0"], ["--steps", "0"], ["--workers", "-1"], ["--size", "40"]])
def test_speed_refuses_what_makes_no_sense(words: list[str], pack_folder: Path) -> None:
    with pytest.raises(UsageError):
        cli.main(["data", "speed", str(pack_folder), "--device", "cpu", *words])
