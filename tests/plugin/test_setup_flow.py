"""When the setup is shown in place of the panel, and what comes after it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from fakes import panel as fake
from fakes.setup import FakeSetup
from nurie_krita.paths import own_program
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.protocol import NurieError
from nurie_krita.settings import Settings
from nurie_krita.setup_flow import SetupFlow
from nurie_krita.state import Notice


class Desk:
    """A flow whose backend only counts what it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(folder)
        self.setup = FakeSetup(folder)
        self.backend = Backend(BackendSettings())
        self.started = 0
        self.backend.ensure = self._start  # type: ignore[method-assign]
        self.state = fake.state(folder)
        self.flow = SetupFlow(self.setup, self.settings, self.backend, self.state)

    def _start(self) -> None:
        self.started += 1

    def needed(self) -> bool:
        return self.flow.needed


@pytest.fixture
def desk(qtbot: QtBot, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("NURIE_COMMAND", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    return Desk(data_folder)


def install(folder: Path) -> None:
    program = own_program()
    program.parent.mkdir(parents=True)
    program.write_text("")
    program.chmod(0o755)


def test_it_is_shown_until_the_engine_is_there(desk: Desk, data_folder: Path) -> None:
    assert desk.needed()
    desk.setup.be("installing")
    assert desk.needed()
    install(data_folder)
    desk.setup.be("ready", installed="0.2.0")
    assert not desk.needed()


@pytest.mark.parametrize("way", ["setting", "variable", "path", "address"])
def test_an_engine_from_elsewhere_needs_none(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "setting":
        desk.backend.settings = BackendSettings(("nurie",))
    elif way == "variable":
        monkeypatch.setenv("NURIE_COMMAND", "nurie --quiet")
    elif way == "address":
        desk.backend.settings = BackendSettings(address="http://192.168.1.20:7860")
    else:
        program = tmp_path / "bin" / ("nurie.exe" if os.name == "nt" else "nurie")
        program.parent.mkdir()
        program.write_text("")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent))
    assert desk.flow.elsewhere
    assert not desk.needed()
    desk.setup.be("installing", installed=None)  # asked for in the settings: it is to be seen all the same
    assert desk.needed()


def test_a_plugin_that_brings_no_engine_shows_no_setup(desk: Desk) -> None:
    desk.setup.be("not_installed", offered="")
    assert not desk.needed()


def test_an_update_can_wait_until_something_else_happens(desk: Desk, data_folder: Path) -> None:
    install(data_folder)
    desk.setup.be("update_needed", installed="0.1.0")
    assert desk.needed()
    desk.flow.postpone()
    assert not desk.needed()
    desk.setup.be("damaged")
    assert desk.needed()


@pytest.mark.parametrize("before", [None, "0.1.0"])
def test_after_it_the_engine_starts_and_the_first_time_a_drawing_is_colored(
    desk: Desk, data_folder: Path, before: str | None
) -> None:
    first: list[int] = []
    desk.flow.first_done.connect(lambda: first.append(1))
    desk.state.notice = Notice("Nurie's backend is not installed on this computer.")
    desk.setup.be("installing", installed=before)
    install(data_folder)
    desk.setup.be("ready", installed="0.2.0")
    desk.setup.installed.emit()
    assert desk.started == 1
    assert len(first) == (1 if before is None else 0)
    notice = desk.state.notice
    assert (notice is None) if before is None else (notice is not None and notice.text == "Nurie 0.2.0 is ready.")


def test_the_engine_ends_before_its_files_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.backend.state = "ready"
    states: list[Any] = []
    desk.backend.state_changed.connect(states.append)
    desk.setup.replacing.emit()
    assert states == ["stopped"]


def test_an_engine_that_fails_is_looked_at_if_it_is_ours(desk: Desk, data_folder: Path) -> None:
    error = NurieError("The backend stopped unexpectedly.", code="died")
    install(data_folder)
    desk.setup.be("ready", installed="0.2.0")
    desk.backend.failed.emit(error)
    assert desk.setup.heard == [("doubt", error)]
    desk.backend.settings = BackendSettings(("nurie",))
    desk.backend.failed.emit(error)
    assert len(desk.setup.heard) == 1
