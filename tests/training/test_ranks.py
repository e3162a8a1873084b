"""Two real processes under torchrun, joined by gloo, one of which is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nurie.protocol import NurieError
from nurie.training.checkpoints import read_checkpoint
from nurie.training.loop import run
from nurie.training.ranks import check_ranks
from training import rank_program
from training.runs import CPU, LOOP, tiny_matcher

PARTS = replace(LOOP, accumulate=2)
"""What two ranks compute side by side, one process computes part by part: the same parts, of the same seeds."""


@pytest.fixture(scope="module")
def uninterrupted(pack_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("uninterrupted")
    run(tiny_matcher(pack_folder, PARTS), PARTS, out, CPU)
    return out


def torchrun(pack: Path, out: Path, *, restarts: int) -> subprocess.CompletedProcess[str]:
    """Two ranks, the second of which is killed once, after step 3 and the checkpoint of step 2."""
    folders = [str(Path(__file__).parents[1]), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders), "OMP_NUM_THREADS": "1"}
    environment["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"
    elastic = ["--standalone", "--nnodes=1", "--nproc-per-node=2", f"--max-restarts={restarts}"]
    command = [sys.executable, "-m", "torch.distributed.run", *elastic, rank_program.__file__, "3", str(pack), str(out)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def trained(out: Path) -> dict[str, Tensor]:
    """What the optimiser made. What norms have seen is left out: each rank sees its own part, and the first writes."""
    tensors = read_checkpoint(out / "checkpoint.safetensors")[0]
    return {name: value for name, value in tensors.items() if "running_" not in name and "num_batches" not in name}


def figures(out: Path) -> list[dict[str, Any]]:
    rows = [json.loads(row) for row in (out / "stats.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "s_per_sample"} for row in rows]


def assert_alike(out: Path, other: Path) -> None:
    torch.testing.assert_close(trained(out), trained(other))
    for row, expected in zip(figures(out), figures(other), strict=True):
        assert row == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_a_killed_rank_is_replaced(pack_folder: Path, uninterrupted: Path, tmp_path: Path) -> None:
    done = torchrun(pack_folder, tmp_path, restarts=1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Going on from step 2 of 5.") == 1
    assert_alike(tmp_path, uninterrupted)
    first, second = (tmp_path / f"weights-of-rank-{rank}" for rank in (0, 1))
    assert first.read_text() == second.read_text()


def test_a_killed_rank_ends_the_run_which_another_number_of_ranks_goes_on_with(
    pack_folder: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    done = torchrun(pack_folder, tmp_path, restarts=0)
    assert done.returncode != 0
    assert "nurie: Rank 0 of 2 cannot go on" in done.stderr
    assert read_checkpoint(tmp_path / "checkpoint.safetensors")[1]["step"] == "2"
    run(tiny_matcher(pack_folder, PARTS), PARTS, tmp_path, CPU)
    assert_alike(tmp_path, uninterrupted)


def test_ranks_that_see_different_folders_are_told(tmp_path: Path) -> None:
    class Elsewhere:
        device = CPU

        def gather(self, step: Tensor) -> Tensor:
            return torch.cat([step, torch.tensor([0])])

    with pytest.raises(NurieError, match=r"different checkpoints in .* \(of steps 4, 0\)"):
        check_ranks(Elsewhere(), 4, tmp_path)
