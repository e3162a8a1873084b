"""Measuring the engines while nobody waits: when, once, and never against a job."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fakes import pictures
from fakes.engine import FakeEngine
from fakes.service import ADDRESS, PATIENCE, TOKEN, host_of, post, put, service_of, until
from nurie.server.app import create_app
from nurie.server.calibrating import IdleCalibration, idle_calibration
from nurie.server.engine import EngineHost
from nurie.server.limits import Limits
from nurie.server.settings import ServerSettings
from nurie.settings import Settings

WRITES = "import sys, time\nwhile True: open(sys.argv[1], 'a').write('x'); time.sleep(0.01)"
SLEEPS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WRITES!r}, sys.argv[1]])"
NOTES = "import sys; open(sys.argv[1], 'a').write('x')"


def program(code: str, note: Path) -> list[str]:
    """Writes an x, then does what it does."""
    return [sys.executable, "-c", code, str(note)]


def soon(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def serving(host: EngineHost, calibration: IdleCalibration) -> Iterator[TestClient]:
    settings = ServerSettings(TOKEN, Limits(idle_seconds=0.2, trim_seconds=1e6), calibration=calibration)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with TestClient(create_app(settings, host), ADDRESS, headers=headers) as client:
        yield client


def test_only_a_choice_is_measured() -> None:
    assert idle_calibration(Settings(), 60) is not None
    assert idle_calibration(Settings(), 0) is None
    assert idle_calibration(Settings(engine="onnx"), 60) is None
    assert idle_calibration(Settings(device="cuda"), 60) is None


def test_it_is_done_once(tmp_path: Path) -> None:
    note = tmp_path / "note"
    calibration = IdleCalibration(0, program(NOTES, note))
    assert calibration.run()
    assert not calibration.due
    assert not calibration.run()
    assert note.read_text() == "x"
    assert not IdleCalibration(0, program(NOTES, note), known=lambda: True).run()
    assert note.read_text() == "x"


def test_what_fails_is_tried_thrice(tmp_path: Path) -> None:
    note = tmp_path / "note"
    calibration = IdleCalibration(0, program(NOTES + "; sys.exit(1)", note))
    tries = 0
    while calibration.due:
        assert not calibration.run()
        tries += 1
    assert tries == 3
    assert note.read_text() == "xxx"
    nothing = IdleCalibration(0, [str(tmp_path / "nothing")])
    assert not nothing.run()
    assert nothing.due


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX")
def test_it_ends_at_once_with_all_it_started(tmp_path: Path) -> None:
    note = tmp_path / "note"
    calibration = IdleCalibration(0, program(SLEEPS, note))
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(calibration.run()))
    thread.start()
    soon(note.exists)
    calibration.stop()
    thread.join(PATIENCE)
    assert found == [False]
    assert calibration.due
    written = note.read_bytes()
    time.sleep(0.2)
    assert note.read_bytes() == written
    calibration.stop()  # nothing runs


def test_a_resting_server_measures_and_loads_its_model_anew(tmp_path: Path) -> None:
    note, host = tmp_path / "note", host_of(FakeEngine())
    calibration = IdleCalibration(0.1, program(NOTES, note))
    with serving(host, calibration) as client:
        time.sleep(0.3)
        assert not note.exists()  # it was not used yet
        until(client, post(client), "done")
        soon(lambda: not client.get("/v1/info").json()["loaded"])
        soon(note.exists)
        until(client, post(client), "done")
        assert host.loads == 2


def test_a_picture_that_comes_in_ends_it(tmp_path: Path) -> None:
    note = tmp_path / "note"
    calibration = IdleCalibration(0.1, program(SLEEPS, note))
    with serving(host_of(FakeEngine()), calibration) as client:
        until(client, post(client), "done")
        soon(note.exists)
        service = service_of(client)
        task = service._measuring
        assert task is not None
        put(client, pictures.reference())
        soon(task.done)
        until(client, post(client), "done")
        soon(lambda: service._measuring is not task)  # it rests again
    written = note.read_bytes()  # the server's end ends it, too
    time.sleep(0.2)
    assert note.read_bytes() == written
