"""A run that was interrupted ends in the same bytes as one that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nurie.protocol import Cancelled, ModelError, NurieError
from nurie.training.loop import Batch, Task, run
from training import runs
from training.runs import CPU, LOOP, LossValue, contents, signalled, tiny_denoiser, tiny_matcher


def steps_of(stats: Path) -> list[int]:
    return [json.loads(row)["step"] for row in stats.read_text().splitlines()]


def test_killed_matcher_run_ends_in_the_same_bytes(pack_folder: Path, tmp_path: Path) -> None:
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    run(tiny_matcher(pack_folder), LOOP, straight, CPU)

    # Killed after step 3 and the checkpoint of step 2; its samples came from a worker process.
    folders = [str(Path(__file__).parents[1]), *sys.path]
    command = [sys.executable, runs.__file__, "3", str(pack_folder), str(broken), "1"]
    killed = subprocess.run(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)}, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert contents(broken / "checkpoint.safetensors")[0]["__metadata__"]["step"] == "2"
    run(tiny_matcher(pack_folder), LOOP, broken, CPU)
    assert contents(broken / "checkpoint.safetensors") == contents(straight / "checkpoint.safetensors")
    assert steps_of(broken / "stats.jsonl") == steps_of(straight / "stats.jsonl") == [1, 2, 3, 4, 5]


def test_terminated_denoiser_run_ends_in_the_same_bytes(
    pack_folder: Path, matcher_checkpoint: Path, tmp_path: Path
) -> None:
    def task() -> Task:
        return tiny_denoiser(pack_folder, matcher_checkpoint)

    run(task(), LOOP, tmp_path / "straight", CPU)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Cancelled, match="step 3 of 5"):
        run(signalled(task(), 2, signal.SIGTERM), LOOP, tmp_path / "broken", CPU)

    assert signal.getsignal(signal.SIGTERM) is before
    assert contents(tmp_path / "broken" / "checkpoint.safetensors")[0]["__metadata__"]["step"] == "3"
    run(task(), LOOP, tmp_path / "broken", CPU)
    assert contents(tmp_path / "broken/checkpoint.safetensors") == contents(
        tmp_path / "straight/checkpoint.safetensors"
    )


def test_a_finished_run_stays_as_it_is(matcher_checkpoint: Path, pack_folder: Path) -> None:
    before = matcher_checkpoint.read_bytes()
    loop = replace(LOOP, steps=1)
    run(tiny_matcher(pack_folder, loop), loop, matcher_checkpoint.parent, CPU)
    assert matcher_checkpoint.read_bytes() == before


def test_a_changed_setting_is_told(pack_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loop = replace(LOOP, steps=1)
    run(tiny_matcher(pack_folder, loop), loop, tmp_path, CPU)
    loop = replace(loop, steps=2)
    run(tiny_matcher(pack_folder, loop), loop, tmp_path, CPU)
    assert "Changed since: loop.steps: 1 -> 2\n" in capsys.readouterr().out
    assert json.loads((tmp_path / "config.json").read_text())["loop"]["steps"] == 2


@pytest.mark.parametrize("damage", ["other network", "torn file"])
def test_what_cannot_be_resumed_is_refused(
    damage: str, pack_folder: Path, matcher_checkpoint: Path, tmp_path: Path
) -> None:
    whole = matcher_checkpoint.read_bytes()
    (tmp_path / "checkpoint.safetensors").write_bytes(whole[: len(whole) // 2] if damage == "torn file" else whole)
    with pytest.raises(ModelError, match="another network" if damage == "other network" else "damaged"):
        run(tiny_denoiser(pack_folder, matcher_checkpoint), LOOP, tmp_path, CPU)


def test_divergence_keeps_the_last_good_checkpoint(pack_folder: Path, tmp_path: Path) -> None:
    task = tiny_matcher(pack_folder)

    def astray(batch: Batch, step: int) -> LossValue:
        value, figures = task.loss(batch, step)
        return (value * float("nan") if step == 3 else value), figures

    with pytest.raises(NurieError, match="before step 4") as raised:
        run(replace(task, loss=astray), LOOP, tmp_path, CPU)
    assert raised.value.code == "diverged"
    assert contents(tmp_path / "checkpoint.safetensors")[0]["__metadata__"]["step"] == "2"
