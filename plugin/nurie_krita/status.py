# SPDX-License-Identifier: GPL-3.0-or-later
"""The line at the bottom, from the backend's state and what it says of itself."""

from __future__ import annotations

from typing import Any

from .i18n import tr
from .state import Status

__all__ = ["status_of"]


def status_of(state: str, info: dict[str, Any] | None) -> Status:
    """The panel adds where it runs. state: one of ``process.STATES``; info: the answer of ``GET /v1/info``, or None."""
    device = _device(info)
    if state in ("ready", "remote"):
        return Status("ready", tr("Ready"), device)
    if state == "starting":
        return Status("busy", tr("Starting"))
    if state == "failed":
        return Status("problem", tr("The engine does not run"))
    return Status("off", tr("Idle"))


def _device(info: dict[str, Any] | None) -> str:
    device = (info or {}).get("device")
    return device.upper() if isinstance(device, str) else ""
