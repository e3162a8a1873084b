"""Fixtures that several folders share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test is about time, which on a busy computer says nothing.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def no_calibration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What was measured on the machine that runs the tests decides nothing in them."""
    monkeypatch.setenv("NURIE_CALIBRATION", str(tmp_path_factory.getbasetemp() / "no-calibration" / "none.json"))


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model whose weights are real and whose graphs are none; not to be written to."""
    from fakes import models

    return models.write_folder(tmp_path_factory.mktemp("weights") / "small")


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model, exported as ``nurie export all`` does; not to be written to."""
    from fakes import models
    from nurie_export.cli import main

    folder = tmp_path_factory.mktemp("model")
    matcher, denoiser = models.checkpoints(folder)
    out = folder / "small"
    arguments = ["--matcher", str(matcher), "--denoiser", str(denoiser), "-o", str(out), "--steps", "3"]
    assert main(["all", *arguments]) == 0
    return out
