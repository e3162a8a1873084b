"""The ablation: what sets its rows apart, and a table made at a tiny size."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import Tensor, nn

from nurie.imaging.evidence import Match, evidence
from nurie.training import cli
from nurie.training.ablation import variants
from nurie.training.answers import Colorize
from nurie.training.conditions import ConditionConfig, flow_picture
from nurie.training.evaluation import evaluate
from nurie.training.loader import batches
from nurie.training.loop import Task
from nurie.training.scores import Scored
from nurie.training.train_denoiser import ObjectiveConfig, denoiser_task
from nurie.training.triples import Triple
from training.runs import CONDITIONS, CPU, LOOP, TINY


def test_every_row_changes_one_thing() -> None:
    full = replace(CONDITIONS, hints=0.0)
    rows = variants(CONDITIONS)
    changed = []
    for above, below in pairwise(rows):
        before, after = ({**asdict(row.conditions), **asdict(row.objective)} for row in (above, below))
        changed.append({name for name in before if before[name] != after[name]})
    assert changed == [
        {"blind"},
        {"flow_picture"},
        {"matched", "drop_reference"},
        {"shuffle"},
        {"trajectory", "trajectory_from"},
    ]
    assert rows[-1].conditions == full
    assert rows[0].conditions.matched + rows[0].conditions.true == 1


def test_a_picture_of_the_flow_shows_places_and_no_colours() -> None:
    rows, columns = np.mgrid[:8, :8].astype(np.float32)
    flow = np.dstack([(columns + 0.5) / 8, (rows + 0.5) / 8])
    found = np.full((8, 8), 0.3, np.float32)
    match = Match(flow, found, np.ones((8, 8, 3), np.float32), found)
    shown = evidence(flow_picture(match), np.full((64, 64, 3), 0.7, np.float32))
    middle = shown.rgb[32, 28]  # between cells: x at 28.5 / 64, y at 32.5 / 64
    np.testing.assert_allclose(middle, [2 * 28.5 / 64 - 1, 2 * 32.5 / 64 - 1, 0], atol=1e-5)
    assert not shown.confidence.any()


def told_timesteps(pack: Path, matcher: Path, objective: ObjectiveConfig, step: int) -> tuple[Task, list[Tensor]]:
    """The timesteps that the denoiser of a task is told in one loss, call by call."""
    task = denoiser_task(TINY, pack, matcher, LOOP, CONDITIONS, CPU, objective)
    told: list[Tensor] = []
    assert isinstance(task.model.denoiser, nn.Module)
    task.model.denoiser.register_forward_pre_hook(lambda _, args: told.append(args[1]))
    task.loss(next(batches(task.dataset, [range(2)], workers=0, device=CPU)), step)
    return task, told


def test_a_blind_denoiser_is_told_any_timestep(pack_folder: Path, matcher_checkpoint: Path) -> None:
    always_last = ObjectiveConfig(last=1.0)
    for blind in (False, True):
        objective = replace(always_last, blind=blind)
        _, told = told_timesteps(pack_folder, matcher_checkpoint, objective, 0)
        assert len(told) == 1
        assert (told[0] == 999).all().item() != blind


def test_phase_2_begins_when_its_time_has_come(pack_folder: Path, matcher_checkpoint: Path) -> None:
    objective = ObjectiveConfig(trajectory=1.0, trajectory_from=0.6)  # of 5 steps
    calls = [len(told_timesteps(pack_folder, matcher_checkpoint, objective, step)[1]) for step in (2, 3)]
    assert calls[0] == 1 < calls[1]


def write_triples(folder: Path) -> Path:
    """One triple, of a disc in two colours."""
    folder.mkdir()
    y, x = np.mgrid[:96, :96]
    distance = np.hypot(x - 48, y - 48)
    truth = np.full((96, 96, 3), 255, np.uint8)
    truth[distance < 30] = (200, 40, 90)
    lines = np.where(abs(distance - 30) < 1.5, 0, 255).astype(np.uint8)
    for name, picture in (("sketch", lines), ("reference", truth[::-1].copy()), ("truth", truth)):
        Image.fromarray(picture).save(folder / f"{name}.png")
    with (folder / "manifest.csv").open("w", newline="") as file:
        names = ("id", "source", "sketch", "reference", "ground_truth")
        csv.writer(file).writerows([names, ("disc", "made", "sketch.png", "reference.png", "truth.png")])
    return folder


def test_the_table_is_made_and_goes_on_where_it_was(
    pack_folder: Path,
    matcher_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("nurie.training.train_cli.preset", lambda name: TINY)
    measured: list[int] = []

    def counted(triples: Sequence[Triple], runs: Mapping[str, Colorize]) -> Iterator[Scored]:
        measured.append(len(triples))
        return evaluate(triples, runs)

    monkeypatch.setattr("nurie.training.ablation.evaluate", counted)
    val, out = write_triples(tmp_path / "val"), tmp_path / "out"
    where = ["--pack", str(pack_folder), "--matcher", str(matcher_checkpoint), "--val", str(val), "--out", str(out)]
    sides = ["--condition-canvas", "64", "--condition-crop", "32", "--condition-reference", "32"]
    small = ["--condition-matcher", "64", "--batch", "2", "--threads", "1", "--workers", "0", "--device", "cpu"]
    command = ["train", "ablation", *where, *sides, *small, "--sample-every", "0"]
    assert cli.main([*command, "--steps", "1"]) == 0
    table = (out / "ablation.md").read_text()
    assert capsys.readouterr().out.endswith(f"1 triples, 1 steps of 2 samples, seed 0\n\n{table}")
    lines = table.splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == [
        row.name for row in variants(ConditionConfig())
    ]
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    assert measured == [1] * 6
    # The same command does nothing again.
    assert cli.main([*command, "--steps", "1"]) == 0
    assert (out / "ablation.md").read_text() == table
    assert measured == [1] * 6
    for number in range(6):
        config = json.loads((out / str(number) / "config.json").read_text())
        assert config["conditions"]["flow_picture"] == (number < 2)
        assert config["objective"]["blind"] == (number == 0)
