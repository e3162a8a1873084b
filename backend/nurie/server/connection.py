"""uvicorn's HTTP/1.1 connection with an end to its patience: for a request's head, for a reader, and in number.

uvicorn itself waits for ever for a request to begin, and for ever for a client that does not read its answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from nurie.server.limits import Limits

__all__ = ["connection_class"]


def connection_class(limits: Limits) -> type[H11Protocol]:
    """The class that uvicorn makes for each connection."""
    return type("Connection", (_Connection,), {"limits": limits})


class _Connection(H11Protocol):
    limits: Limits

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head: asyncio.TimerHandle | None = None
        self._reader: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._await_request()
        others = [other for other in self.connections if isinstance(other, _Connection) and other._is_idle()]
        if len(self.connections) > self.limits.connections and others:
            min(others, key=lambda other: other._since).transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_idle():
            self._await_request()
        else:
            self._stop_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._since = self.loop.time()
        if self.conn.their_state is h11.SEND_BODY:  # refused before it was read to its end
            self._await_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_reader()
        self._reader = self.loop.call_later(self.limits.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head()
        self._stop_reader()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _await_request(self) -> None:
        """Close in a while; more bytes of the same head do not win time."""
        if self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(self.limits.header_seconds, self.transport.abort)

    def _stop_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _stop_reader(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
