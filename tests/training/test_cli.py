"""``nurie data`` and ``nurie train`` from the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import torch
from PIL import Image

from nurie.cli.parser import Parser
from nurie.model.matcher import Matcher
from nurie.protocol import DeviceError, InputError, NurieError, UsageError
from nurie.training import cli, evaluation, train_matcher
from nurie.training.checkpoints import load_ema
from nurie.training.conditions import ConditionConfig
from nurie.training.devices import torch_device
from nurie.training.flags import add_flags, read_flags
from nurie.training.loop import LoopConfig
from training.synthetic import TINY_MATCHER

SMALL = ["--batch", "2", "--steps", "2", "--threads", "1", "--workers", "0", "--log-every", "1", "--device", "cpu"]


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_matcher, "Matcher", lambda config=TINY_MATCHER: Matcher(config))


def matcher_command(pack: Path, out: Path, *more: str) -> list[str]:
    return ["train", "matcher", "--pack", str(pack), "--out", str(out), "--size", "32", *SMALL, *more]


def test_training_runs_and_runs_on(pack_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(matcher_command(pack_folder, tmp_path)) == 0
    assert json.loads((tmp_path / "config.json").read_text())["sources"] == {"device": "cpu", "pack": str(pack_folder)}
    assert '"steps": 2' in capsys.readouterr().out
    assert cli.main(matcher_command(pack_folder, tmp_path, "--steps", "3")) == 0
    assert "Going on from step 2 of 3." in capsys.readouterr().out
    assert len((tmp_path / "stats.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("name", ["compact", "paper"])
def test_a_dry_run_shows_sizes_and_trains_nothing(
    name: str, pack_folder: Path, matcher_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = ["--condition-canvas", "64", "--condition-crop", "32", "--condition-reference", "32"]
    where = ["--pack", str(pack_folder), "--matcher", str(matcher_checkpoint), "--out", str(tmp_path / "out")]
    assert cli.main(["train", name, *where, *sides, "--condition-matcher", "64", *SMALL, "--dry-run"]) == 0
    resolved, sizes = capsys.readouterr().out.split("\n}\n{")
    assert json.loads(resolved + "}")["conditions"]["crop"] == 32
    shown = json.loads("{" + sizes)
    assert shown["batch"]["evidence"] == "float32 (2, 4, 32, 32)"
    counts = shown["parameters"]
    assert counts["total"] == counts["reference"] + counts["denoiser"]
    assert (counts["denoiser"] == 54_803_347) == (name == "paper")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("config", "prefix"), [(LoopConfig, ""), (ConditionConfig, "condition")])
def test_every_setting_is_a_flag(config: type[Any], prefix: str) -> None:
    parser = Parser()
    add_flags(parser, config, prefix)
    assert read_flags(parser.parse_args([]), config, prefix) == config()
    for field in fields(config):
        start = f"--{prefix}-" if prefix else "--"
        flag = start + field.name.replace("_", "-")
        default: Any = field.default
        changed: Any = not default
        words = [flag if changed else f"--no-{flag[2:]}"]
        if isinstance(default, str):
            changed = get_args(get_args(get_type_hints(config, include_extras=True)[field.name])[0])[-1]
            words = [flag, changed]
        elif not isinstance(default, bool):
            changed = default / 2 if isinstance(default, float) else max(1, default // 2)
            words = [flag, str(changed)]
        if field.name == "canvas":
            words += ["--condition-crop", "16"]
        if field.name == "largest":
            changed, words = 512, [flag, "512"]
        assert asdict(read_flags(parser.parse_args(words), config, prefix))[field.name] == changed
    assert "%%" not in parser.format_help()


def test_an_average_is_put_together(pack_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, out = tmp_path / "run", tmp_path / "average.safetensors"
    assert cli.main(matcher_command(pack_folder, run, "--snapshot-every", "2")) == 0
    assert cli.main(["train", "average", str(run), "--width", "0.07", "--out", str(out)]) == 0
    assert capsys.readouterr().out.endswith(f"{out}\n")
    assert load_ema(out).keys() == Matcher(TINY_MATCHER).state_dict().keys()


def test_a_sheet_is_drawn(pack_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert cli.main(["data", "sheet", str(pack_folder), str(out), "--count", "3", "--size", "64"]) == 0
    with Image.open(out) as sheet:
        assert sheet.size == (2 * (4 * 64 + 3 * 4) + 2 * 4, 2 * 64 + 4)


def test_a_folder_is_packed_and_found_packed(
    pack_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "pack", str(pack_folder.parent / "data"), str(tmp_path / "out"), "--workers", "1"]
    assert cli.main(command) == 0
    assert cli.main(command) == 0
    assert capsys.readouterr().out == f"5 pictures lie packed in {tmp_path / 'out'}.\n" * 2


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["train"], UsageError, "one more word"),
        (["train", "matcher"], UsageError, "--out"),
        (["train", "nothing"], UsageError, "nothing"),
        (["train", "matcher", "--size", "20"], UsageError, "multiple of 16"),
        (["train", "matcher", "--batch", "3", "--accumulate", "2"], UsageError, "equal parts"),
        (["train", "matcher", "--precision", "fp8"], UsageError, "fp8"),
        (["train", "average", "nowhere", "--width", "0.1"], InputError, "no snapshots"),
        (["train", "matcher", "--device", "toaster"], UsageError, "toaster"),
        (["train", "matcher", "--device", "cuda:7"], DeviceError, "cuda:7"),
        (["train", "compact", "--matcher", "m", "--condition-crop", "40"], UsageError, "multiple of 32"),
        (["train", "matcher", "--pack", "nowhere"], InputError, "nowhere"),
        (["data", "sheet", "nowhere", "out.png"], InputError, "nowhere"),
        (["data", "sheet", "nowhere", "out.gif"], NurieError, "out.gif"),
        (["data", "sheet", "nowhere", "out.png", "--size", "30"], UsageError, "multiple of 8"),
        (["data", "pack", "nowhere", "out"], InputError, "nowhere"),
    ],
)
def test_mistakes_are_one_sentence(
    words: list[str],
    error: type[NurieError],
    says: str,
    pack_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    if len(words) > 2 and words[0] == "train":
        pack = [] if words[1] == "average" else ["--pack", str(pack_folder)]
        words = [*words[:2], *pack, "--out", "out", *words[2:]]
    with pytest.raises(error, match=says):
        cli.main(words)
    assert list(tmp_path.iterdir()) == []


def test_evaluate_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Sequence[str]] = []
    monkeypatch.setattr(evaluation, "main", seen.append)
    assert cli.main(["evaluate", "folder", "--steps", "4"]) == 0
    assert seen == [["folder", "--steps", "4"]]


def test_auto_takes_the_accelerator_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert str(torch_device("auto")) == "cuda:0"
    assert str(torch_device("cuda:1")) == "cuda:1"
    monkeypatch.setenv("LOCAL_RANK", "1")  # each of torchrun's processes has a GPU of its own
    assert str(torch_device("auto")) == str(torch_device("cuda")) == "cuda:1"
    assert str(torch_device("cpu")) == "cpu"
