"""Seconds by stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Clock"]


class Clock:
    """Runs from when it is made; a stage may be entered several times."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._stages = dict.fromkeys(("encode", "warp", "denoise", "imaging"), 0.0)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._stages[name] += time.perf_counter() - started

    def timings(self, load: float) -> dict[str, float]:
        """All stages, with ``load`` before them and the ``total`` of both after."""
        return {"load": load, **self._stages, "total": load + time.perf_counter() - self._started}
