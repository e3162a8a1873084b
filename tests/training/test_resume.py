"""A run that was interrupted ends in the same bytes as one that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from nurie.protocol import Cancelled, ModelError, NurieError, OutputError
from nurie.training.journal import Journal
from nurie.training.loop import Batch, Task, run
from nurie.training.state import TrainState
from training import runs
from training.runs import CPU, LOOP, LossValue, contents, line, signalled, tiny_denoiser, tiny_matcher


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


def test_a_checkpoint_of_another_network_is_refused(
    pack_folder: Path, matcher_checkpoint: Path, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint.safetensors"
    checkpoint.write_bytes(matcher_checkpoint.read_bytes())
    with pytest.raises(ModelError, match=r"is of the matcher, and this run trains the denoiser of preset tiny\."):
        run(tiny_denoiser(pack_folder, matcher_checkpoint), LOOP, tmp_path, CPU)
    assert checkpoint.read_bytes() == matcher_checkpoint.read_bytes()


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ({"network": "denoiser", "preset": {"name": "paper"}}, "is of the denoiser of preset paper, and this"),
        ({"network": "line"}, "is of the line in other sizes, and this run trains the line"),
    ],
)
def test_a_checkpoint_of_another_preset_is_refused(before: dict[str, Any], says: str, tmp_path: Path) -> None:
    wide = replace(line(), model=nn.Linear(1, 2), settings=before)
    wide = replace(wide, loss=lambda batch, step: (wide.model(batch["x"]).square().mean(), {}))
    run(wide, replace(LOOP, steps=1), tmp_path, CPU)
    with pytest.raises(ModelError, match=says):
        run(line(), LOOP, tmp_path, CPU)


@pytest.mark.parametrize("length", [0, 7, 0.5, -1])
def test_a_damaged_checkpoint_is_told(length: float, tmp_path: Path) -> None:
    run(line(), replace(LOOP, steps=1), tmp_path, CPU)
    checkpoint = tmp_path / "checkpoint.safetensors"
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: int(len(whole) * length) if isinstance(length, float) else length])
    with pytest.raises(ModelError, match=r"is missing or damaged\. Put an earlier copy"):
        run(line(), LOOP, tmp_path, CPU)


def test_a_file_that_is_no_checkpoint_is_told(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(1)}, tmp_path / "checkpoint.safetensors")
    with pytest.raises(ModelError, match="no training checkpoint"):
        run(line(), LOOP, tmp_path, CPU)


def test_a_disk_that_fills_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    """No file of this process may grow beyond its limit: the kernel refuses, as a full disk does."""
    run(line(), replace(LOOP, steps=2), tmp_path, CPU)
    checkpoint = tmp_path / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
        with pytest.raises(OutputError, match=r"could not be written.*Make room"):
            TrainState(nn.Linear(500, 10), learning_rate=0, weight_decay=0, ema=0).save(checkpoint, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert checkpoint.read_bytes() == before
    assert {path.name for path in tmp_path.glob("checkpoint*")} == {"checkpoint.safetensors"}
    run(line(), LOOP, tmp_path, CPU)
    assert contents(checkpoint)[0]["__metadata__"]["step"] == "5"


def test_figures_that_cannot_be_kept_are_told(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full, a device without room")
    journal = Journal(tmp_path, 0)
    (tmp_path / "stats.jsonl").symlink_to("/dev/full")
    journal.add({"loss": torch.tensor(1.0)})
    with pytest.raises(OutputError, match=r"could not be kept.*Make room"):
        journal.write(1, 0.1, 1)
    journal.close()


def test_a_float16_run_resumes_with_its_scale(tmp_path: Path) -> None:
    """A first loss too large for float16 skips steps and lowers the scale, which must not rise again."""

    def large() -> Task:
        task = line()

        def loss(batch: Batch, step: int) -> LossValue:
            value, figures = task.loss(batch, step)
            return value.float() * (1e4 if step < 2 else 1), figures

        return replace(task, loss=loss)

    loop = replace(LOOP, precision="fp16", steps=6)
    run(large(), loop, tmp_path / "straight", CPU)
    run(large(), replace(loop, steps=3), tmp_path / "broken", CPU)
    run(large(), loop, tmp_path / "broken", CPU)
    straight, broken = (contents(tmp_path / name / "checkpoint.safetensors") for name in ("straight", "broken"))
    assert broken[1] == straight[1]
    assert broken[0]["__metadata__"]["scaler"] == straight[0]["__metadata__"]["scaler"]
    assert int(straight[0]["__metadata__"]["updates"]) < 6
    assert json.loads(straight[0]["__metadata__"]["scaler"])["scale"] < 65536


def test_divergence_keeps_the_last_good_checkpoint(pack_folder: Path, tmp_path: Path) -> None:
    task = tiny_matcher(pack_folder)

    def astray(batch: Batch, step: int) -> LossValue:
        value, figures = task.loss(batch, step)
        return (value * float("nan") if step == 3 else value), figures

    with pytest.raises(NurieError, match="before step 4") as raised:
        run(replace(task, loss=astray), LOOP, tmp_path, CPU)
    assert raised.value.code == "diverged"
    assert contents(tmp_path / "checkpoint.safetensors")[0]["__metadata__"]["step"] == "2"
