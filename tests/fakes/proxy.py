"""An HTTP proxy as companies have them: every connection goes through it, whatever the address, to one server here."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from fakes.listening import listening

__all__ = ["Proxy", "proxying"]


@dataclass
class Proxy:
    """url: of the proxy. user: ``name:password`` that it asks for, None for anybody. asked: hosts and ports that
    connections were wanted to; refused: how often without the password."""

    url: str = ""
    user: str | None = None
    asked: list[str] = field(default_factory=list)
    refused: int = 0


@contextmanager
def proxying(target: int, user: str | None = None) -> Iterator[Proxy]:
    """On a free port of this computer; target: port of the server that stands for the internet."""
    proxy = Proxy(user=user)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_CONNECT(self) -> None:
            wanted = None if proxy.user is None else base64.b64encode(proxy.user.encode()).decode()
            if wanted is not None and self.headers["Proxy-Authorization"] != f"Basic {wanted}":
                proxy.refused += 1
                self.send_response(407)
                self.send_header("Proxy-Authenticate", 'Basic realm="company"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            proxy.asked.append(self.path)
            with socket.create_connection(("127.0.0.1", target)) as server:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_pass_on, args=(server, self.connection))
                back.start()
                _pass_on(self.connection, server)
                back.join()
            self.close_connection = True

    with listening(Handler) as proxy.url:
        yield proxy


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
