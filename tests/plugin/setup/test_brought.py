"""A computer without any Python: uv brings one, from a mirror, and all is made of that."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.authority import make_authority, trusting
from fakes.company import ADDRESS, HOST, company
from fakes.package_index import PackageIndex
from fakes.plugin import wait
from fakes.pythons import PackedPython, list_of, pack_python
from fakes.wheels import entry, make_nurie
from nurie_krita import child
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtNetwork
from nurie_krita.setup import RemoveChoices, Setup, SetupChoices, layout
from nurie_krita.setup import setup as module
from nurie_krita.setup.machine import Machine, host
from nurie_krita.setup.removal import left
from nurie_krita.setup.systems import scrubbed

Made = Callable[..., Setup]
SYSTEM = Path("/usr/bin/python3")

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not SYSTEM.exists(), reason="packs a Linux system's own Python"
)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> PackedPython:
    found = pack_python(str(SYSTEM), tmp_path_factory.mktemp("python"))
    if found.version < (3, 10):
        pytest.skip("the system's Python is too old")
    return found


@pytest.fixture
def mirror(
    packed: PackedPython,
    index: PackageIndex,
    source: Path,
    made: Made,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> PackageIndex:
    """The index has the archive as well; the lock wants a Python of its version, and this computer has none."""
    shutil.copy(packed.path, index.folder)
    url = index.url.replace("/simple/", f"/files/{packed.path.name}")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(list_of(packed, url, tmp_path / "pythons.json")))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setattr(module, "look", lambda job: Machine(host()))
    lock = json.loads((source / "lock.json").read_text())
    lock["python"]["version"] = "{}.{}".format(*packed.version)
    (source / "lock.json").write_text(json.dumps(lock))
    return index


def archives(index: PackageIndex) -> int:
    """How often the Python was asked for."""
    return sum(path.endswith(".tar.gz") for path, _ in index.asked)


def install(qtbot: QtBot, setup: Setup, index: PackageIndex) -> None:
    setup.install(SetupChoices(index=index.url))
    wait(qtbot, lambda: not setup.state.busy)


def test_it_is_brought_used_kept_by_updates_and_removed(
    qtbot: QtBot, made: Made, mirror: PackageIndex, source: Path, packed: PackedPython, data_folder: Path
) -> None:
    setup = made()
    short = "{}.{}".format(*packed.version)
    plan = setup.plan(SetupChoices(index=mirror.url))
    assert plan.python == f"Python {short}, brought along"
    assert dict(plan.items)[f"Python {short}"] > 10e6
    install(qtbot, setup, mirror)
    assert setup.state.name == "ready", setup.state.error
    assert archives(mirror) == 1
    current, pythons = data_folder / "server" / "current", data_folder / "server" / "python"
    assert {path.name for path in (data_folder / "server").iterdir()} == {"current", "python"}
    assert (current / "bin" / "python").resolve().is_relative_to(pythons)
    clean = {"PATH": "/nowhere"}
    asked = [str(current / "bin" / "python"), "-I", "-c", "import sys, asyncio, ssl; print(sys.base_prefix)"]
    answer = subprocess.run(asked, env=clean, capture_output=True, text=True, check=True)
    assert Path(answer.stdout.strip()).resolve().is_relative_to(pythons)
    # An update
    wheel = make_nurie(source, "2.0")
    lock = json.loads((source / "lock.json").read_text())
    (source / "lock.json").write_text(json.dumps({**lock, "nurie": entry(wheel)}))
    sent, setup = mirror.sent, made()
    assert setup.state.name == "update_needed"
    assert setup.plan(SetupChoices(index=mirror.url)).download_bytes == 0
    install(qtbot, setup, mirror)
    assert (setup.state.name, setup.state.installed) == ("ready", "2.0"), setup.state.error
    assert mirror.sent == sent
    assert made().state.name == "ready"
    # Removal
    assert left(setup._disk.layout, data_folder, setup._disk.models, RemoveChoices()) == []
    setup.remove(RemoveChoices())
    wait(qtbot, lambda: not setup.state.busy)
    assert not data_folder.exists()


def test_one_that_does_not_run_any_more_is_brought_again(
    qtbot: QtBot, made: Made, mirror: PackageIndex, data_folder: Path
) -> None:
    setup = made()
    install(qtbot, setup, mirror)
    doctor = [*child.find_command(None), "doctor"]
    subprocess.run(doctor, env=scrubbed(os.environ), check=True, capture_output=True)
    for path in (data_folder / "server" / "python").glob("cpython-*/lib/python3*/encodings"):
        if path.exists():
            shutil.rmtree(path)
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(doctor, env=scrubbed(os.environ), check=True, capture_output=True)
    setup = made()
    setup.doubt(NurieError("The backend stopped unexpectedly.", code="died"))
    wait(qtbot, lambda: setup._thread is None)
    assert setup.state.name == "damaged"
    archive = next(mirror.folder.glob("*.tar.gz"))
    archive.rename(archive.with_suffix(".away"))
    install(qtbot, setup, mirror)
    assert setup.state.name == "damaged"  # as nothing was mended
    archive.with_suffix(".away").rename(archive)
    mirror.asked.clear()
    install(qtbot, setup, mirror)
    assert (setup.state.name, setup.state.error) == ("ready", None)
    assert archives(mirror) == 1
    subprocess.run(doctor, env=scrubbed(os.environ), check=True, capture_output=True)


def test_what_a_junction_of_windows_leads_to_is_not_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from here, it is a folder like any other, but for what the system says of it."""
    monkeypatch.setattr(layout, "_reparse_tag", lambda path: 0xA0000003 if path.name == "junction" else 0)
    (tmp_path / "folder" / "junction").mkdir(parents=True)
    layout.delete(tmp_path / "folder" / "junction")
    assert list((tmp_path / "folder").iterdir()) == []
    (tmp_path / "junction").mkdir()
    (tmp_path / "junction" / "python.exe").write_bytes(b"")
    with pytest.raises(NurieError):
        layout.delete(tmp_path / "junction")
    assert (tmp_path / "junction" / "python.exe").exists()


