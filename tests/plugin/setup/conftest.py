"""uv's real wheel, which is downloaded once where it is not at hand, and what the setup needs besides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.package_index import PackageIndex, serving
from fakes.plugin import wait
from fakes.wheels import make_nurie, make_wheel, source_of
from nurie_krita.setup import Setup
from nurie_krita.setup import setup as module
from nurie_krita.setup.job import Job
from nurie_krita.setup.machine import Machine, ask, host
from nurie_krita.setup.network import Times

WHEELS = "NURIE_TEST_WHEELS"
"""Names a folder in which wheels are looked for before the package index."""
_TIMES = Times(retries=(0.0, 0.01))


@pytest.fixture(scope="session")
def uv_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that holds uv's program for this computer."""
    for path in Path(os.environ.get(WHEELS, "/nonexistent")).glob("uv-*.whl"):
        return path
    folder = tmp_path_factory.mktemp("uv")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "uv"]
    subprocess.run(command, check=True)
    return next(folder.glob("uv-*.whl"))


@pytest.fixture
def wheels(tmp_path: Path, uv_wheel: Path) -> Path:
    """A folder of wheels: uv, and what the small Nurie needs."""
    folder = tmp_path / "wheels of an index"
    folder.mkdir()
    shutil.copy(uv_wheel, folder)
    make_wheel(folder, "nurie-small", "1.0", {"nurie_small.py": b"WORD = 'good'\n", "small_data.bin": bytes(300_000)})
    return folder


@pytest.fixture
def source(tmp_path: Path, wheels: Path) -> Path:
    """What the plugin's zip carries: the small Nurie of version 1.0 and its lock."""
    folder = tmp_path / "plugin's server"
    folder.mkdir()
    return source_of(folder, make_nurie(folder), sorted(wheels.iterdir()))


@pytest.fixture
def index(wheels: Path) -> Iterator[PackageIndex]:
    """Serves these wheels."""
    with serving(wheels) as made:
        yield made


@pytest.fixture(scope="session")
def machine() -> Machine:
    """This computer, with the one Python that the tests run on."""
    python = ask((sys.executable,), Job())
    assert python is not None
    return Machine(host(), (python,))


@pytest.fixture
def made(
    qtbot: QtBot, data_folder: Path, source: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Setup]]:
    """Makes setups over one data folder, as one Krita after the other does."""
    monkeypatch.setattr(module, "look", lambda job: machine)
    monkeypatch.setenv("VIRTUAL_ENV", "/nonexistent/environment")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent/packages")
    all_made: list[Setup] = []

    def make(folder: Path = data_folder, plugin: Path = source) -> Setup:
        setup = Setup(folder, plugin, None, _TIMES)
        all_made.append(setup)
        setup.inspect()
        wait(qtbot, lambda: setup._thread is None)
        return setup

    yield make
    for setup in all_made:
        setup.close()


@pytest.fixture(autouse=True)
def nobody_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must not reach uv or Nurie, and proxies, which must not reach a test's own servers."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/nowhere/")
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/nowhere/")
    monkeypatch.setenv("UV_CACHE_DIR", "/nonexistent/cache")
