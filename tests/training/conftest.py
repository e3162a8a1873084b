"""One small pack and one small matcher for all training tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurie.training.loop import LoopConfig, run
from training.runs import CPU, tiny_matcher
from training.synthetic import make_pack


@pytest.fixture(scope="session")
def pack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pack(tmp_path_factory.mktemp("synthetic"))


@pytest.fixture(scope="session")
def matcher_checkpoint(pack_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matcher that was trained for a step: it knows nothing, but it answers."""
    out, loop = tmp_path_factory.mktemp("matcher"), LoopConfig(steps=1, batch=2, workers=0, threads=1)
    run(tiny_matcher(pack_folder, loop), loop, out, CPU)
    return out / "checkpoint.safetensors"


@pytest.fixture(autouse=True)
def _memory_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line does to the memory of a process that only trains would stay for all tests after it."""
    monkeypatch.setattr("nurie.training.train_cli.keep_memory", lambda: False)
