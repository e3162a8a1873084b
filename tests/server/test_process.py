"""The process: ready line, token, run file, and every way in which it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from fakes.service import PATIENCE, TOKEN, post, until
from nurie.cli.main import main
from nurie.protocol import PROTOCOL_VERSION
from server.backend import REPOSITORY, backend, spawn

ENDLESS = ("-m", "fakes.serve", "endless")


def gone(pid: int) -> bool:
    """Whether that process is, within the patience."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_no_thread_hoards_freed_memory_and_other_wishes_to_glibc_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.arena_test=3")
    with backend(tmp_path) as server:
        environment = Path(f"/proc/{server.process.pid}/environ").read_text()
    assert "GLIBC_TUNABLES=glibc.malloc.arena_test=3" in environment
    assert "glibc.malloc.tcache_count=0" in environment


def test_the_ready_line_is_all_there_is_on_stdout_and_the_end_of_stdin_is_the_end(tmp_path: Path) -> None:
    with backend(tmp_path) as server:
        assert server.ready == {
            "event": "ready",
            "port": server.port,
            "protocol": PROTOCOL_VERSION,
            "pid": server.process.pid,
        }
        assert server.client.get("/health").json() == {"status": "ok"}
        assert server.client.get("/v1/info").json()["models"] == ["compact"]
        assert httpx2.get(f"http://127.0.0.1:{server.port}/v1/info").status_code == 401
        # The token is in no list of processes, no file, no log.
        assert TOKEN not in Path(f"/proc/{server.process.pid}/cmdline").read_text()
        assert not (tmp_path / "nurie").exists()
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.ended() == 0
        assert server.process.stdout is not None
        assert server.process.stderr is not None
        assert (server.process.stdout.read(), server.process.stderr.read()) == ("", "")
    assert TOKEN not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("way", ["stdin", "SIGTERM", "SIGINT"])
def test_a_step_that_does_not_end_is_not_waited_for(tmp_path: Path, way: str) -> None:
    with backend(tmp_path, program=ENDLESS) as server:
        job = post(server.client)
        until(server.client, job, "running")
        with server.client.stream("GET", f"/v1/jobs/{job}/events") as stream:
            if way == "stdin":
                assert server.process.stdin is not None
                server.process.stdin.close()
            else:
                server.process.send_signal(getattr(signal, way))
            # The reader is told, unless the machine is so busy that the process is gone before: then it is cut off.
            names, cut_off = [], False
            try:
                for line in stream.iter_lines():
                    names += [line.removeprefix("event: ")] if line.startswith("event") else []
            except httpx2.TransportError:
                cut_off = True
        assert cut_off or names[-1] == "cancelled"
        assert not {"done", "failed"} & set(names)
        started = time.monotonic()
        assert server.ended() == 0
        assert time.monotonic() - started < 60  # the step takes 120 s


def test_who_started_it_may_be_killed(tmp_path: Path) -> None:
    """Then its end of the pipe closes, though nobody closes it."""
    script = (
        "import sys\nsys.path[:0] = sys.argv[2:]\nfrom pathlib import Path\nfrom server.backend import spawn\n"
        "process = spawn(Path(sys.argv[1]), program=('-m', 'fakes.serve', 'endless'))\n"
        "print(process.stdout.readline(), end='', flush=True)\nimport time\ntime.sleep(600)\n"
    )
    paths = [str(REPOSITORY / "tests"), str(REPOSITORY / "backend")]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), *paths], stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            assert parent.stdout is not None
            ready = json.loads(parent.stdout.readline())
            headers = {"Authorization": f"Bearer {TOKEN}"}
            with httpx2.Client(base_url=f"http://127.0.0.1:{ready['port']}", headers=headers) as client:
                until(client, post(client), "running")
        finally:
            parent.kill()
    assert gone(ready["pid"])


