"""SIGINT and SIGTERM as a question that a training loop asks between two steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_requested() -> Iterator[Callable[[], bool]]:
    """Within the block, a function that tells whether either signal came; the former handlers come back afterwards.

    A second signal ends the process as it would have without the block: somebody does not want to wait.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set  # only the main thread may set handlers
        return
    former = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}

    def note(signum: int, frame: FrameType | None) -> None:
        asked.set()
        for name, handler in former.items():
            signal.signal(name, handler)

    try:
        for name in former:
            signal.signal(name, note)
        yield asked.is_set
    finally:
        for name, handler in former.items():
            signal.signal(name, handler)
