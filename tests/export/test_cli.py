"""``nurie export``."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import models
from nurie.cli.main import main
from nurie.runtime.description import read_description


def test_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    matcher, denoiser = models.checkpoints(tmp_path)
    out = tmp_path / "m.safetensors"
    inputs = ["--matcher", str(matcher), "--denoiser", str(denoiser)]
    assert main(["export", "weights", *inputs, "-o", str(out), "--steps", "4"]) == 0
    assert capsys.readouterr().out.startswith(f"{out}: ")
    assert read_description(out).sampling.steps == 4


def test_a_wrong_checkpoint_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    matcher, _ = models.checkpoints(tmp_path)
    inputs = ["--matcher", str(matcher), "--denoiser", str(tmp_path / "gone")]
    assert main(["export", "all", *inputs, "-o", str(tmp_path / "out")]) == 4
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_steps_that_no_sampler_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = ["--matcher", "x", "--denoiser", "y", "-o", str(tmp_path / "out"), "--steps", "0"]
    assert main(["export", "weights", *inputs]) == 2
    assert "steps must be 1 to 100" in capsys.readouterr().err
