"""One progress bar on a terminal's stderr; silence anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType

__all__ = ["Bar"]

_WIDTH = 24


class Bar:
    """``with Bar(10) as bar: bar.show(3, "what is done now")``."""

    def __init__(self, total: int) -> None:
        self._total = max(1, total)
        self._started = time.monotonic()
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._visible:
            print(file=sys.stderr)

    def show(self, done: int, what: str) -> None:
        """``done`` of the total are; with the time that the rest will take at the pace so far."""
        if not self._visible:
            return
        filled = _WIDTH * done // self._total
        left = (time.monotonic() - self._started) / done * (self._total - done) if done else 0.0
        rest = f"{left:.0f} s left" if 0 < done < self._total else ""
        line = f"[{'#' * filled}{' ' * (_WIDTH - filled)}] {done}/{self._total} {rest} {what}"
        print(f"\r{line[:110]:<110}", end="", file=sys.stderr, flush=True)