def test_a_bad_moment_is_got_over_and_a_mirror_without_it_is_told(
    qtbot: QtBot, made: Made, mirror: PackageIndex, source: Path, packed: PackedPython, data_folder: Path
) -> None:
    setup = made()
    archive = mirror.folder / packed.path.name
    archive.unlink()
    install(qtbot, setup, mirror)
    assert setup.state.error is not None
    assert (setup.state.name, setup.state.error.code) == ("not_installed", "offline")
    assert setup.state.error.message.startswith("Python could not be downloaded: ")
    assert "\n" not in str(setup.state.error)
    assert {path.name for path in (data_folder / "server").iterdir()} == {"wheels"}
    shutil.copy(packed.path, archive)
    mirror.asked.clear()
    mirror.mood = ["corrupt", "cut"]
    install(qtbot, setup, mirror)
    assert setup.state.name == "ready", setup.state.error
    assert [path for path, _ in mirror.asked] == 3 * [f"/files/{archive.name}"]  # and not a wheel once more


def test_it_comes_through_a_company_s_proxy_with_the_company_s_certificate(
    qtbot: QtBot,
    made: Made,
    mirror: PackageIndex,
    packed: PackedPython,
    data_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not QtNetwork.QSslSocket.supportsSsl():
        pytest.skip("this Qt finds no TLS library")
    authority = make_authority(tmp_path / "authority")
    list_of(packed, f"https://{HOST}/files/{packed.path.name}", tmp_path / "pythons.json")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))  # for uv, what the system's store is for all
    with company(authority, mirror.folder) as (index, proxy), trusting(authority):
        setup = made()
        setup.install(SetupChoices(index=ADDRESS, proxy=proxy.url))
        wait(qtbot, lambda: not setup.state.busy)
        assert (setup.state.name, setup.state.error) == ("ready", None)
        assert {*proxy.asked} == {f"{HOST}:443"}
        assert archives(index) == 1
    assert mirror.asked == []
