"""What ``nurie doctor`` tells of the Krita plugin."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from nurie.cli.krita import plugin_findings
from nurie.protocol import PROTOCOL_VERSION

PLUGIN = Path(__file__).resolve().parents[2] / "plugin/nurie_krita"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty computer, whose one program is this installation's."""
    for name in ("NURIE_COMMAND", "NURIE_PLUGIN_DATA"):
        monkeypatch.delenv(name, raising=False)
    bin_folder = tmp_path / "venv/bin"
    bin_folder.mkdir(parents=True)
    for name in ("python", "nurie"):
        (bin_folder / name).write_text("#!/bin/sh\n")
        (bin_folder / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bin_folder / "python"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return tmp_path


def install(folder: Path) -> Path:
    target = folder / "krita/pykrita/nurie_krita"
    target.mkdir(parents=True)
    shutil.copyfile(PLUGIN / "protocol.py", target / "protocol.py")
    return target


def test_without_the_plugin_it_says_how_to_get_it(home: Path) -> None:
    found = plugin_findings()
    assert (found["folder"], found["protocol"], found["krita_would_start"], found["krita"]) == (None, None, None, None)
    assert found["program"] == str(home / "venv/bin/nurie")
    assert "Import" in found["advice"]


@pytest.mark.parametrize("place", ["share", ".var/app/org.kde.krita/data", "snap/krita/current/.local/share"])
def test_with_the_plugin_it_says_which_program_to_name(home: Path, place: str) -> None:
    folder = install(home / place)
    found = plugin_findings()
    assert (found["folder"], found["protocol"]) == (str(folder), PROTOCOL_VERSION)
    assert str(home / "venv/bin/nurie") in found["advice"]


def test_with_everything_there_is_nothing_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(home / "share")
    for variable, value in (("NURIE_COMMAND", f"'{home}/venv/bin/nurie' --odd"), ("PATH", f"{home}/venv/bin")):
        with monkeypatch.context() as changed:
            changed.setenv(variable, value)
            found = plugin_findings()
            assert found["advice"] is None
            assert found["krita_would_start"] == str(home / "venv/bin/nurie")


def test_another_installation_is_told(home: Path) -> None:
    install(home / "share")
    other = home / "share/krita/nurie/server/bin/nurie"
    other.parent.mkdir(parents=True)
    other.write_text("")
    found = plugin_findings()
    assert found["krita_would_start"] == str(other)
    assert "settings" in found["advice"]


@pytest.mark.parametrize("text", ["PROTOCOL_VERSION = 999\n", "", None])
def test_a_plugin_of_another_version_is_told(home: Path, text: str | None) -> None:
    protocol = install(home / "share") / "protocol.py"
    protocol.unlink() if text is None else protocol.write_text(text)
    found = plugin_findings()
    assert found["protocol"] == (999 if text else None)
    assert "different versions" in found["advice"]


def test_it_looks_where_the_plugin_looks() -> None:
    """The two are written twice, since the plugin imports nothing of the backend."""
    text = (PLUGIN / "child.py").read_text() + (PLUGIN / "paths.py").read_text()
    for part in ("NURIE_COMMAND", "NURIE_PLUGIN_DATA", "Scripts/nurie.exe", "bin/nurie", '"krita" / "nurie"'):
        assert part in text
