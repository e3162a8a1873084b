"""The backend's process, with the real ``nurie serve``: started, watched, started again, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.plugin import HASTY, REPOSITORY, alive, backend, command, wait
from fakes.service import PATIENCE
from nurie_krita.child import find_command
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.protocol import PROTOCOL_VERSION, NurieError

SERVE = BackendSettings(command())


def script(tmp_path: Path, code: str) -> BackendSettings:
    """A backend that is a few lines of Python; ``starts`` counts how often it was started."""
    counted = f"import json, os, sys, time\nopen({str(tmp_path / 'starts')!r}, 'a').write('x')\n"
    return BackendSettings((sys.executable, "-c", counted + code))


def starts(tmp_path: Path) -> int:
    return len((tmp_path / "starts").read_text())


def failure(qtbot: QtBot, made: Backend) -> NurieError:
    """Why it failed, told once."""
    errors: list[NurieError] = []
    made.failed.connect(errors.append)
    made.ensure()
    wait(qtbot, lambda: errors)
    assert made.state == "failed"
    assert errors == [made.error]
    assert made.client is None
    assert made.info is None
    assert "Traceback" not in str(errors[0])
    return errors[0]


def test_it_starts_says_what_it_is_and_ends(qtbot: QtBot) -> None:
    with backend(qtbot, SERVE) as made:
        states: list[str] = []
        made.state_changed.connect(states.append)
        made.ensure()
        made.ensure()
        assert made.state == "starting"
        assert not made.usable
        wait(qtbot, lambda: made.state == "ready")
        made.ensure()
        assert states == ["starting", "ready"]
        assert made.info is not None
        assert made.info["protocol"] == PROTOCOL_VERSION
        assert made.client is not None
        pid = made.pid
        assert pid is not None
        assert alive(pid)
        made.stop()
        assert made.state == "stopped"
        assert not made.usable
        wait(qtbot, lambda: not alive(pid))
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")


def test_the_backend_gets_a_clean_environment_and_the_token_in_it_alone(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM"):
        monkeypatch.setenv(name, "/somewhere/of/krita")
    monkeypatch.setenv("NURIE_TOKEN", "left over from somebody else")
    monkeypatch.setenv("ARTISTS_OWN", "kept")
    told = tmp_path / "told.json"
    code = f"json.dump([dict(os.environ), sys.argv], open({str(told)!r}, 'w')); sys.exit(1)"
    with backend(qtbot, script(tmp_path, code), replace(HASTY, restarts=())) as made:
        failure(qtbot, made)
    environment, arguments = json.loads(told.read_text())
    assert not [name for name in environment if name.startswith(("PYTHON", "LD_", "QT_"))]
    assert environment["ARTISTS_OWN"] == "kept"
    token = environment["NURIE_TOKEN"]
    assert len(token) >= 32
    assert not [argument for argument in arguments if token in argument]
    assert token not in made.diagnostics()


def test_one_that_dies_while_somebody_works_with_it_is_started_again(qtbot: QtBot) -> None:
    with backend(qtbot, SERVE) as made:
        made.hold()
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        first, client = made.pid, made.client
        assert first is not None
        os.kill(first, signal.SIGKILL)
        wait(qtbot, lambda: made.state == "starting")
        assert not made.usable
        wait(qtbot, lambda: made.state == "ready")
        assert made.pid not in (None, first)
        assert made.client not in (None, client)
        made.release()


def test_one_that_dies_while_nobody_needs_it_waits_for_the_next_time(qtbot: QtBot) -> None:
    with backend(qtbot, SERVE) as made:
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        assert made.pid is not None
        os.kill(made.pid, signal.SIGKILL)
        wait(qtbot, lambda: made.state == "stopped")
        assert made.error is None
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")


def test_one_that_hangs_while_somebody_works_with_it_is_started_again(qtbot: QtBot) -> None:
    with backend(qtbot, SERVE, replace(HASTY, health=1.0)) as made:
        made.hold()
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        first = made.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        wait(qtbot, lambda: made.state == "ready" and made.pid != first)
        assert not alive(first)
        made.release()


def test_one_that_always_dies_is_given_up(qtbot: QtBot, tmp_path: Path) -> None:
    with backend(qtbot, script(tmp_path, "sys.exit('out of luck')")) as made:
        error = failure(qtbot, made)
        assert error.code == "died"
        assert starts(tmp_path) == 1 + len(HASTY.restarts)
        assert "out of luck" in made.diagnostics()
        failure(qtbot, made)
        assert starts(tmp_path) == 2 * (1 + len(HASTY.restarts))


@pytest.mark.parametrize(("code", "kind"), [(2, "wrong_usage"), (3, "bad_input"), (4, "bad_model"), (5, "device")])
def test_what_the_backend_itself_says_of_its_failure_is_told_at_once(
    qtbot: QtBot, tmp_path: Path, code: int, kind: str
) -> None:
    text = "nurie: The model compact is damaged. Install it again."
    with backend(qtbot, script(tmp_path, f"print({text!r}, file=sys.stderr); sys.exit({code})")) as made:
        error = failure(qtbot, made)
    assert (error.code, str(error)) == (kind, "The model compact is damaged. Install it again.")
    assert starts(tmp_path) == 1


def test_a_port_that_is_taken_is_told(qtbot: QtBot) -> None:
    with backend(qtbot, SERVE) as first:
        first.ensure()
        wait(qtbot, lambda: first.state == "ready")
        assert first.client is not None
        port = str(first.client.address.port())
        code = f"import sys; from nurie.cli.main import main; sys.exit(main([*sys.argv[1:], '--port', '{port}']))"
        with backend(qtbot, BackendSettings((*command()[:-2], "-c", code))) as second:
            error = failure(qtbot, second)
    assert error.code == "wrong_usage"
    assert port in str(error)


def test_another_version_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    ready = {"event": "ready", "port": 1, "protocol": PROTOCOL_VERSION + 1, "pid": 1}
    with backend(qtbot, script(tmp_path, f"print({json.dumps(ready)!r}, flush=True); time.sleep(600)")) as made:
        error = failure(qtbot, made)
    assert error.code == "protocol"
    assert str(PROTOCOL_VERSION + 1) in error.message
    assert starts(tmp_path) == 1


def test_chatter_before_the_ready_line_is_passed_over(qtbot: QtBot) -> None:
    chatter = ["hello", "{", "[1]", "null", '{"event": "other", "port": 1}', "\xff\xfe", "", "9" * 9000, '{"a":' * 9000]
    written = "".join(f"{line}\n" for line in chatter).encode("latin-1")
    code = f"""
