"""The client against the real server, and against one that does everything wrong."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.faulty_server import Exchange, FaultyServer
from fakes.plugin import HASTY, alive, backend, command, reference, wait
from fakes.service import TOKEN
from nurie_krita.client import Client, parse_address
from nurie_krita.patience import Patience
from nurie_krita.process import Backend, BackendSettings
from nurie_krita.protocol import JobRequest, NurieError, UsageError
from nurie_krita.qt import QtNetwork


class Answer:
    """What came of a call."""

    def __init__(self) -> None:
        self.good: list[object] = []
        self.bad: list[NurieError] = []

    def wait(self, qtbot: QtBot) -> Answer:
        wait(qtbot, lambda: self.good or self.bad)
        return self

    def error(self, qtbot: QtBot) -> NurieError:
        self.wait(qtbot)
        assert (len(self.good), len(self.bad)) == (0, 1)
        return self.bad[0]


@pytest.fixture
def server(qapp: object) -> Iterator[FaultyServer]:
    with FaultyServer() as made:
        yield made


def client_of(server: FaultyServer, patience: Patience = HASTY) -> Client:
    return Client(server.address, server.token, patience)


def info(qtbot: QtBot, client: Client) -> Answer:
    answer = Answer()
    client.info(answer.good.append, answer.bad.append)
    return answer.wait(qtbot)


def test_the_real_server_s_refusals_come_as_its_own_sentences(qtbot: QtBot) -> None:
    with backend(qtbot, BackendSettings(command())) as made:
        made.ensure()
        wait(qtbot, lambda: made.state == "ready")
        client = made.client
        assert client is not None
        data, answer = reference(), Answer()
        digest = hashlib.sha256(data).hexdigest()
        client.put_image(digest, data, answer.good.append, answer.bad.append)
        assert answer.wait(qtbot).good == [{"sha256": digest}]
        assert client.known == {digest}
        answer = Answer()
        client.put_image("0" * 64, data, answer.good.append, answer.bad.append)
        assert answer.error(qtbot).code == "wrong_digest"
        assert client.known == {digest}
        answer = Answer()
        client.post_job(JobRequest("0" * 64, ("1" * 64,)), answer.good.append, answer.bad.append)
        assert answer.error(qtbot).code == "unknown_image"
        answer = Answer()
        client.result("nobody", "color", answer.good.append, answer.bad.append)
        assert answer.error(qtbot).message == "There is no such job."
        answer = Answer()
        client.events("nobody", 0, answer.good.append, answer.bad.append)
        assert answer.error(qtbot).code == "not_found"
        stranger = Client(client.address.toString(), "x" * 20, HASTY)
        refused = info(qtbot, stranger).error(qtbot)
        assert refused.code == "unauthorized"
        assert "token" in refused.message


def test_every_request_carries_the_token_and_asks_for_nothing_packed(qtbot: QtBot, server: FaultyServer) -> None:
    info(qtbot, client_of(server))
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept-encoding"] == "identity"
    assert "origin" not in request.headers
    assert "cookie" not in request.headers


def test_the_token_goes_nowhere_else(qtbot: QtBot, server: FaultyServer) -> None:
    with FaultyServer() as other:
        server.replace("info", lambda exchange: exchange.body(302, b"", Location=f"{other.address}/v1/info"))
        assert info(qtbot, client_of(server)).error(qtbot).code == "garbage"
        assert other.requests == []


def test_cookies_are_not_kept(qtbot: QtBot, server: FaultyServer) -> None:
    headers = {"Set-Cookie": "a=b"}
    server.replace("info", lambda exchange: exchange.body(200, b'{"protocol": 1}', **headers))
    client = client_of(server)
    info(qtbot, client)
    info(qtbot, client)
    assert "cookie" not in server.requests[-1].headers


GARBAGE = {
    "no JSON": lambda exchange: exchange.body(200, b"<html>It works!</html>"),
    "no object": lambda exchange: exchange.body(200, b"[1, 2]"),
    "deep": lambda exchange: exchange.body(200, b"[" * 100_000),
    "no text": lambda exchange: exchange.body(200, b"\xff\xfe{}"),
    "endless": lambda exchange: exchange.body(200, b" " * 3_000_000),
    "an error that is none": lambda exchange: exchange.json(404, {"error": "gone"}),
    "an error without words": lambda exchange: exchange.error(500, "internal", ""),
    "an endless error": lambda exchange: exchange.body(500, b" " * 3_000_000),
    "no HTTP": lambda exchange: exchange.raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_told_in_one_sentence(qtbot: QtBot, server: FaultyServer, kind: str) -> None:
    server.replace("info", GARBAGE[kind])
    error = info(qtbot, client_of(server)).error(qtbot)
    assert error.code in ("garbage", "unreachable")
    assert error.message.endswith(".")
    assert "html" not in str(error)


def test_a_server_s_own_error_is_passed_on_bounded(qtbot: QtBot, server: FaultyServer) -> None:
    server.replace("info", lambda exchange: exchange.error(503, "busy", "x" * 5000, "Wait."))
    error = info(qtbot, client_of(server)).error(qtbot)
    assert (error.code, error.advice) == ("busy", "Wait.")
    assert error.message == "x" * 1000


def test_an_answer_that_stops_in_the_middle_is_no_answer(qtbot: QtBot, server: FaultyServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    server.replace("info", lambda exchange: exchange.raw(head + b'{"protocol": 1}'))
    assert info(qtbot, client_of(server)).error(qtbot).code == "unreachable"


@pytest.mark.parametrize("started", [False, True])
def test_silence_ends_after_the_stated_time(qtbot: QtBot, server: FaultyServer, started: bool) -> None:
    def silent(exchange: Exchange) -> None:
        if started:
            exchange.handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
        exchange.hang()

    server.replace("info", silent)
    error = info(qtbot, client_of(server, replace(HASTY, answer=0.3))).error(qtbot)
    assert error.code == "silent"
    assert "0.3 s" in error.message


def test_nobody_there_is_told(qtbot: QtBot, qapp: object) -> None:
    with FaultyServer() as gone:
        address = gone.address
    error = info(qtbot, Client(address, TOKEN, HASTY)).error(qtbot)
    assert error.code == "unreachable"
    assert address.removeprefix("http://") in error.message


def test_after_close_nobody_is_called(qtbot: QtBot, server: FaultyServer) -> None:
    for call in ("info", "events"):  # else an event may arrive before the client is closed
        server.replace(call, lambda exchange: exchange.hang())
    client, answer = client_of(server), Answer()
    client.info(answer.good.append, answer.bad.append)
    client.events("x", 0, answer.good.append, answer.bad.append)
    wait(qtbot, lambda: len(server.requests) == 2)
    client.close()
    server.closing.set()
    qtbot.wait(100)
    assert (answer.good, answer.bad) == ([], [])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.org",
        "ftp://127.0.0.1",
        "http://",
        "file:///etc/passwd",
        "https://user:word@example.org",
        "http://a b",
    ],
)
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address"):
        parse_address(address)


@pytest.mark.parametrize("address", ["http://192.168.0.2:8765", "http://example.org", "http://127.0.0.1.example.org"])
def test_drawings_do_not_travel_unprotected(address: str) -> None:
    with pytest.raises(UsageError, match="Without encryption"):
        parse_address(address)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://example.org", " https://a.b:1/x/ "],
)
def test_these_are_addresses(address: str) -> None:
    assert parse_address(address).host()


@pytest.mark.parametrize("token", ["", "two words", "line\r\nInjected: header", "ü" * 20])
def test_what_is_no_token_is_told(token: str, qapp: object) -> None:
    with pytest.raises(UsageError, match="token"):
        Client("http://127.0.0.1:1", token)


def remote(qtbot: QtBot, made: Backend) -> NurieError | None:
    made.ensure()
    wait(qtbot, lambda: made.state in ("remote", "failed"))
    return made.error


def test_a_server_started_by_others_is_used_and_left_alone(qtbot: QtBot, server: FaultyServer) -> None:
    with backend(qtbot, BackendSettings(address=server.address, token=server.token)) as made:
        assert remote(qtbot, made) is None
        assert made.state == "remote"
        assert made.pid is None
        assert made.info is not None
        assert server.token not in made.diagnostics()
        assert server.address in made.diagnostics()
    assert made.state == "stopped"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda exchange: exchange.json(200, {"protocol": 2}), "protocol"),
        (lambda exchange: exchange.json(200, {"name": "another program"}), "protocol"),
        (lambda exchange: exchange.error(401, "unauthorized"), "unauthorized"),
        (lambda exchange: exchange.body(200, b"hello"), "garbage"),
        (lambda exchange: exchange.hang(), "silent"),
    ],
)
def test_a_server_that_is_none_of_ours_is_told(qtbot: QtBot, server: FaultyServer, answer: object, code: str) -> None:
    server.replace("info", answer)  # type: ignore[arg-type]
    settings = BackendSettings(address=server.address, token=server.token)
    with backend(qtbot, settings, replace(HASTY, answer=0.5)) as made:
        error = remote(qtbot, made)
        assert error is not None
        assert error.code == code
        assert made.state == "failed"
        server.replace("info", server.good("info"))
        assert remote(qtbot, made) is None


@pytest.mark.parametrize(("address", "token"), [("nonsense", TOKEN), ("https://localhost:1", "no token")])
def test_settings_that_cannot_work_are_told(qtbot: QtBot, address: str, token: str) -> None:
    with backend(qtbot, BackendSettings(address=address, token=token)) as made:
        error = remote(qtbot, made)
        assert error is not None
        assert error.code == "wrong_usage"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="only openssl makes certificates here")
def test_a_certificate_that_nobody_vouches_for_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    """The real server on 127.0.0.2, which it does not serve without a certificate."""
    files = [str(tmp_path / name) for name in ("cert.pem", "key.pem")]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=studio"]
    subprocess.run([*make, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    arguments = ["serve", "--log", "-", "--host", "127.0.0.2", "--certificate", files[0], "--key", files[1]]
    program = ["/usr/bin/env", f"NURIE_TOKEN={TOKEN}", *command(), *arguments]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().partition('"port": ')[2].partition(",")[0]
            with backend(qtbot, BackendSettings(address=f"https://127.0.0.2:{port}", token=TOKEN)) as made:
                error = remote(qtbot, made)
        finally:
            process.kill()
    assert error is not None
    assert f"127.0.0.2:{port}" in error.message
    if QtNetwork.QSslSocket.supportsSsl():
        assert error.code == "untrusted"
        assert "certificate" in str(error)
    else:  # PyQt5 from PyPI looks for an OpenSSL that no system has any more
        assert error.code == "unreachable"
        assert "TLS" in error.message
    assert not alive(process.pid)
