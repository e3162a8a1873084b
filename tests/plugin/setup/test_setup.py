"""The whole setup, with the real uv, real environments, a real package index on a socket, and a small Nurie."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.package_index import PackageIndex
from fakes.plugin import REPOSITORY, wait
from fakes.wheels import make_nurie, source_of
from nurie_krita import child
from nurie_krita.protocol import NurieError
from nurie_krita.setup import RemoveChoices, Setup, SetupChoices, SetupState
from nurie_krita.setup import setup as module
from nurie_krita.setup.disk import Disk
from nurie_krita.setup.job import Job
from nurie_krita.setup.machine import Machine
from nurie_krita.setup.network import Times
from nurie_krita.setup.systems import scrubbed

TIMES = Times(retries=(0.0, 0.01))
Made = Callable[..., Setup]


def run(qtbot: QtBot, setup: Setup, choices: SetupChoices) -> list[SetupState]:
    """Install to the end, whichever; every state that was shown, each once."""
    states: list[SetupState] = []
    setup.changed.connect(lambda: states.append(setup.state))
    setup.install(choices)
    assert setup.state.name == "installing"
    wait(qtbot, lambda: not setup.state.busy)
    return list(dict.fromkeys(states))


def online(index: PackageIndex) -> SetupChoices:
    return SetupChoices(index=index.url)


def answer(folder: Path | None = None) -> dict[str, object]:
    """What the installed backend says for itself, started as the plugin starts it."""
    command = child.find_command(None)
    clean = scrubbed(os.environ)
    done = subprocess.run([*command, "doctor"], env=clean, capture_output=True, text=True, check=True, cwd=folder)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def update(folder: Path, source: Path, version: str, **nurie: object) -> Path:
    """The plugin's folder after another zip was imported."""
    folder.mkdir()
    packages = json.loads((source / "lock.json").read_text())["packages"]
    source_of(folder, make_nurie(folder, version, **nurie), [])  # type: ignore[arg-type]
    data = json.loads((folder / "lock.json").read_text())
    (folder / "lock.json").write_text(json.dumps({**data, "packages": packages}))
    return folder


