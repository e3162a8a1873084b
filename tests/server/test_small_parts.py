"""Pace, token, run file, log."""

from __future__ import annotations

import io
import json
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from nurie.protocol import OutputError, UsageError
from nurie.server.logs import open_log
from nurie.server.pace import Pace
from nurie.server.runfile import default_run_file, remove_run_file, write_run_file
from nurie.server.token import VARIABLE, new_token, take_token


def test_seconds_left_are_measured() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    pace.start()
    assert pace.left(0, 4) is None
    now = 3.0  # encoding and matching
    pace.denoise()
    now = 5.0
    assert pace.left(1, 4) == 6.0
    pace.denoise()
    now = 7.0
    assert pace.left(2, 4) == 4.0
    now = 11.0
    assert pace.left(4, 4) == 0.0
    now = 12.0
    pace.finish()
    # The next job: three before, two a step, one after.
    pace.start()
    assert pace.left(0, 2) == 3.0 + 2 * 2.0 + 1.0


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv(VARIABLE, raising=False)
    return monkeypatch


def test_the_token_is_taken_out_of_the_environment(variable: pytest.MonkeyPatch) -> None:
    assert take_token(from_stdin=False) is None
    token = new_token()
    variable.setenv(VARIABLE, token)
    assert take_token(from_stdin=False) == token
    assert VARIABLE not in os.environ
    assert new_token() != token
    assert len(token) >= 32


@pytest.mark.parametrize(
    "token", ["short", "a" * 257, "sixteen letters, no", "ünicode-ünicode-ünicode", "line\nbreak-line-break"]
)
def test_what_is_no_token_is_refused_without_being_told(token: str, variable: pytest.MonkeyPatch) -> None:
    variable.setenv(VARIABLE, token)
    with pytest.raises(UsageError) as caught:
        take_token(from_stdin=False)
    assert token not in str(caught.value)


def test_the_run_file_is_its_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "runs/server.json"
    write_run_file(path, "http://127.0.0.1:1", "secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    content = json.loads(path.read_text())
    assert (content["url"], content["token"], content["pid"]) == ("http://127.0.0.1:1", "secret", os.getpid())
    write_run_file(path, "http://127.0.0.1:2", "secret")
    assert [entry.name for entry in path.parent.iterdir()] == ["server.json"]
    remove_run_file(path)
    assert not path.exists()
    remove_run_file(path)


def test_anothers_run_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    path.write_text(json.dumps({"pid": os.getpid() + 1}))
    remove_run_file(path)
    assert path.exists()


def test_a_run_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_run_file(tmp_path / "file/server.json", "", "")
    assert default_run_file().name == "server.json"


@pytest.fixture
def loggers() -> Iterator[None]:
    kept = {name: logging.getLogger(name) for name in ("nurie.server", "uvicorn.error")}
    yield
    for logger in kept.values():
        for handler in logger.handlers:
            handler.close()
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)


def test_each_line_has_its_jobs_id_and_the_file_is_private_and_bounded(tmp_path: Path, loggers: None) -> None:
    path = tmp_path / "logs/server.log"
    open_log(path)
    log = logging.getLogger("nurie.server")
    log.info("of a job", extra={"job": "abc"})
    log.info("of none")
    lines = path.read_text().splitlines()
    assert lines[0].endswith("[abc] of a job")
    assert lines[1].endswith("[-] of none")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for _ in range(60):
        log.info("x" * 100_000)
    assert sum(file.stat().st_size for file in path.parent.iterdir()) < 4_200_000
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_log_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loggers: None) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        open_log(tmp_path / "file/server.log")
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    open_log(None)
    logging.getLogger("nurie.server").info("to stderr")
    assert "to stderr" in stream.getvalue()
