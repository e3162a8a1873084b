"""Connections on a real socket: those that never ask, never end their asking, or never read the answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import uvicorn

from fakes.engine import FakeEngine
from fakes.service import PATIENCE, TOKEN, host_of
from nurie.server.app import create_app
from nurie.server.connection import connection_class
from nurie.server.limits import Limits
from nurie.server.process import bind
from nurie.server.settings import ServerSettings


@contextlib.contextmanager
def listening(app: Any = None, **limits: Any) -> Iterator[tuple[str, int]]:
    """A server in a thread, with short patience; its address."""
    bounds = Limits(**{"header_seconds": 0.3, "send_seconds": 0.3, **limits})
    app = app or create_app(ServerSettings(TOKEN, bounds), host_of(FakeEngine()))
    config = uvicorn.Config(app, http=connection_class(bounds), ws="none", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    listener = bind("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with listening() as found:
        yield found


def connect(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, PATIENCE)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side ends it; raises TimeoutError where it never does."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def is_well(address: tuple[str, int]) -> bool:
    return httpx2.get(f"http://{address[0]}:{address[1]}/health", timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET",
        b"GET /health HTTP/1.1\r\nHost: x\r\n",
        b"PUT /v1/images/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        b"PUT /v1/images/0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    ],
)
def test_a_request_that_never_comes_to_its_end_is_cut_off(address: tuple[str, int], sent: bytes) -> None:
    with connect(address) as connection:
        connection.sendall(sent)
        assert is_closed(connection)
    assert is_well(address)


def test_more_bytes_of_the_same_head_win_no_time(address: tuple[str, int]) -> None:
    with connect(address) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(100_000):
                connection.sendall(b"X: y\r\n")
                threading.Event().wait(0.05)
            raise AssertionError("it was never cut off")


def test_a_head_after_an_answer_has_its_time_too(address: tuple[str, int]) -> None:
    with connect(address) as connection:
        host = f"{address[0]}:{address[1]}".encode()
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"G")
        assert is_closed(connection)


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 200_000,
        b"GET /" + b"x" * 200_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 100,
    ],
)
def test_what_is_no_http_gets_one_sentence(address: tuple[str, int], sent: bytes) -> None:
    with connect(address) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(sent)
        answer = connection.recv(65536)
        assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0]
        assert b"Traceback" not in answer
    assert is_well(address)


def test_a_thousand_idle_connections_leave_room_for_one_that_asks() -> None:
    with listening(connections=20, header_seconds=3600.0) as address, contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(connect(address))
        assert is_well(address)


def test_who_does_not_read_is_let_go() -> None:
    left = threading.Event()

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        gone = asyncio.ensure_future(receive())
        while not gone.done():
            await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})
        left.set()

    with listening(endless) as address, connect(address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert left.wait(PATIENCE)
