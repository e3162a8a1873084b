# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend: found or reached, started without blocking, watched, started again, ended with its owner."""

from __future__ import annotations

import platform
import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from .child import Child, find_command, wrong_protocol
from .client import Client
from .exchange import BROKEN, Call
from .patience import Patience
from .protocol import PROTOCOL_VERSION, NurieError
from .qt import QtCore, Signal

__all__ = ["STATES", "Backend", "BackendSettings"]

STATES = ("stopped", "starting", "ready", "remote", "failed")

_LOG_LINES = 400
_LONG = 1e6
"""Seconds of idleness that count as never."""
_MISSED = 2
"""Looks in a row that a backend may leave unanswered before it counts as hung."""


@dataclass(frozen=True)
class BackendSettings:
    """command: program and first arguments, None to look for it. address, token: of a server started by others, whose
    process is nobody's business here. idle_seconds: without a colouring, after which model and process are let go; 0 is
    never."""

    command: tuple[str, ...] | None = None
    address: str | None = None
    token: str | None = None
    idle_seconds: float = 300.0


class Backend(QtCore.QObject):
    """One backend, local or remote. Everything on the GUI thread; nothing waits.

    state: one of ``STATES``; ``ready`` (own process) and ``remote`` mean that ``client`` and ``info`` are there.
    info: the answer of ``GET /v1/info``. client: None unless usable; another object after each start. error: why it
    failed, else None.
    """

    state_changed = Signal(str)
    failed = Signal(object)
    """With the NurieError, beside ``state_changed("failed")``."""
    log = Signal(str)
    """Each line that the backend writes."""

    def __init__(
        self, settings: BackendSettings, parent: QtCore.QObject | None = None, patience: Patience | None = None
    ) -> None:
        super().__init__(parent)
        self.settings = settings
        self.state = "stopped"
        self.info: dict[str, Any] | None = None
        self.client: Client | None = None
        self.error: NurieError | None = None
        self._patience = patience or Patience()
        self._candidate: Client | None = None
        self._child: Child | None = None
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._users = self._restarts = self._missed = 0
        self._since = 0.0
        self._look: Call | None = None
        self._again = self._timer(self._begin, single=True)
        self._idle = self._timer(self.stop, single=True)
        self._health = self._timer(self.check, single=False)
        application = QtCore.QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)

    @property
    def pid(self) -> int | None:
        """Of the own process; None when there is none."""
        return None if self._child is None else self._child.pid

    @property
    def usable(self) -> bool:
        """Whether requests can be sent now."""
        return self.client is not None

    @property
    def patience(self) -> Patience:
        """How long its users wait for anything."""
        return self._patience

    def ensure(self) -> None:
        """Have it running; at once, without waiting, as often as one likes. After a failure this tries anew."""
        if self.state in ("stopped", "failed"):
            self._restarts = 0
            self._begin()
        self._rest()

    def hold(self) -> None:
        """Somebody works with it: it is looked after, started again should it die, and not let go as idle."""
        self._users += 1
        self._rest()

    def release(self) -> None:
        """The end of one ``hold``."""
        self._users -= 1
        self._rest()

    def stop(self) -> None:
        """End it; ``ensure`` starts it again."""
        self._drop()
        if self._child is not None:
            self._child.stop()
        self._child = None
        if self.state != "stopped":
            self._set("stopped")

    def configure(self, settings: BackendSettings) -> None:
        """Use other settings from the next ``ensure`` on."""
        if settings != self.settings:
            self.settings = settings
            self.stop()

    def check(self) -> None:
        """Look whether it lives; one that leaves two looks in a row unanswered is ended and started again."""
        if self.client is not None and self._child is not None and self._look is None:
            self._look = self.client.health(self._on_alive, self._on_missed)

    def refresh(self) -> None:
        """Ask for ``info`` again: engine and device are known once a model is loaded. ``state_changed`` tells."""
        client = self.client
        if client is not None:
            client.info(lambda info: self._on_news(client, info), lambda error: None)

    def lost(self, error: NurieError) -> bool:
        """A user could not reach it any more, however often it tried. Whether it will be started again."""
        if self._child is not None:
            self._child.kill(error, again=True)
        elif self.state == "remote":
            self._give_up(error)
        return self._child is not None

    def limit(self, name: str, default: int) -> int:
        """What the server takes at most, as its info says it."""
        limits = (self.info or {}).get("limits")
        value = limits.get(name) if isinstance(limits, dict) else None
        return value if isinstance(value, int) and value > 0 else default

    def diagnostics(self) -> str:
        """Lines for a report: command, versions, device, the last lines of the log; never the token."""
        settings, info = self.settings, self.info or {}
        told = {name: info.get(name) for name in ("version", "protocol", "model", "engine", "device", "provider")}
        lines = [
            f"backend: {self.state}" + ("" if self.pid is None else f", process {self.pid}"),
            f"address: {settings.address}" if settings.address else f"command: {settings.command or 'automatic'}",
            f"info: {told}" if info else "info: none",
            f"plugin: protocol {PROTOCOL_VERSION}, Qt {QtCore.qVersion()}, Python {platform.python_version()}, "
            f"{platform.platform()}",
            f"last error: {self.error}" if self.error else "last error: none",
            "log:",
            *self._lines,
        ]
        text = "\n".join(lines)
        return text.replace(settings.token, "(token)") if settings.token else text

    def _timer(self, call: Any, *, single: bool) -> QtCore.QTimer:
        timer = QtCore.QTimer(self)
        timer.setSingleShot(single)
        timer.timeout.connect(call)
        return timer

    def _set(self, state: str) -> None:
        self.state = state
        self.state_changed.emit(state)

    def _rest(self) -> None:
        """Have the timers that the present state wants."""
        if self._users > 0 or self.state != "ready" or self.settings.idle_seconds <= 0:
            self._idle.stop()
        else:
            self._idle.start(round(min(self.settings.idle_seconds, _LONG) * 1000))
        if self._users > 0 and self.state == "ready":
            if not self._health.isActive():
                self._health.start(round(self._patience.health * 1000))
        else:
            self._health.stop()

    def _begin(self) -> None:
        self.error = None
        if self.state != "starting":
            self._set("starting")
        try:
            if self.settings.address:
                self._greet(self.settings.address, self.settings.token or "")
            else:
                self._launch()
        except NurieError as error:
            self._give_up(error)

    def _launch(self) -> None:
        token = secrets.token_urlsafe(32)
        idle = self.settings.idle_seconds
        idle = _LONG if idle <= 0 else min(max(1.0, idle), _LONG)
        command = (*find_command(self.settings.command), "serve", "--log", "-", "--idle", f"{idle:g}")
        child = Child(command, token, self._patience, self)
        self._child = child
        child.line.connect(self._on_line)
        child.ready.connect(lambda port: self._on_ready(child, port, token))
        child.ended.connect(lambda error, again: self._on_ended(child, error, again))
        child.start()

    def _on_line(self, line: str) -> None:
        self._lines.append(line)
        self.log.emit(line)

    def _on_ready(self, child: Child, port: int, token: str) -> None:
        if child is self._child:
            self._greet(f"http://127.0.0.1:{port}", token)

    def _greet(self, address: str, token: str) -> None:
        """The handshake: who is it, and does it speak our language?"""
        client = Client(address, token, self._patience, self)
        self._candidate = client
        client.info(self._on_info, self._on_no_info)

    def _on_info(self, info: dict[str, Any]) -> None:
        if info.get("protocol") != PROTOCOL_VERSION:
            self._on_no_info(wrong_protocol(info.get("protocol")))
            return
        self.info, self.client, self._candidate = info, self._candidate, None
        self._missed, self._since = 0, time.monotonic()
        self._set("remote" if self.settings.address else "ready")
        self._rest()

    def _on_news(self, client: Client, info: dict[str, Any]) -> None:
        if client is self.client and info.get("protocol") == PROTOCOL_VERSION:
            self.info = info
            self._set(self.state)

    def _on_no_info(self, error: NurieError) -> None:
        if self._child is not None:
            self._child.kill(error, again=error.code in BROKEN)
        else:
            self._give_up(error)

    def _on_alive(self, answer: dict[str, Any]) -> None:
        self._look, self._missed = None, 0

    def _on_missed(self, error: NurieError) -> None:
        self._look = None
        self._missed += 1
        if self._missed >= _MISSED and self._child is not None:
            self._child.kill(error, again=True)
        else:
            self.check()

    def _on_ended(self, child: Child, error: NurieError | None, again: bool) -> None:
        if child is not self._child:
            return
        self._child = None
        starting = self.state == "starting"
        if self.state == "ready" and time.monotonic() - self._since > self._patience.stable:
            self._restarts = 0
        self._drop()
        if error is None or (again and not starting and self._users == 0):
            self._set("stopped")  # nobody misses it before the next ``ensure``
        elif again and self._restarts < len(self._patience.restarts):
            self._again.start(round(self._patience.restarts[self._restarts] * 1000))
            self._restarts += 1
            self._set("starting")
        else:
            self._give_up(error)

    def _drop(self) -> None:
        """Let go of what belongs to one start."""
        for client in (self.client, self._candidate):
            if client is not None:
                client.close()
        self.client = self._candidate = self._look = self.info = None
        self._again.stop()
        self._health.stop()
        self._idle.stop()

    def _give_up(self, error: NurieError) -> None:
        self._drop()
        if self._child is not None:
            self._child.stop()
            self._child = None
        self.error = error
        self._set("failed")
        self.failed.emit(error)
