# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job's events say, checked: a server is believed nothing that it has not said in the contract's words."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from .exchange import read_error
from .i18n import tr
from .protocol import EVENTS, NurieError
from .sse import Event

__all__ = ["News", "died_twice", "nonsense", "read_news", "stopped", "too_large"]

_PROGRESS = ("running", "finishing")


@dataclass(frozen=True)
class News:
    """state: of the job, None for an event that this version does not know. preview: a picture file. result: the
    summary of one that is done; timings: its seconds by stage. reason: why it was cancelled."""

    state: str | None = None
    step: int = 0
    steps: int | None = None
    seconds_left: float | None = None
    position: int | None = None
    preview: bytes | None = field(default=None, repr=False)
    result: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    error: NurieError | None = None
    reason: str = ""


def read_news(event: Event) -> News | None:
    """None for an event that is not the contract's, or lacks what makes it one."""
    if event.name not in EVENTS:
        return News()
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    if event.name == "progress":
        return _progress(data)
    error = read_error(data.get("error"))
    if event.name == "failed" and error is None:
        return None
    result, reason, position = (data.get(name) for name in ("result", "reason", "position"))
    result = result if isinstance(result, dict) else {}
    timings = result.get("timings")
    return News(
        event.name,
        position=_count(position),
        result=result,
        timings={name: float(t) for name, t in timings.items() if _is_number(t)} if isinstance(timings, dict) else {},
        error=error,
        reason=reason if isinstance(reason, str) else "",
    )


def _progress(data: dict[str, Any]) -> News | None:
    state, step, steps, left = (data.get(name) for name in ("state", "step", "steps", "seconds_left"))
    done, preview = _count(step), data.get("preview")
    if state not in _PROGRESS or done is None:
        return None
    return News(
        state,
        done,
        _count(steps),
        float(left) if _is_number(left) else None,
        preview=_unpack(preview) if isinstance(preview, str) else None,
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and 0 <= value < 1e9


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31 else None


def _unpack(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def nonsense() -> NurieError:
    """An event that no backend of this version sends."""
    return NurieError(
        tr("The backend said something that this plugin does not understand."),
        tr("Install the plugin and the backend of the same version of Nurie."),
        code="garbage",
    )


def died_twice() -> NurieError:
    """A job that two backends did not survive gets no third one."""
    return NurieError(
        tr("The backend stopped twice while it colored this drawing."),
        tr("Scale the drawing down, or close other programs; the diagnostics may say more."),
        code="died",
    )


def stopped() -> NurieError:
    """Somebody ended the backend in the middle."""
    return NurieError(tr("The backend was stopped."), tr("Color the drawing again."), code="stopped")


def too_large(size: int) -> NurieError:
    """A file of so many bytes is not sent."""
    text = tr("A picture of {size} MB is larger than the backend takes.", size=size >> 20)
    return NurieError(text, tr("Scale it down."), code="too_large")
