"""A package index as pip, uv and the setup see one (PEP 503 and 691), over a folder of wheels, on good and bad days.

In the test's own process its fields are set; a Krita in another one is told by ``POST /control`` with the same names.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fakes.listening import answering

__all__ = ["PackageIndex", "serving"]

_JSON = "application/vnd.pypi.simple.v1+json"
_PIECE = 1 << 16
_CONTROLS = ("rate", "dead_after", "mood")


@dataclass
class PackageIndex:
    """url: of the simple index. folder: of wheels and archives, looked at anew for each question.

    rate: bytes of files a second, all connections together, None for as fast as it goes. dead_after: bytes of files
    sent until the line is dead: what is under way is cut, and nothing is answered before it is set to None. mood: what
    becomes of the next files, one each, then all is good: good, cut (in its middle), short (an end that claims to be
    one), corrupt (one byte), stall (in its middle, until ``released``), whole (ranges ignored), wrong_range, gone
    (404), error (503). asked: path and Range of every question. sent: bytes of files so far.
    """

    folder: Path
    url: str = ""
    rate: float | None = None
    dead_after: int | None = None
    mood: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: float = 0.0

    @property
    def dead(self) -> bool:
        return self.dead_after is not None and self.sent >= self.dead_after

    @property
    def control(self) -> str:
        """Where another process sets what ``_CONTROLS`` names, and reads ``sent`` in the answer."""
        return self.url.replace("/simple/", "/control")

    def projects(self) -> dict[str, list[Path]]:
        """Files by normalized name (PEP 503)."""
        found: dict[str, list[Path]] = {}
        for path in sorted(self.folder.iterdir()):
            if path.suffix == ".whl" or path.name.endswith(".tar.gz"):
                found.setdefault(_normalized(path.name.partition("-")[0]), []).append(path)
        return found

    def allow(self, wanted: int) -> int:
        """Wait for one's turn; how many of so many bytes may be sent now, 0 once the line is dead."""
        with self._lock:
            room = wanted if self.dead_after is None else max(0, min(wanted, self.dead_after - self.sent))
            self.sent += room
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + (room / self.rate if self.rate else 0.0)
            delay = self._free_at - now
        if delay > 0:
            time.sleep(delay)
        return room


@contextmanager
def serving(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[PackageIndex]:
    """An index over a folder, on a free port of this computer; tls: that it is served over, None for none."""
    index = PackageIndex(folder)
    handler = type("Handler", (_Handler,), {"index": index})
    server = _Server(("127.0.0.1", 0), handler)
    if tls is not None:  # each connection shakes hands in its own thread
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with answering(server) as port:
        index.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}/simple/"
        try:
            yield index
        finally:
            index.released.set()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up, or distrusts a certificate, is no news."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index: PackageIndex

    def log_message(self, *_: object) -> None:
        """Tests look at ``asked``."""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.index.asked.append((path, self.headers.get("Range", "")))
        if self.index.dead:
            self._cut()
        elif path == "/simple/":
            self._list({name: f"/simple/{name}/" for name in self.index.projects()})
        elif path.startswith("/simple/"):
            self._project(_normalized(path.removeprefix("/simple/").strip("/")))
        else:
            self._file(self.index.folder / Path(path).name)

    def do_HEAD(self) -> None:
        """As indexes do that cannot send parts of files; uv then reads what it needs from their beginning."""
        self._refuse(405)

    def do_POST(self) -> None:
        wishes: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for name, value in wishes.items():
            assert name in _CONTROLS, name
            setattr(self.index, name, value)
        self._answer(json.dumps({"sent": self.index.sent}).encode(), "application/json")

    def _list(self, links: dict[str, str]) -> None:
        if _JSON in self.headers.get("Accept", ""):
            said = {"meta": {"api-version": "1.0"}, "projects": [{"name": name} for name in links]}
            self._answer(json.dumps(said).encode(), _JSON)
        else:
            self._page("".join(f'<a href="{link}">{html.escape(name)}</a><br>\n' for name, link in links.items()))

    def _project(self, name: str) -> None:
        paths = self.index.projects().get(name)
        if paths is None:
            self._refuse(404)
        elif _JSON in self.headers.get("Accept", ""):
            files = [
                {
                    "filename": path.name,
                    "url": f"../../files/{path.name}",
                    "hashes": {"sha256": _sha256(path)},
                    "size": path.stat().st_size,
                }
                for path in paths
            ]
            self._answer(json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": files}).encode(), _JSON)
        else:
            lines = [f'<a href="../../files/{p.name}#sha256={_sha256(p)}">{p.name}</a><br>\n' for p in paths]
            self._page("".join(lines))

    def _file(self, path: Path) -> None:
        mood = self.index.mood.pop(0) if self.index.mood else "good"
        if mood == "error" or mood == "gone" or not path.is_file():
            self._refuse(503 if mood == "error" else 404)
            return
        content = path.read_bytes()
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = 0 if wanted is None or mood == "whole" else int(wanted[1])
        if first and first >= len(content):
            self._refuse(416)
            return
        body = content[first:]
        if mood == "corrupt":
            body = bytes([body[0] ^ 1]) + body[1:]
        if mood == "short":
            body = body[: len(body) // 2]
        self.send_response(206 if first else 200)
        if first:
            shown = first + 7 if mood == "wrong_range" else first
            self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{_sha256(path)}"')
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._send(body[: len(body) // 2] if mood in ("cut", "stall") else body)
        if mood == "stall":
            self.index.released.wait(120)
        if mood in ("cut", "stall"):
            self._cut()

    def _send(self, body: bytes) -> None:
        for at in range(0, len(body), _PIECE):
            piece = body[at : at + _PIECE]
            room = self.index.allow(len(piece))
            try:
                self.wfile.write(piece[:room])
            except OSError:  # the other side has gone, as it may
                self.close_connection = True
                return
            if room < len(piece):
                self._cut()
                return

    def _cut(self) -> None:
        """The connection is reset, as by a cable that is pulled."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _page(self, body: str) -> None:
        self._answer(f"<!DOCTYPE html><html><body>\n{body}</body></html>".encode(), "text/html")

    def _refuse(self, status: int) -> None:
        self._answer(b"", "text/plain", status)

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


_sums: dict[tuple[str, int, int], str] = {}


def _sha256(path: Path) -> str:
    state = path.stat()
    key = str(path), state.st_mtime_ns, state.st_size
    if key not in _sums:
        _sums[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return _sums[key]
