"""Killed in any instant: a process of its own does each thing, and is killed before each of its steps on the disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.plugin import REPOSITORY
from nurie_krita.setup.installed import Installed, describe, is_whole, read_installed
from nurie_krita.setup.layout import Layout, delete
from nurie_krita.setup.marker import FINISH, INSTALL, REMOVE, Marker, exchange, read_marker, recover, write_marker
from nurie_krita.setup.removal import left, remove, tidy
from nurie_krita.setup.state import RemoveChoices

# A process that forks for each try, as to start one takes long. Every operation on the disk is announced by the
# interpreter before it is done; the one of the number that was told is the last.
KILLED = """
import json, os, signal, sys
from pathlib import Path
from nurie_krita.setup import layout, marker, removal, state

def work(last, folder, what):
    seen = 0
    def watch(event, arguments):
        nonlocal seen
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.truncate"):
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
    place = layout.Layout(folder / "server")
    sys.addaudithook(watch)
    if what == "exchange":
        marker.exchange(place, patient=False)
        marker.write_marker(place, marker.Marker(marker.FINISH))
        marker.recover(place)
    elif what == "recover":
        marker.recover(place)
    else:
        removal.remove(place, folder, folder / "models of nurie", state.RemoveChoices(), patient=False)

for line in sys.stdin:
    step, folder, what = json.loads(line)
    child = os.fork()
    if child == 0:
        try:
            work(step, Path(folder), what)
        finally:
            os._exit(1 if sys.exc_info()[0] else 0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def environment(folder: Path, version: str, *, finished: bool = True) -> None:
    """Stands for one that uv made."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "nurie").write_text(version)
    (folder / "bin" / "python").write_text("")
    if finished:
        Installed(version, 1, "3.12", (), {}, describe(folder)).write(folder)


def version_of(folder: Path) -> str:
    """Of a whole environment."""
    installed = read_installed(folder)
    assert installed is not None
    assert installed.version == (folder / "bin" / "nurie").read_text()
    return installed.version


@pytest.fixture
def killed() -> Iterator[Callable[[Path, str, int], bool]]:
    """Does something in the plugin's data, and is killed before the step of a number; whether it was."""
    command = [sys.executable, "-B", "-c", KILLED]
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugin"), "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def run(data: Path, work: str, step: int) -> bool:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([step, str(data), work]) + "\n")
            process.stdin.flush()
            status = int(process.stdout.readline())
            assert status in (0, signal.SIGKILL)
            return status != 0

        yield run


def prepared(data: Path, *, current: bool, finished: bool) -> Layout:
    layout = Layout(data / "server")
    delete(data)
    if current:
        environment(layout.current, "1.0")
    environment(layout.next, "2.0", finished=finished)
    layout.wheels.mkdir()
    (layout.wheels / "a.whl").write_bytes(b"wheel")
    layout.cache.mkdir()
    write_marker(layout, Marker(INSTALL))
    return layout


@pytest.mark.parametrize("current", [True, False])
def test_an_exchange_killed_at_any_step_leaves_a_whole_environment(
    tmp_path: Path, killed: Callable[[Path, str, int], bool], *, current: bool
) -> None:
    data = tmp_path / "塗り絵's data"
    step, versions = 0, []
    while True:
        layout = prepared(data, current=current, finished=True)
        was_killed = killed(data, "exchange", step)
        recover(layout)
        versions.append(version_of(layout.current))
        there = {path.name for path in layout.server.iterdir()}
        assert there <= {"current", "wheels"}, step
        if "wheels" in there:  # nothing that was downloaded is lost before it is of no use
            assert (layout.wheels / "a.whl").read_bytes() == b"wheel"
        recover(layout)
        assert version_of(layout.current) == versions[-1]
        if not was_killed:
            assert "wheels" not in there
            break
        step += 1
    assert step > 8
    assert versions == sorted(versions)
    assert versions[-1] == "2.0"
    assert versions[0] == ("1.0" if current else "2.0")


