"""Ctrl-C and SIGTERM end a command cleanly: temporary files are removed, nothing partial is left, exit code 130."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["stop_on_signals"]


def _stop(signum: int, frame: FrameType | None) -> None:
    # Once is enough: a second signal must not break the cleaning up that the first one started.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on SIGINT and SIGTERM; the former handlers come back afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    former = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        for name in former:
            signal.signal(name, _stop)
        yield
    finally:
        for name, handler in former.items():
            signal.signal(name, handler)
