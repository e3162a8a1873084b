"""The host of the engine: loaded when needed, anew when changed, let go when told."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from fakes.engine import FakeEngine
from nurie.colorizer import Colorizer
from nurie.protocol import ModelError, NurieError
from nurie.runtime.store import find_model
from nurie.server.engine import EngineHost, host_for
from nurie.settings import load_settings


def test_a_model_is_loaded_once_and_the_time_told_once() -> None:
    host = EngineHost(lambda model: Colorizer(FakeEngine()))
    assert not host.is_loaded
    first, seconds = host.colorizer("compact")
    again, nothing = host.colorizer("compact")
    assert first is again
    assert seconds > 0.0 == nothing


def test_another_model_takes_the_place_of_the_first() -> None:
    loaded: list[str] = []

    def load(model: str) -> Colorizer:
        loaded.append(model)
        return Colorizer(FakeEngine())

    host = EngineHost(load)
    for model in ("a", "b", "b", "a"):
        host.colorizer(model)
    assert loaded == ["a", "b", "a"]


def test_changed_files_are_loaded_anew() -> None:
    stamp = 0
    host = EngineHost(lambda model: Colorizer(FakeEngine()), stamp=lambda model: stamp)
    host.colorizer("compact")
    host.colorizer("compact")
    stamp = 1
    host.colorizer("compact")
    assert host.loads == 2


def test_a_failed_load_leaves_nothing_and_may_be_tried_again() -> None:
    tries = []

    def load(model: str) -> Colorizer:
        tries.append(model)
        if len(tries) == 1:
            raise ModelError("The model is damaged.")
        return Colorizer(FakeEngine())

    host = EngineHost(load)
    with pytest.raises(ModelError):
        host.colorizer("compact")
    assert not host.is_loaded
    host.colorizer("compact")
    assert host.is_loaded


def test_letting_go_frees_the_cache_too() -> None:
    host = EngineHost(lambda model: Colorizer(FakeEngine()))
    colorizer, _ = host.colorizer("compact")
    colorizer.cache.get("key", lambda: np.zeros(9))
    assert len(colorizer.cache) == 1
    assert host.let_go()
    assert len(colorizer.cache) == 0
    assert not host.let_go()


def test_only_installed_models_may_be_asked_for(tmp_path: Path) -> None:
    host = host_for(load_settings(model=str(tmp_path / "mine.safetensors"), models=tmp_path))
    assert host.names() == ["compact"]
    host.check("compact")
    for name in ("paper", str(tmp_path), "../compact"):
        with pytest.raises(NurieError) as caught:
            host.check(name)
        assert caught.value.code == "unknown_model"
    assert host.describe()["model"] == "mine.safetensors"
    assert host.describe()["asked"] == {"engine": "auto", "device": "auto"}


def test_a_models_folder_that_cannot_be_read_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/manifest.json").write_text("{")
    assert host_for(load_settings(models=tmp_path)).names() == []


def test_the_stamp_changes_with_the_files(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(find_model("compact").folder, tmp_path / "mine"))
    stamp = host_for(load_settings(models=tmp_path))._stamp
    before = stamp("mine")
    assert stamp("mine") == before
    weights = next(folder.glob("*.safetensors"))
    os.utime(weights, ns=(1, 1))
    assert stamp("mine") != before
