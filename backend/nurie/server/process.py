"""The server as a process: its socket, its ready line, and its end, which comes with the end of whoever started it."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from nurie.protocol import PROTOCOL_VERSION, UsageError
from nurie.server.app import create_app
from nurie.server.connection import connection_class
from nurie.server.engine import EngineHost
from nurie.server.memory import steady_heap
from nurie.server.settings import ServerSettings

__all__ = ["bind", "serve"]

_log = logging.getLogger("nurie.server")

_PATIENCE = 1.4
"""Seconds from the wish to end until the process is gone whatever still runs: the contract allows two."""
_GRACE = 1
"""Of these, how long open answers may take (uvicorn counts whole seconds)."""
_HEAD_BYTES = 32 * 1024


def bind(host: str, port: int) -> socket.socket:
    """Listen on host and port; 0 is any free port. UsageError when that cannot be."""
    listener: socket.socket | None = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere the option lets another program share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        if listener is not None:
            listener.close()
        reason = error.strerror or str(error)
        raise UsageError(f"Nothing can be served on {host}, port {port}: {reason}.", "Choose another port.") from error
    return listener


def serve(
    settings: ServerSettings,
    engine: EngineHost,
    listener: socket.socket,
    *,
    tls: tuple[Path, Path] | None = None,
    ready: Callable[[int], None] | None = None,
    watch_stdin: bool | None = None,
) -> None:
    """Serve until stdin closes (where a program holds its other end), or SIGINT or SIGTERM comes.

    tls: certificate and key. ready: called with the port once requests are answered, before the ready line tells it.
    May end the process itself, with status 0, when a model still computes after the grace period.
    """
    steady_heap()
    port = listener.getsockname()[1]
    app = create_app(settings, engine)
    options: dict[str, Any] = {} if tls is None else {"ssl_certfile": str(tls[0]), "ssl_keyfile": str(tls[1])}
    config = uvicorn.Config(
        app,
        http=connection_class(settings.limits),
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        **options,
    )

    def told() -> None:
        if ready is not None:
            ready(port)
        line = {"event": "ready", "port": port, "protocol": PROTOCOL_VERSION, "pid": os.getpid()}
        print(json.dumps(line), flush=True)  # noqa: T201 - the contract: one line on stdout

    server = _Server(config, told, app.state.service.close)
    if _is_pipe(sys.stdin) if watch_stdin is None else watch_stdin:
        threading.Thread(target=_watch, args=(sys.stdin.fileno(), server.stop), daemon=True).start()
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn with a ready line, and an end that neither waits for a model nor raises the signal a second time."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], closing: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Event streams end with their jobs; uvicorn would wait for them first.
        self._closing()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self._on_signal) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End soon, from any thread; the process is gone within the patience even when a network computes on."""
        self.should_exit = True
        limit = threading.Timer(_PATIENCE, _leave)
        limit.daemon = True
        limit.start()


def _leave() -> None:
    """End at once: a thread inside a network can neither be stopped nor be waited for. Nothing of ours is on disk."""
    logging.shutdown()
    os._exit(0)


def _is_pipe(stream: Any) -> bool:
    """Whether a program holds the other end: not so for a terminal, a file, or nothing as under systemd."""
    with suppress(OSError, ValueError, AttributeError):
        mode = os.fstat(stream.fileno()).st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
    return False


def _watch(descriptor: int, ended: Callable[[], None]) -> None:
    with suppress(OSError):
        while os.read(descriptor, 4096):
            pass
    _log.info("stdin closed: ending")
    ended()