import sys
from nurie.cli.main import main
sys.stdout.buffer.write({written!r})
sys.exit(main(sys.argv[1:]))
"""
    with backend(qtbot, BackendSettings((*command()[:-2], "-c", code))) as made:
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")


@pytest.mark.parametrize("said", ["", "print('?' * 100_000, flush=True)", "print('{}', flush=True)"])
def test_one_that_is_never_ready_is_given_up_in_time(qtbot: QtBot, tmp_path: Path, said: str) -> None:
    with backend(qtbot, script(tmp_path, f"{said}\ntime.sleep(600)"), replace(HASTY, start=0.5)) as made:
        pids: set[int | None] = set()
        made.state_changed.connect(lambda state: pids.add(made.pid))
        error = failure(qtbot, made)
        assert error.code == "silent"
        assert "0.5 s" in error.message
        assert not [pid for pid in pids if pid is not None and alive(pid)]


def test_a_ready_line_that_lies_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    """Nothing listens where it says."""
    ready = {"event": "ready", "port": 1, "protocol": PROTOCOL_VERSION, "pid": 1}
    with backend(qtbot, script(tmp_path, f"print({json.dumps(ready)!r}, flush=True); time.sleep(600)")) as made:
        assert failure(qtbot, made).code == "unreachable"
        assert starts(tmp_path) == 1 + len(HASTY.restarts)


def test_a_program_that_is_not_there_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    with backend(qtbot, BackendSettings((str(tmp_path / "nothing"), "serve"))) as made:
        error = failure(qtbot, made)
    assert error.code == "not_installed"
    assert "nothing" in error.message


def test_without_an_installation_there_is_one_sentence(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("NURIE_COMMAND", raising=False)
    with backend(qtbot, BackendSettings()) as made:
        error = failure(qtbot, made)
    assert error.code == "not_installed"
    assert error.advice


@pytest.mark.skipif(sys.platform == "win32", reason="programs have other names there")
def test_the_backend_is_looked_for_in_order(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (data_folder / "server" / "current" / "bin", tmp_path / "bin"):
        folder.mkdir(parents=True)
        (folder / "nurie").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("NURIE_COMMAND", "'/a folder/nurie' --flag")
    assert find_command(("chosen", "x")) == ("chosen", "x")
    assert find_command(None) == ("/a folder/nurie", "--flag")
    monkeypatch.delenv("NURIE_COMMAND")
    assert find_command(None) == (str(data_folder / "server" / "current" / "bin" / "nurie"),)
    (data_folder / "server" / "current" / "bin" / "nurie").unlink()
    assert find_command(None) == (str(tmp_path / "bin" / "nurie"),)


def test_an_idle_backend_is_let_go_and_one_in_use_is_not(qtbot: QtBot) -> None:
    with backend(qtbot, replace(SERVE, idle_seconds=1.0)) as made:
        made.hold()
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        pid = made.pid
        assert pid is not None
        qtbot.wait(1500)
        assert made.state == "ready"
        made.release()
        wait(qtbot, lambda: made.state == "stopped")
        wait(qtbot, lambda: not alive(pid))


@pytest.mark.parametrize(("seconds", "told"), [(0.0, "1e+06"), (300.0, "300"), (1e12, "1e+06"), (0.1, "1")])
def test_idleness_is_told_to_the_server_too_and_nothing_is_never(
    qtbot: QtBot, tmp_path: Path, seconds: float, told: str
) -> None:
    code = "print('nurie: {}'.format(sys.argv[sys.argv.index('--idle') + 1]), file=sys.stderr); sys.exit(2)"
    with backend(qtbot, replace(script(tmp_path, code), idle_seconds=seconds)) as made:
        assert failure(qtbot, made).message == told
    if seconds == 0:
        with backend(qtbot, replace(SERVE, idle_seconds=seconds)) as made:
            made.ensure()
            wait(qtbot, lambda: made.state == "ready")
            qtbot.wait(100)
            assert made.state == "ready"


def test_other_settings_end_the_former_backend(qtbot: QtBot, tmp_path: Path) -> None:
    with backend(qtbot, SERVE) as made:
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        pid = made.pid
        assert pid is not None
        made.configure(made.settings)
        assert made.state == "ready"
        made.configure(BackendSettings((str(tmp_path / "nothing"),)))
        assert made.state == "stopped"
        wait(qtbot, lambda: not alive(pid))
        assert failure(qtbot, made).code == "not_installed"


def test_the_backend_s_own_log_is_in_the_diagnostics(qtbot: QtBot) -> None:
    with backend(qtbot, SERVE) as made:
        lines: list[str] = []
        made.log.connect(lines.append)
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        assert f"process {made.pid}" in made.diagnostics()
        made.stop()
        wait(qtbot, lambda: any("stdin closed" in line for line in lines))
        assert "stdin closed" in made.diagnostics()


PROGRAM = """
import sys
binding = sys.argv[1]
__import__(binding)
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.qt import QtCore
application = QtCore.QCoreApplication([])
backend = Backend(BackendSettings(tuple(sys.argv[2:])))
backend.state_changed.connect(lambda state: print(state, backend.pid, flush=True))
backend.ensure()
notifier = QtCore.QSocketNotifier(0, QtCore.QSocketNotifier.Type.Read)
notifier.activated.connect(lambda *_: application.quit())
getattr(application, "exec")()
"""


@pytest.mark.parametrize("end", ["quits", "is killed"])
def test_the_backend_ends_when_krita(end: str, qtbot: QtBot) -> None:
    """A program of its own stands for Krita, which quits or crashes."""
    binding = "PyQt5" if "PyQt5" in sys.modules else "PyQt6"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugin"), "QT_QPA_PLATFORM": "offscreen"}
    arguments = [sys.executable, "-c", PROGRAM, binding, *command()]
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as krita:
        assert krita.stdin is not None
        assert krita.stdout is not None
        try:
            assert krita.stdout.readline().startswith("starting")
            state, pid = krita.stdout.readline().split()
            assert state == "ready"
            assert alive(int(pid))
            if end == "quits":
                krita.stdin.write("x")
                krita.stdin.flush()
                assert krita.wait(PATIENCE) == 0
            else:
                krita.kill()
            wait(qtbot, lambda: not alive(int(pid)))
        finally:
            krita.kill()