@pytest.mark.parametrize("current", [True, False])
def test_a_recovery_killed_at_any_step_is_recovered_from(
    tmp_path: Path, killed: Callable[[Path, str, int], bool], *, current: bool
) -> None:
    step = 0
    while True:
        layout = prepared(tmp_path / "data", current=current, finished=False)
        was_killed = killed(tmp_path / "data", "recover", step)
        recover(layout)
        assert {path.name for path in layout.server.iterdir()} == {"wheels", *(["current"] if current else [])}
        assert not current or version_of(layout.current) == "1.0"
        if not was_killed:
            break
        step += 1
    assert step > 4


def test_a_removal_killed_at_any_step_is_finished(tmp_path: Path, killed: Callable[[Path, str, int], bool]) -> None:
    data, step = tmp_path / "data", 0
    while True:
        layout = prepared(data, current=True, finished=False)
        layout.marker.unlink()
        (data / "references").mkdir()
        (data / "references" / "a.png").write_bytes(b"the artist's")
        was_killed = killed(data, "remove", step)
        marker = read_marker(layout)
        if marker is not None and marker.doing == REMOVE:
            remove(layout, data, tmp_path / "models", marker.keep, patient=False)
        assert (data / "references" / "a.png").read_bytes() == b"the artist's"
        if marker is None and layout.server.exists() and layout.current.exists():
            assert step == 0 or version_of(layout.current) == "1.0"  # before it was said that it is removed
        else:
            tidy(layout, data, tmp_path / "models")
            assert not layout.server.exists()
        if not was_killed:
            break
        step += 1
    assert step > 8


def test_an_exchange_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = prepared(tmp_path, current=True, finished=True)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self == layout.next:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(Exception, match="full"):
        exchange(layout, patient=False)
    assert version_of(layout.current) == "1.0"
    assert not layout.former.exists()


def test_where_nothing_was_broken_off_nothing_is_done(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "server")
    recover(layout)
    assert not layout.server.exists()
    environment(layout.current, "1.0")
    recover(layout)
    assert version_of(layout.current) == "1.0"
    assert [path.name for path in layout.server.iterdir()] == ["current"]


@pytest.fixture
def pythons(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "server")
    environment(layout.current, "1.0")
    for version in ("3.11.9", "3.12.1"):
        (layout.pythons / version / "bin").mkdir(parents=True)
    return layout


def test_a_python_that_was_brought_along_goes_with_its_environment(pythons: Layout) -> None:
    (pythons.current / "pyvenv.cfg").write_text(f"home = {pythons.pythons / '3.12.1' / 'bin'}\nversion = 3.12\n")
    recover(pythons)
    assert [path.name for path in pythons.pythons.iterdir()] == ["3.12.1"]
    (pythons.current / "pyvenv.cfg").write_text("home = /usr/bin\n")
    recover(pythons)
    assert not pythons.pythons.exists()


def test_a_python_that_is_reached_by_a_link_stays(pythons: Layout) -> None:
    """As uv makes them: a folder of the exact version, and a link to it that the environment goes through."""
    (pythons.pythons / "3.12").symlink_to("3.12.1", target_is_directory=True)
    (pythons.current / "pyvenv.cfg").write_text(f"home = {pythons.pythons / '3.12' / 'bin'}\n")
    recover(pythons)
    assert {path.name for path in pythons.pythons.iterdir()} == {"3.12", "3.12.1"}


@pytest.mark.parametrize("doing", [INSTALL, FINISH, REMOVE])
def test_a_marker_says_again_what_it_was_told(tmp_path: Path, doing: str) -> None:
    layout = Layout(tmp_path)
    marker = Marker(doing, RemoveChoices(references=False, models=False))
    write_marker(layout, marker)
    assert read_marker(layout) == marker


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"doing": "x", "keep": {}}', '{"doing": "remove"}', "\x00"])
def test_a_marker_that_makes_no_sense_asks_for_nothing(tmp_path: Path, content: str) -> None:
    layout = Layout(tmp_path)
    layout.marker.write_text(content)
    assert read_marker(layout) is None


