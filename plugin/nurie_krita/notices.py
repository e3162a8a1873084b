# SPDX-License-Identifier: GPL-3.0-or-later
"""From what went wrong to the one sentence and the one button that an artist sees."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from .i18n import tr
from .protocol import NurieError
from .state import Notice

__all__ = ["notice_for", "told"]

_log = logging.getLogger("nurie")

_RETRY = "Try again", "retry"
_SETTINGS = "Settings", "settings"
_REPORT = "Copy diagnostics", "copy_diagnostics"
_BUTTONS: Mapping[str, tuple[str, str]] = {
    "gray_document": ("Convert to RGB", "convert_to_rgb"),
    "no_document": ("Try the sample", "try_sample"),
    "not_installed": ("How to install", "how_to_install"),
    "unauthorized": _SETTINGS,
    "untrusted": _SETTINGS,
    "unreachable": _RETRY,
    "protocol": _REPORT,
    "garbage": _REPORT,
    "internal": _REPORT,
    "busy": _RETRY,
    "cut": _RETRY,
    "died": _RETRY,
    "error": _RETRY,
    "out_of_memory": _RETRY,
    "queue_full": _RETRY,
    "shutting_down": _RETRY,
    "silent": _RETRY,
}
_GENTLE = frozenset({"no_document", "no_reference", "gray_document", "empty_layer"})


def notice_for(error: object) -> Notice:
    """A NurieError in its own words; anything else is a fault of ours, said in one sentence and written to the log."""
    if not isinstance(error, NurieError):
        _log.error("unexpected", exc_info=error if isinstance(error, BaseException) else None)
        text = tr("Something went wrong inside the Colorize panel. Your drawing was not changed.")
        return Notice(text, "", tr("Copy diagnostics"), "copy_diagnostics")
    words, action = _BUTTONS.get(error.code, (None, None))
    level = "warning" if error.code in _GENTLE else "error"
    return Notice(error.message, error.advice, None if words is None else tr(words), action, level)


class _Tells(Protocol):
    def tell(self, error: object) -> None: ...


_Method = TypeVar("_Method", bound=Callable[..., Any])


def told(method: _Method) -> _Method:
    """Decorates an intent: whatever it raises goes to ``self.tell``; Krita would hide it or end."""

    @functools.wraps(method)
    def guarded(self: _Tells, *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        except Exception as error:  # noqa: BLE001 - see above
            self.tell(error)
            return None

    return guarded  # type: ignore[return-value]  # the same signature; None only where the method returns None
