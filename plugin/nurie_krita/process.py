# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend: found or reached, started without blocking, watched, started again, ended with its owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .client import Client
from .qt import QtCore, Signal

__all__ = ["STATES", "Backend", "BackendSettings"]

STATES = ("stopped", "starting", "ready", "remote", "failed")


@dataclass(frozen=True)
class BackendSettings:
    """command: program and first arguments, None to look for it. address, token: of a server started by others, whose
    process is nobody's business here. idle_seconds: without a colouring, after which model and process are let go."""

    command: tuple[str, ...] | None = None
    address: str | None = None
    token: str | None = None
    idle_seconds: float = 300.0


class Backend(QtCore.QObject):
    """One backend, local or remote. Everything on the GUI thread; nothing waits.

    state: one of ``STATES``; ``ready`` (own process) and ``remote`` mean that ``client`` and ``info`` are there.
    info: the answer of ``GET /v1/info``. client: None unless usable. pid: of the own process, or None.
    """

    state_changed = Signal(str)
    failed = Signal(object)
    """With the NurieError, beside ``state_changed("failed")``."""
    log = Signal(str)
    """Each line that the backend writes."""

    def __init__(self, settings: BackendSettings, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.state = "stopped"
        self.info: dict[str, Any] | None = None
        self.client: Client | None = None
        self.error: Exception | None = None

    @property
    def pid(self) -> int | None:
        return None

    @property
    def usable(self) -> bool:
        """Whether requests can be sent now."""
        return self.client is not None and self.state in ("ready", "remote")

    def ensure(self) -> None:
        """Have it running; at once, without waiting, as often as one likes. After a failure this tries anew."""

    def stop(self) -> None:
        """End it; ``ensure`` starts it again."""

    def diagnostics(self) -> str:
        """Lines for a report: command, versions, device, the last lines of the log; never the token."""
        return ""