def test_no_environment_is_whole_before_it_says_so(tmp_path: Path) -> None:
    environment(tmp_path / "a", "1.0", finished=False)
    assert not is_whole(tmp_path / "a")
    assert json.loads((tmp_path / "a" / "bin" / "nurie").read_text()) == 1.0


def everything(data: Path) -> Layout:
    """All that may lie in the plugin's data."""
    layout = prepared(data, current=True, finished=False)
    for name in ("references/a.png", "thumbnails/a.png", "references.json", "settings.json", "pace.json"):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_bytes(b"x" * 10)
    (data / ".settings.json.lock").touch()
    (layout.server / "somebody's.txt").write_text("kept")
    (data / "models of nurie" / "large").mkdir(parents=True)
    (data / "models of nurie" / "large" / "weights").write_bytes(b"x" * 1000)
    return layout


@pytest.mark.parametrize("references", [True, False])
@pytest.mark.parametrize("settings", [True, False])
@pytest.mark.parametrize("models", [True, False])
def test_exactly_what_was_said_is_left(tmp_path: Path, *, references: bool, settings: bool, models: bool) -> None:
    data, keep = tmp_path / "data", RemoveChoices(references, settings, models)
    layout = everything(data)
    promised = left(layout, data, data / "models of nurie", keep)
    remove(layout, data, data / "models of nurie", keep, patient=False)
    tidy(layout, data, data / "models of nurie")
    there = {path.name for path in [*data.iterdir(), *layout.server.iterdir()]} - {"server"}
    assert there == {path.name for path, _ in promised}
    assert ("references" in there, "pace.json" in there, "models of nurie" in there) == (references, settings, models)
    assert "somebody's.txt" in there
    assert [size for _, size in promised] == sorted((size for _, size in promised), reverse=True)
    assert all(
        size == sum(p.stat().st_size for p in [path, *path.rglob("*")] if p.is_file()) for path, size in promised
    )


def test_where_everything_goes_no_folder_stays(tmp_path: Path) -> None:
    data = tmp_path / "data"
    layout = everything(data)
    (layout.server / "somebody's.txt").unlink()
    models = tmp_path / "nurie" / "models"
    models.mkdir(parents=True)
    delete(data / "models of nurie")
    remove(layout, data, models, RemoveChoices(references=False, settings=False, models=False), patient=False)
    tidy(layout, data, models)
    assert list(tmp_path.iterdir()) == []


def test_what_a_link_leads_to_is_nobody_s_to_delete(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("kept")
    layout = Layout(tmp_path / "data" / "server")
    environment(layout.current, "1.0")
    (layout.current / "link").symlink_to(elsewhere, target_is_directory=True)
    layout.wheels.symlink_to(elsewhere, target_is_directory=True)
    remove(layout, tmp_path / "data", tmp_path / "models", RemoveChoices(), patient=False)
    assert (elsewhere / "file").read_text() == "kept"
    assert list(layout.server.iterdir()) == []


WRITING = """
import sys, time
from pathlib import Path
folder, end = Path(sys.argv[1]) / "lib", time.monotonic() + 1.5
number = 0
while time.monotonic() < end:
    (folder / str(number % 50)).mkdir(parents=True, exist_ok=True)
    (folder / str(number % 50) / "a.py").write_bytes(b"x")
    number += 1
    if number == 1:
        print("writes", flush=True)
"""


def test_what_an_orphan_still_writes_into_is_deleted_once_it_has_ended(tmp_path: Path) -> None:
    """The installer of a Krita that was killed goes on for a moment."""
    layout = prepared(tmp_path, current=True, finished=False)
    with subprocess.Popen([sys.executable, "-c", WRITING, str(layout.next)], stdout=subprocess.PIPE) as orphan:
        assert orphan.stdout is not None
        assert orphan.stdout.readline() == b"writes\n"
        delete(layout.next)  # may be made anew before the orphan has ended
        orphan.wait()
    recover(layout)
    assert {path.name for path in layout.server.iterdir()} == {"current", "wheels"}
