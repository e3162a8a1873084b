"""Files of the artist: whole or not at all, put aside when damaged, one writer at a time."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nurie_krita.files import DamagedFileError, locked, read_object, write_object, write_whole
from nurie_krita.protocol import InputError, OutputError

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"

WRITER = """
import sys
sys.path.insert(0, {plugin!r})
from pathlib import Path
from nurie_krita.files import write_whole
number = 0
while True:
    number += 1
    write_whole(Path({path!r}), bytes([number % 256]) * 3_000_000)
    print(number, flush=True)
"""


def test_a_file_appears_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "file"
    write_whole(path, b"data")
    assert path.read_bytes() == b"data"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_secret_is_for_its_owner(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", b"data", secret=True)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(OutputError, match="folder could not be written") as told:
        write_whole(path, b"data")
    assert str(tmp_path) in told.value.advice
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_a_krita_that_is_killed_while_it_writes_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for delay in (0.0, 0.003, 0.011, 0.017):
        script = WRITER.format(plugin=str(PLUGIN), path=str(path))
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)  # into the midst of the next one
            process.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        assert len(data) == 3_000_000
        assert len(set(data)) == 1


def test_objects_come_back_as_they_were(tmp_path: Path) -> None:
    data = {"name": "Älice 塗り絵 \ud800", "list": [1, None, 2.5], "nested": {"a": True}}
    write_object(tmp_path / "file", data)
    assert read_object(tmp_path / "file") == data
    assert read_object(tmp_path / "none") is None
    assert read_object(tmp_path / "file" / "beneath a file") is None


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="could not be read"):
        read_object(tmp_path)


def test_a_damaged_file_is_put_aside_once(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"{]")
    with pytest.raises(DamagedFileError, match=r"file\.json was damaged"):
        read_object(path)
    assert read_object(path) is None
    (aside,) = tmp_path.iterdir()
    assert aside.read_bytes() == b"{]"


def test_a_lock_that_a_crash_left_behind_does_not_stop_anybody(tmp_path: Path) -> None:
    path = tmp_path / "file"
    script = f"import sys; sys.path.insert(0, {str(PLUGIN)!r})\nfrom pathlib import Path\nimport os\n"
    script += f"from nurie_krita.files import locked\nwith locked(Path({str(path)!r})): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert list(tmp_path.glob(".file.lock"))
    with locked(path):
        write_whole(path, b"data")
    assert path.read_bytes() == b"data"


def test_where_no_lock_can_be_had_writing_goes_on(tmp_path: Path) -> None:
    (tmp_path / ".file.lock").mkdir()
    with locked(tmp_path / "file"):
        write_whole(tmp_path / "file", b"data")
    assert (tmp_path / "file").read_bytes() == b"data"


def test_the_data_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from nurie_krita.paths import data_folder, samples_folder

    monkeypatch.setenv("NURIE_PLUGIN_DATA", str(tmp_path / "here"))
    assert data_folder() == tmp_path / "here"
    monkeypatch.delenv("NURIE_PLUGIN_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if os.name == "posix" and sys.platform != "darwin":
        assert data_folder() == tmp_path / "krita" / "nurie"
    assert (samples_folder() / "drawing.png").is_file()