def test_a_reader_of_a_killed_server_is_not_left_waiting(tmp_path: Path) -> None:
    with backend(tmp_path, program=ENDLESS) as server:
        job = post(server.client)
        until(server.client, job, "running")
        with server.client.stream("GET", f"/v1/jobs/{job}/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            server.process.kill()
            with pytest.raises(httpx2.TransportError):
                list(lines)


def test_without_a_token_one_is_made_and_told_in_the_run_file(tmp_path: Path) -> None:
    """By hand or under systemd; there nothing holds the other end of stdin, whose end is not the server's."""
    process = spawn(tmp_path, token=None, stdin=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        path = tmp_path / "nurie/server.json"
        content = json.loads(path.read_text())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert content["url"] == f"http://127.0.0.1:{ready['port']}"
        headers = {"Authorization": f"Bearer {content['token']}"}
        assert httpx2.get(f"{content['url']}/v1/info", headers=headers, timeout=PATIENCE).status_code == 200
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert not path.exists()
    finally:
        process.kill()
        process.communicate()


def test_the_token_may_come_by_stdin(tmp_path: Path) -> None:
    process = spawn(tmp_path, "--token-stdin", token=None)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(TOKEN + "\n")
        process.stdin.flush()
        ready = json.loads(process.stdout.readline())
        url = f"http://127.0.0.1:{ready['port']}/v1/info"
        assert httpx2.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE).status_code == 200
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NURIE_SETTINGS", str(tmp_path / "settings.toml"))
    monkeypatch.setenv("NURIE_TOKEN", TOKEN)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "70000"], "0 to 65535"),
        (["--host", "192.168.0.1"], "needs a token, a certificate and its key"),
        (["--host", "192.168.0.1", "--certificate", "CERT"], "needs a token, a certificate and its key"),
        (["--certificate", "CERT"], "belong together"),
        (["--certificate", "nowhere.pem"], "does not exist"),
        (["--idle", "0"], "1 second or more"),
        (["--idle", "nan"], "1 second or more"),
        (["--device", "abacus"], "not a device"),
        (["--token", "x" * 20], "nrecognized arguments"),
    ],
)
def test_wrong_usage_is_refused_before_anything_listens(
    elsewhere: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = elsewhere / "cert.pem"
    certificate.write_text("")
    given = [str(certificate) if argument == "CERT" else argument for argument in arguments]
    assert main(["serve", "--log", "-", *given]) == 2
    assert sentence in capsys.readouterr().err


def test_a_network_address_needs_a_token_that_was_given(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NURIE_TOKEN")
    (elsewhere / "x.pem").write_text("")
    files = ["--certificate", str(elsewhere / "x.pem"), "--key", str(elsewhere / "x.pem")]
    assert main(["serve", "--log", "-", "--host", "192.168.0.1", *files]) == 2
    assert "needs a token" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--log", "-", "--port", str(taken.getsockname()[1])]) == 2
    assert "Choose another port" in capsys.readouterr().err


def test_a_short_token_is_refused(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NURIE_TOKEN", "short")
    assert main(["serve", "--log", "-"]) == 2
    assert "NURIE_TOKEN" not in os.environ


@pytest.mark.skipif(shutil.which("openssl") is None, reason="only openssl makes certificates here")
def test_other_computers_are_served_over_tls_only(tmp_path: Path) -> None:
    """127.0.0.2 is as good as a network's address: it is not the one that is served without."""
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=studio"]
    alternative = ["-addext", "subjectAltName=IP:127.0.0.2", "-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run([*command, *alternative], check=True, capture_output=True)
    arguments = ["--host", "127.0.0.2", "--certificate", str(files[0]), "--key", str(files[1])]
    with backend(tmp_path, *arguments) as server:
        trust = ssl.create_default_context(cafile=str(files[0]))
        url = f"127.0.0.2:{server.port}/v1/info"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx2.Client(verify=trust, timeout=PATIENCE) as client:
            assert client.get(f"https://{url}", headers=headers).status_code == 200
            assert client.get(f"https://{url}").status_code == 401
            foreign = {**headers, "Host": f"evil.example:{server.port}"}
            assert client.get(f"https://{url}", headers=foreign).status_code == 421
            with pytest.raises(httpx2.TransportError):
                client.get(f"http://{url}", headers=headers)
