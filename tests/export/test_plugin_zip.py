"""The plugin's zip. That Krita's own importer takes it is seen in the end-to-end tests."""

from __future__ import annotations

import configparser
import hashlib
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nurie import __version__
from nurie.cli.main import main
from nurie.protocol import UsageError
from nurie_export.plugin_zip import LOCK, NAME, PLUGIN, default_name, plugin_entries, write_zip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    path = tmp_path_factory.mktemp("zip") / "plugin.zip"
    write_zip(path)
    return zipfile.ZipFile(path)


def test_folders_are_entries_that_come_first(archive: zipfile.ZipFile) -> None:
    seen: set[str] = set()
    for name in archive.namelist():
        parents = [f"{parent.as_posix()}/" for parent in Path(name).parents if parent.name]
        assert set(parents) <= seen, name
        seen.add(name)
    assert f"{NAME}/" in seen


def test_it_holds_the_source_and_nothing_else(archive: zipfile.ZipFile) -> None:
    files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    server = [name for name in files if name.startswith(f"{NAME}/server/")]
    assert [name.rpartition("/")[2] for name in server] == [
        "lock.json",
        f"nurie-{__version__}-py3-none-any.whl",
        "requirements.txt",
    ]
    for name in server:
        del files[name]
    assert files.pop(f"{NAME}/LICENSE") == (PLUGIN / "LICENSE").read_bytes()
    for name, content in files.items():
        assert (PLUGIN / name).read_bytes() == content
        assert not name.endswith(".pyc")
    code = {path.relative_to(PLUGIN).as_posix() for path in PLUGIN.rglob("*.py")}
    assert code == {name for name in files if name.endswith(".py")}


def test_the_lock_names_the_wheel_beside_it(archive: zipfile.ZipFile) -> None:
    lock = json.loads(archive.read(f"{NAME}/server/lock.json"))
    nurie = lock.pop("nurie")
    wheel = archive.read(f"{NAME}/server/{nurie['file']}")
    assert nurie["version"] == __version__
    assert nurie["size"] == len(wheel)
    assert nurie["sha256"] == hashlib.sha256(wheel).hexdigest()
    assert lock == json.loads(LOCK.read_text("utf-8"))


def test_krita_finds_one_plugin_and_its_actions_in_it(archive: zipfile.ZipFile) -> None:
    desktop = configparser.ConfigParser()
    desktop.read_string(archive.read(f"{NAME}.desktop").decode())
    assert desktop["Desktop Entry"]["X-KDE-Library"] == NAME
    folders = [name for name in archive.namelist() if name == f"{NAME}/" or name.endswith(f"/{NAME}/")]
    assert folders == [f"{NAME}/"]
    actions = ElementTree.fromstring(archive.read(f"{NAME}.action"))  # noqa: S314 - our own file
    assert len(list(actions.iter("Action"))) > 0


def test_the_command_writes_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "zip", "-o", str(tmp_path / "dist")]) == 0
    out = tmp_path / "dist" / default_name()
    assert capsys.readouterr().out == f"{out}: {out.stat().st_size:,} bytes\n"
    assert zipfile.ZipFile(out).testzip() is None
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_without_the_source_it_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="source is not here") as caught:
        plugin_entries(tmp_path)
    assert caught.value.code == "not_installed"