@pytest.mark.parametrize("name", ["plain", "a b 'c' \"d\" 塗り絵 ünïcode $HOME;#%41"])
def test_it_installs_from_an_index(
    name: str, qtbot: QtBot, made: Made, index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name / "data"
    monkeypatch.setenv("NURIE_PLUGIN_DATA", str(folder))
    setup = made(folder)
    assert (setup.state.name, setup.state.offered) == ("not_installed", "1.0")
    assert not folder.exists()
    plan = setup.plan(online(index))
    assert plan.folder == folder / "server"
    assert plan.runtime == "CPU"
    assert sys.executable in plan.python
    told: list[str] = []
    setup.installed.connect(lambda: told.append("installed"))
    states = run(qtbot, setup, online(index))
    stages = list(dict.fromkeys(state.stage for state in states if state.name == "installing"))
    assert stages == ["checking", "downloading", "python", "installing", "verifying", "coloring sample"]
    downloads = [state for state in states if state.stage == "downloading"]
    assert downloads[-1].done == downloads[-1].total == plan.download_bytes
    assert setup.state == SetupState("ready", installed="1.0", offered="1.0")
    assert told == ["installed"]
    assert answer(tmp_path)["word"] == "good"
    assert {path.name for path in folder.iterdir()} == {"server"}
    assert {path.name for path in (folder / "server").iterdir()} == {"current"}
    assert made(folder).state.name == "ready"


def test_it_installs_from_a_folder_without_a_network(
    qtbot: QtBot, made: Made, wheels: Path, data_folder: Path, tmp_path: Path
) -> None:
    before = sorted(wheels.iterdir())
    setup = made()
    assert setup.plan(SetupChoices(wheels=wheels)).download_bytes == 0
    missing = next(path for path in before if "small" in path.name)
    whole = missing.read_bytes()
    missing.write_bytes(whole[:-1])
    run(qtbot, setup, SetupChoices(wheels=wheels))
    error = setup.state.error
    assert error is not None
    assert error.code == "missing_wheels"
    assert "nurie-small 1.0" in error.message
    assert setup.state.name == "not_installed"
    missing.write_bytes(whole)
    run(qtbot, setup, SetupChoices(wheels=wheels, index="http://127.0.0.1:9/"))
    assert setup.state.name == "ready", setup.state.error
    assert sorted(wheels.iterdir()) == before
    assert answer(tmp_path)["nurie"] == "1.0"


def test_cancelled_it_goes_on_where_it_was(qtbot: QtBot, made: Made, index: PackageIndex, data_folder: Path) -> None:
    index.rate = 8e6
    setup = made()
    total = setup.plan(online(index)).download_bytes
    setup.install(online(index))
    wait(qtbot, lambda: setup.state.done > total * 0.3)
    setup.cancel()
    wait(qtbot, lambda: not setup.state.busy)
    assert (setup.state.name, setup.state.error) == ("not_installed", None)
    assert setup.state.kept > total * 0.25
    assert {path.name for path in (data_folder / "server").iterdir()} == {"wheels"}
    again = made()
    assert again.state.kept == setup.state.kept
    assert again.plan(online(index)).download_bytes == total - setup.state.kept
    index.rate, sent = None, index.sent
    run(qtbot, again, online(index))
    assert again.state.name == "ready", again.state.error
    assert again.state.kept == 0
    assert index.sent - sent <= total - setup.state.kept


@pytest.mark.parametrize("stage", ["checking", "downloading", "python", "installing", "verifying", "coloring sample"])
def test_it_is_cancelled_in_any_stage(
    stage: str, qtbot: QtBot, made: Made, wheels: Path, index: PackageIndex, data_folder: Path
) -> None:
    setup = made()
    setup.changed.connect(lambda: setup.cancel() if setup.state.stage == stage else None)
    run(qtbot, setup, online(index))
    assert (setup.state.name, setup.state.error) == ("not_installed", None)
    there = {path.name for path in (data_folder / "server").iterdir()} if (data_folder / "server").exists() else set()
    assert there <= {"wheels"}


def test_a_network_that_goes_is_told_and_the_next_attempt_goes_on(
    qtbot: QtBot, made: Made, index: PackageIndex
) -> None:
    setup = made()
    index.dead_after = setup.plan(online(index)).download_bytes // 2
    run(qtbot, setup, online(index))
    assert setup.state.error is not None
    assert (setup.state.name, setup.state.error.code) == ("not_installed", "offline")
    assert setup.state.kept > 0
    index.dead_after = None
    states = run(qtbot, setup, online(index))
    assert setup.state.name == "ready", setup.state.error
    assert all(state.error is None for state in states)


@pytest.mark.parametrize("version", ["2.0", "0.9"])
def test_another_zip_updates_or_downgrades_and_keeps_what_is_the_artist_s(
    version: str, qtbot: QtBot, made: Made, wheels: Path, source: Path, data_folder: Path, tmp_path: Path
) -> None:
    offline = SetupChoices(wheels=wheels)
    run(qtbot, made(), offline)
    (data_folder / "references").mkdir()
    (data_folder / "references" / "a.png").write_bytes(b"mine")
    setup = made(data_folder, update(tmp_path / "newer plugin", source, version))
    assert (setup.state.name, setup.state.installed, setup.state.offered) == ("update_needed", "1.0", version)
    going: list[object] = []
    setup.replacing.connect(lambda: going.append(answer(tmp_path)["nurie"]))
    run(qtbot, setup, offline)
    assert going == ["1.0"]  # told while the old one was still there
    assert (setup.state.name, setup.state.installed) == ("ready", version)
    assert answer(tmp_path)["nurie"] == version
    assert (data_folder / "references" / "a.png").read_bytes() == b"mine"
    assert {path.name for path in (data_folder / "server").iterdir()} == {"current"}


@pytest.mark.parametrize(
    ("broken", "code"),
    [({"breaks": "doctor"}, "bad_model"), ({"breaks": "colorize"}, "bad_model"), ({"protocol": 999}, "protocol")],
)
def test_an_update_that_does_not_work_leaves_the_one_that_does(
    broken: dict[str, object], code: str, qtbot: QtBot, made: Made, wheels: Path, source: Path, tmp_path: Path
) -> None:
    run(qtbot, made(), SetupChoices(wheels=wheels))
    setup = made(plugin=update(tmp_path / "newer plugin", source, "2.0", **broken))
    run(qtbot, setup, SetupChoices(wheels=wheels))
    assert (setup.state.name, setup.state.installed) == ("update_needed", "1.0")
    assert setup.state.error is not None
    assert setup.state.error.code == code
    assert answer(tmp_path)["nurie"] == "1.0"


def test_damage_is_seen_told_and_repaired(
    qtbot: QtBot, made: Made, wheels: Path, data_folder: Path, tmp_path: Path
) -> None:
    run(qtbot, made(), SetupChoices(wheels=wheels))
    current = data_folder / "server" / "current"
    compiled = next(current.rglob("nurie_small.py")).parent / "__pycache__"
    for path in compiled.glob("*"):
        path.unlink()
    assert made().state.name == "ready"  # compiled code comes and goes
    harms: list[Callable[[], object]] = [
        lambda: next(current.rglob("nurie_small.py")).write_bytes(b""),
        lambda: (current / "bin" / "python").unlink(),
        lambda: (current / "installed.json").write_text("{"),
    ]
    for harm in harms:
        harm()
        setup = made()
        assert setup.state.name == "damaged"
        assert setup.state.error is not None
        assert setup.state.error.code == "damaged"
        assert "\n" not in str(setup.state.error)
        setup.repair(SetupChoices(wheels=wheels))
        wait(qtbot, lambda: not setup.state.busy)  # noqa: B023 - waited for within the loop
        assert setup.state.name == "ready", setup.state.error
        assert answer(tmp_path)["nurie"] == "1.0"


def test_a_backend_that_did_not_start_is_doubted(
    qtbot: QtBot, made: Made, wheels: Path, data_folder: Path, tmp_path: Path
) -> None:
    setup = made()
    died = NurieError("The backend stopped unexpectedly.", code="died")
    setup.doubt(died)  # nothing is installed
    assert setup.state.name == "not_installed"
    run(qtbot, setup, SetupChoices(wheels=wheels))

    def doubted(error: NurieError) -> SetupState:
        setup.doubt(error)
        wait(qtbot, lambda: setup._thread is None)
        return setup.state

    assert doubted(died).name == "ready"  # it was a bad moment
    assert doubted(NurieError("Another protocol.", code="protocol")).name == "update_needed"
    assert doubted(died).name == "ready"
    small = next((data_folder / "server" / "current").rglob("nurie_small.py"))
    small.write_bytes(small.read_bytes().replace(b"WORD", b"NONE"))  # of the same size
    os.utime(small, (0, 0))  # of another time than what was compiled
    state = doubted(died)
    assert state.name == "damaged"
    assert state.error is not None
    assert state.error.code == "does_not_run"


def test_of_two_kritas_one_installs(
    qtbot: QtBot, made: Made, index: PackageIndex, data_folder: Path, tmp_path: Path
) -> None:
    index.rate = 8e6
    first, second = made(), made()
    first.install(online(index))
    wait(qtbot, lambda: first.state.done > 0)
    second.install(online(index))
    wait(qtbot, lambda: not second.state.busy)
    assert second.state.error is not None
    assert second.state.error.code == "busy"
    third = made()  # looks, and mends nothing
    assert third.state.name == "not_installed"
    assert first.state.busy
    index.rate = None
    wait(qtbot, lambda: not first.state.busy)
    assert first.state.name == "ready", first.state.error
    second.inspect()
    wait(qtbot, lambda: second.state.name == "ready")


def test_what_is_pressed_while_it_looks_is_done_afterwards(
    qtbot: QtBot, data_folder: Path, source: Path, machine: Machine, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(job: Job) -> Machine:
        job.wait(0.3)
        return machine

    monkeypatch.setattr(module, "look", slowly)
    setup = Setup(data_folder, source, None, TIMES)
    try:
        setup.inspect()
        setup.install(SetupChoices(wheels=wheels))
        setup.cancel()
        assert setup.state.name == "not_installed"
        setup.install(SetupChoices(wheels=wheels))
        setup.install(SetupChoices(wheels=wheels / "nowhere"))  # not heard: it is at work
        wait(qtbot, lambda: not setup.state.busy)
        assert setup.state.name == "ready", setup.state.error
    finally:
        setup.close()


@pytest.mark.parametrize("installed", [True, False])
def test_removed_nothing_is_left_but_what_was_said(
    qtbot: QtBot, made: Made, wheels: Path, data_folder: Path, tmp_path: Path, *, installed: bool
) -> None:
    setup = made()
    if installed:
        run(qtbot, setup, SetupChoices(wheels=wheels))
    (data_folder / "references").mkdir(parents=True, exist_ok=True)
    (data_folder / "references" / "a.png").write_bytes(b"mine")
    (data_folder / "settings.json").write_text("{}")
    keep = RemoveChoices(references=True, settings=False)
    promised = setup.left_after_removal(keep)
    assert promised == [(data_folder / "references", 4)]
    told: list[str] = []
    setup.removed.connect(lambda: told.append(setup.state.name))
    setup.remove(keep)
    assert setup.state.name == "removing"
    wait(qtbot, lambda: not setup.state.busy)
    assert told == ["not_installed"]
    assert [path for path in data_folder.rglob("*") if path.is_file()] == [data_folder / "references" / "a.png"]
    setup.remove(RemoveChoices(references=False, settings=False))
    wait(qtbot, lambda: not setup.state.busy)
    assert not data_folder.exists()


PROGRAM = """
import os, signal, sys
binding, folder, source, wheels, stage = sys.argv[1:]
__import__(binding)
from pathlib import Path
from nurie_krita.qt import QtCore
from nurie_krita.setup import Setup, SetupChoices
application = QtCore.QCoreApplication([])
setup = Setup(Path(folder), Path(source))
def look():
    if setup.state.stage == stage:
        os.kill(os.getpid(), signal.SIGKILL)
    if setup.state.error:
        print(setup.state.error)
        application.quit()
setup.changed.connect(look)
setup.install(SetupChoices(wheels=Path(wheels)))
getattr(application, "exec")()
"""


def test_a_krita_killed_in_any_stage_is_recovered_from(
    qtbot: QtBot, made: Made, wheels: Path, source: Path, data_folder: Path, tmp_path: Path
) -> None:
    binding = "PyQt5" if "PyQt5" in sys.modules else "PyQt6"
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugin"), "QT_QPA_PLATFORM": "offscreen"}
    for stage in ("downloading", "python", "installing", "verifying", "coloring sample"):
        arguments = [binding, str(data_folder), str(source), str(wheels), stage]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments], env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        assert (data_folder / "server" / "marker.json").exists()
        setup = made()
        assert (setup.state.name, setup.state.error) == ("not_installed", None)
        assert not (data_folder / "server" / "marker.json").exists()
    run(qtbot, setup, SetupChoices(wheels=wheels))
    assert setup.state.name == "ready", setup.state.error
    assert answer(tmp_path)["word"] == "good"


def test_krita_may_end_in_the_middle(qtbot: QtBot, made: Made, index: PackageIndex) -> None:
    index.rate = 4e6
    setup = made()
    setup.install(online(index))
    wait(qtbot, lambda: setup.state.done > 0)
    setup.close()
    qtbot.wait(50)
    assert made().state.name == "not_installed"


def test_a_folder_that_cannot_be_made_is_told(qtbot: QtBot, made: Made, wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    setup = made(tmp_path / "file" / "data")
    run(qtbot, setup, SetupChoices(wheels=wheels))
    assert setup.state.name == "not_installed"
    assert setup.state.error is not None
    assert setup.state.error.code in ("bad_output", "permission")
    assert str(tmp_path / "file") in setup.state.error.message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_in_is_told(qtbot: QtBot, made: Made, wheels: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    setup = made(locked / "data")
    run(qtbot, setup, SetupChoices(wheels=wheels))
    assert setup.state.error is not None
    assert setup.state.error.code == "permission"


def test_too_little_room_is_told_before_anything_comes(
    qtbot: QtBot, made: Made, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 10_000_000

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage)
    setup = made()
    run(qtbot, setup, online(index))
    assert setup.state.error is not None
    assert setup.state.error.code == "disk_full"
    assert "has 10 MB free" in setup.state.error.message
    assert index.asked == []


def test_a_plugin_without_its_backend_says_so_when_it_is_asked_to(qtbot: QtBot, made: Made, tmp_path: Path) -> None:
    setup = made(plugin=tmp_path)
    assert (setup.state.name, setup.state.offered, setup.state.error) == ("not_installed", "", None)
    assert setup.extras() == ()
    with pytest.raises(NurieError, match="without its backend"):
        setup.plan(SetupChoices())
    run(qtbot, setup, SetupChoices())
    assert setup.state.error is not None
    assert setup.state.error.code == "no_backend"


def test_a_wheel_damaged_in_the_plugin_is_told(qtbot: QtBot, made: Made, source: Path, wheels: Path) -> None:
    wheel = next(source.glob("nurie-*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"x")
    setup = made()
    run(qtbot, setup, SetupChoices(wheels=wheels))
    assert setup.state.error is not None
    assert str(setup.state.error) == f"The plugin's file {wheel.name} is damaged. Install the plugin again."


def test_wrong_addresses_are_told(qtbot: QtBot, made: Made) -> None:
    setup = made()
    for choices in (SetupChoices(index="nowhere"), SetupChoices(proxy="nowhere", index="http://127.0.0.1:9/")):
        run(qtbot, setup, choices)
        assert setup.state.error is not None
        assert setup.state.error.code == "wrong_usage"


def test_a_lock_left_behind_by_a_crash_is_nobody_s(qtbot: QtBot, data_folder: Path, tmp_path: Path) -> None:
    disk = Disk(data_folder, tmp_path / "models", patient=False)
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\nfrom pathlib import Path\n"
        "from nurie_krita.setup.disk import Disk\n"
        "with Disk(Path(sys.argv[2]), Path('m'), patient=False).alone(): os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(REPOSITORY / "plugin"), str(data_folder)], check=True)
    assert (data_folder / ".setup.lock").exists()
    # What is held for an hour is held all the same.
    os.utime(data_folder / ".setup.lock", (time.time() - 3600,) * 2)
    with disk.alone():
        with pytest.raises(NurieError) as raised, disk.alone():
            pass
        assert raised.value.code == "busy"
    assert list(data_folder.iterdir()) == []
