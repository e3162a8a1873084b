"""A small server that answers as a good backend would, but for the answers that a test puts in their place."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from fakes.pictures import sketch
from fakes.service import TOKEN, png
from nurie.protocol import PROTOCOL_VERSION

__all__ = ["EVENTS", "Exchange", "FaultyServer", "Request", "event"]

Answer = Callable[["Exchange"], None]


def event(number: int, name: str, **data: Any) -> bytes:
    """One event, as the server writes it."""
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()


EVENTS = (
    event(1, "queued", position=0),
    event(2, "loading"),
    event(3, "progress", state="running", step=0, steps=2, seconds_left=None),
    event(4, "progress", state="running", step=1, steps=2, seconds_left=0.5),
    event(5, "progress", state="finishing", step=2, steps=2, seconds_left=0.0),
    event(6, "done", result={"seed": 7, "timings": {"total": 1.0}}),
)
"""A job from its beginning to its end."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Exchange:
    """One request that waits for its answer, and ways to answer it."""

    request: Request
    server: FaultyServer
    handler: BaseHTTPRequestHandler = field(repr=False)

    def json(self, status: int, data: object) -> None:
        self.body(status, json.dumps(data).encode())

    def error(self, status: int, code: str, message: str = "The server refuses.", advice: str = "Do not.") -> None:
        self.json(status, {"error": {"code": code, "message": message, "advice": advice}})

    def body(self, status: int, data: bytes, kind: str = "application/json", **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def stream(self, data: bytes, *, cut: bool = False) -> None:
        """Bytes of events, in one chunk as the real server sends them; ``cut``: then the connection's sudden end."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()
        if data:
            self.handler.wfile.write(b"%x\r\n%s" % (len(data) + cut, data) + b"\r\n" * (not cut))
        if cut:
            self.handler.close_connection = True
        else:
            self.handler.wfile.write(b"0\r\n\r\n")

    def raw(self, data: bytes) -> None:
        """Anything but HTTP, then the connection's end."""
        self.handler.wfile.write(data)
        self.handler.close_connection = True

    def hang(self) -> None:
        """Never answer."""
        self.server.closing.wait()
        self.handler.close_connection = True

    def trickle(self, kind: str) -> None:
        """A good answer, of which a byte comes now and then, for ever."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 1000000\r\n\r\n"
        self.handler.wfile.write(head.encode())
        while not self.server.closing.wait(0.05):
            self.handler.wfile.write(b" ")
        self.handler.close_connection = True

    def last_event(self) -> int:
        return int(self.request.headers.get("last-event-id", "0"))


def _events(exchange: Exchange) -> None:
    exchange.stream(b"".join(EVENTS[exchange.last_event() :]))


_GOOD: dict[str, Answer] = {
    "health": lambda exchange: exchange.json(200, {"status": "ok"}),
    "info": lambda exchange: exchange.json(200, {"protocol": PROTOCOL_VERSION, "version": "0", "engine": "fake"}),
    "image": lambda exchange: exchange.json(201, {}),
    "post": lambda exchange: exchange.json(202, {"id": "x", "state": "queued", "position": 0}),
    "events": _events,
    "result": lambda exchange: exchange.body(200, exchange.server.result, "image/png"),
    "delete": lambda exchange: exchange.json(202, {}),
}


class FaultyServer:
    """Answers while its block lasts. ``requests`` are those that came, ``replace`` one kind of answer by another."""

    def __init__(self, width: int = 40, height: int = 50) -> None:
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self.token = TOKEN
        self.result: bytes = png(sketch(width, height).convert("RGBA"))
        self._answers = dict(_GOOD)
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                data = self.rfile.read(int(headers.get("content-length", "0")))
                request = Request(self.command, self.path, headers, data)
                owner.requests.append(request)
                with suppress(OSError):
                    owner._answers[_kind(request)](Exchange(request, owner, self))

            do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the base class wants these names

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class calls it so
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # clients that go away in the middle are what the tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def replace(self, kind: str, *answers: Answer) -> None:
        """Give these answers one after the other, then the last one again and again."""
        left = list(answers)

        def next_answer(exchange: Exchange) -> None:
            (left.pop(0) if len(left) > 1 else left[0])(exchange)

        self._answers[kind] = next_answer

    def good(self, kind: str) -> Answer:
        """The answer that a good backend would give."""
        return _GOOD[kind]

    def seen(self, kind: str) -> list[Request]:
        """The requests of one kind, in the order in which they came."""
        return [request for request in self.requests if _kind(request) == kind]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaultyServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _kind(request: Request) -> str:
    path = request.path.partition("?")[0]
    if request.method in ("PUT", "POST", "DELETE"):
        return {"PUT": "image", "POST": "post", "DELETE": "delete"}[request.method]
    return {"/health": "health", "/v1/info": "info"}.get(path) or path.rpartition("/")[2]
