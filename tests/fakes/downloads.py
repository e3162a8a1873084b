"""A download host that does what real ones do on bad days."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from fakes.listening import listening

__all__ = ["Host", "hosting"]


@dataclass
class Host:
    """files by path; ``mood`` is what becomes of the next answers, one each: good, cut, stall, corrupt, short, long,
    whole (ranges ignored), wrong_range, error. Once they are used up, all is good."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    mood: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def hosting() -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            host.asked.append((self.path, wanted))
            mood = host.mood.pop(0) if host.mood else "good"
            content = host.files.get(self.path)
            if content is None or mood == "error":
                self.send_error(404 if content is None else 503)
                return
            first = int(wanted.removeprefix("bytes=").rstrip("-") or 0) if mood != "whole" else 0
            body = content[first:]
            self.send_response(206 if first else 200)
            if first:
                shown = first + 7 if mood == "wrong_range" else first
                self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
            length = {"short": len(body) // 2, "long": len(body) + 1000}.get(mood, len(body))
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if mood == "corrupt":
                body = bytes([body[0] ^ 1]) + body[1:]
            if mood in ("cut", "stall", "short"):
                body = body[: len(body) // 2]
            if mood == "long":
                body = body + bytes(1000)
            self.wfile.write(body)
            if mood == "stall":
                host.released.wait(60)
            if mood in ("cut", "stall"):
                self.close_connection = True

    with listening(Handler) as host.url:
        try:
            yield host
        finally:
            host.released.set()
