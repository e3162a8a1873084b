"""The released lock, its real wheels and Nurie's own: what an artist gets, offline.

Runs where ``NURIE_TEST_WHEELS`` names a folder with every locked wheel for this Python; ``pip download`` fills it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.plugin import REPOSITORY, wait
from nurie_krita import child
from nurie_krita.setup import Setup, SetupChoices
from nurie_krita.setup.download import intact
from nurie_krita.setup.job import Job
from nurie_krita.setup.lock import read_lock
from nurie_krita.setup.machine import Machine, ask, host
from nurie_krita.setup.needs import choose

WHEELS = Path(os.environ.get("NURIE_TEST_WHEELS", "/nonexistent"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the plugin's zip has in ``server/``, of this checkout."""
    pytest.importorskip("hatchling")
    from nurie_export.plugin_zip import server_entries
    from nurie_export.wheel import build_wheel

    folder = tmp_path_factory.mktemp("server")
    for name, content in server_entries(build_wheel(tmp_path_factory.mktemp("wheel"))).items():
        (folder / Path(name).name).write_bytes(content)
    return folder


@pytest.mark.skipif(not WHEELS.is_dir(), reason="needs a folder of the locked wheels in NURIE_TEST_WHEELS")
def test_the_real_backend_is_set_up_and_colors(
    qtbot: QtBot, source: Path, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = ask((sys.executable,), Job())
    assert python is not None
    machine = Machine(host(), (python,))
    missing = [
        file.file for file in choose(read_lock(source), machine, ()).downloads if not intact(WHEELS / file.file, file)
    ]
    if missing:
        pytest.skip(f"not in {WHEELS}: {', '.join(missing)}")
    monkeypatch.setattr("nurie_krita.setup.setup.look", lambda job: machine)
    setup = Setup(data_folder, source)
    try:
        setup.install(SetupChoices(wheels=WHEELS))
        wait(qtbot, lambda: not setup.state.busy)
        assert (setup.state.name, setup.state.error) == ("ready", None)
    finally:
        setup.close()
    out = tmp_path / "colored.png"
    samples = REPOSITORY / "plugin" / "nurie_krita" / "samples"
    arguments = ["colorize", str(samples / "drawing.png"), "--reference", str(samples / "blue.png"), "-o", str(out)]
    subprocess.run([*child.find_command(None), *arguments], check=True, capture_output=True)
    assert out.read_bytes().startswith(b"\x89PNG")
