"""Pythons that are brought along, and programs that are run and ended."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.wheels import entry
from nurie_krita.protocol import Cancelled, NurieError
from nurie_krita.setup.command import run
from nurie_krita.setup.environment import Maker
from nurie_krita.setup.job import Job, Rate
from nurie_krita.setup.layout import Layout
from nurie_krita.setup.lock import LockedFile
from nurie_krita.setup.machine import ask, look
from nurie_krita.setup.systems import program

pytestmark = pytest.mark.usefixtures("qapp")

Fill = Callable[[tarfile.TarFile], None]


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    files = tmp_path / "files 塗り絵"
    files.mkdir()
    return Maker(Layout(tmp_path / "data 塗り絵" / "server"), "linux", (tmp_path / "nowhere", files), Job())


def locked(path: Path) -> LockedFile:
    said = entry(path, name="python", version="3.12.1")
    return LockedFile("python", "3.12.1", path.name, said["sha256"], said["size"])


def archive(maker: Maker, fill: Fill) -> LockedFile:
    """Of a Python, as python-build-standalone packs it."""
    path = maker.folders[1] / "cpython.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        add(packed, "python/bin/python3.12", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'.encode(), 0o755)
        link = tarfile.TarInfo("python/bin/python3")
        link.type, link.linkname = tarfile.SYMTYPE, "python3.12"
        packed.addfile(link)
        fill(packed)
    return locked(path)


def add(packed: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    packed.addfile(member, io.BytesIO(content))


def test_a_python_is_unpacked_and_environments_are_made_of_it(maker: Maker, uv_wheel: Path) -> None:
    file = archive(maker, lambda packed: add(packed, "python/lib/data.txt", b"data"))
    shutil.copy(uv_wheel, maker.folders[1])
    python = maker.unpack_python(file)
    assert python == maker.layout.pythons / "3.12.1" / "bin" / "python3"
    assert python.is_symlink()
    assert (python.parent.parent / "lib" / "data.txt").read_bytes() == b"data"
    assert [path.name for path in maker.layout.pythons.iterdir()] == ["3.12.1"]
    assert maker.unpack_python(file) == python  # it is there
    maker.unpack_uv(locked(maker.folders[1] / uv_wheel.name))
    maker.make(python)
    assert ask((str(program(maker.layout.next, "linux")),), Job()) is not None


def evil_link(packed: tarfile.TarFile) -> None:
    link = tarfile.TarInfo("python/etc")
    link.type, link.linkname = tarfile.SYMTYPE, "../../../.."
    packed.addfile(link)
    add(packed, "python/etc/evil", b"evil")


@pytest.mark.parametrize(
    "fill",
    [
        lambda packed: add(packed, "../../evil", b"evil"),
        lambda packed: add(packed, "/evil-of-nurie", b"evil"),
        evil_link,
    ],
    ids=["up", "absolute", "link"],
)
def test_nothing_is_unpacked_outside(maker: Maker, fill: Fill, tmp_path: Path) -> None:
    try:
        maker.unpack_python(archive(maker, fill))
    except NurieError as error:
        assert "leads outside" in error.message  # noqa: PT017 - either is right
    outside = [path for path in tmp_path.rglob("evil*") if maker.layout.pythons not in path.parents]
    assert outside == []
    assert not Path("/evil-of-nurie").exists()


def test_an_archive_that_is_none_is_told(maker: Maker) -> None:
    path = maker.folders[1] / "cpython.tar.gz"
    path.write_bytes(b"no archive")
    for unpack in (maker.unpack_python, maker.unpack_uv):
        with pytest.raises(NurieError, match="cannot be unpacked") as raised:
            unpack(locked(path))
        assert raised.value.code == "damaged"
    assert not (maker.layout.pythons / "3.12.1").exists()


def test_an_interrupted_unpacking_leaves_no_half_python(maker: Maker) -> None:
    file = archive(maker, lambda packed: None)
    maker.job.cancel()
    with pytest.raises(Cancelled):
        maker.unpack_python(file)
    assert not (maker.layout.pythons / "3.12.1").exists()


def test_a_python_that_uv_cannot_reach_is_told(maker: Maker, uv_wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", "http://127.0.0.1:9/pythons")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    shutil.copy(uv_wheel, maker.folders[1])
    maker.unpack_uv(locked(maker.folders[1] / uv_wheel.name))
    with pytest.raises(NurieError) as raised:
        maker.bring_python("3.12")
    assert raised.value.code == "offline"
    assert "\n" not in str(raised.value)


def test_this_computer_has_a_python() -> None:
    machine = look(Job())
    assert machine.host.system in ("linux", "macos", "windows")
    assert all(python.version > (3, 0) and Path(python.command[0]).exists() for python in machine.interpreters)
    assert ask(("/bin/true",), Job()) is None
    assert ask(("/nonexistent/python",), Job()) is None


def test_a_program_is_ended_when_that_is_wanted(tmp_path: Path) -> None:
    job = Job()
    pid = tmp_path / "pid"
    code = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"

    def cancel() -> None:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.01)
        job.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(Cancelled):
        run((sys.executable, "-c", code), os.environ, job, 600)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_program_that_never_ends_is_told() -> None:
    with pytest.raises(NurieError) as raised:
        run((sys.executable, "-c", "import time; time.sleep(600)"), os.environ, Job(), 0.2)
    assert raised.value.code == "silent"


def test_a_program_gives_its_code_and_its_last_word() -> None:
    code = "import sys; print('out'); print('first\\n\\nlast\\n', file=sys.stderr); sys.exit(7)"
    output = run((sys.executable, "-c", code), os.environ, Job(), 60)
    assert (output.code, output.out, output.last) == (7, "out\n", "last")
    crash = run((sys.executable, "-c", "import os; os.abort()"), os.environ, Job(), 60)
    assert crash.code == -1


def test_much_output_does_not_stop_a_program() -> None:
    output = run((sys.executable, "-c", "print('x' * 3_000_000)"), os.environ, Job(), 60)
    assert len(output.out) == 3_000_001


def test_what_is_left_is_told_from_the_last_seconds() -> None:
    rate = Rate()
    assert rate.seconds_left(100) is None
    rate.add(0.0, 0)
    assert rate.seconds_left(100) is None
    rate.add(2.0, 20)
    assert rate.seconds_left(100) == pytest.approx(8.0)
    for second in range(3, 30):  # it became ten times slower
        rate.add(float(second), 20 + second)
    assert rate.seconds_left(100) == pytest.approx(100 - 49, rel=0.01)
    rate.add(31.0, 40)
    assert rate.seconds_left(100) is None


def test_reports_come_seldom_and_the_last_always() -> None:
    now = [0.0]
    told: list[tuple[str, int, int, float | None]] = []
    job = Job(lambda *report: told.append(report), lambda: now[0])
    job.enter("downloading", 1000)
    for _ in range(1000):
        now[0] += 0.001
        job.advance(1)
    assert len(told) < 20
    assert told[0] == ("downloading", 0, 1000, None)
    assert told[-1][:3] == ("downloading", 1000, 1000)
