"""A small memory for what one job computed and the next needs again: reference tokens, matches, evidence."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cache", "digest"]

Value = TypeVar("Value")


def digest(*arrays: NDArray[Any]) -> str:
    """A name for what arrays hold: the same for the same shapes, types and bytes, else another (BLAKE2b, 128 bits)."""
    state = hashlib.blake2b(digest_size=16)
    for array in arrays:
        state.update(f"{array.dtype}{array.shape}".encode())
        state.update(np.ascontiguousarray(array).data)
    return state.hexdigest()


class Cache:
    """Arrays, or dataclasses of arrays, by key; above ``limit`` bytes the least recently used are let go.

    It serves one model on one engine. Threads may share it; two that miss the same key at once both compute it. What
    it hands out must not be written to.
    """

    def __init__(self, limit: int = 64 << 20) -> None:
        self.limit = limit
        self.hits = 0
        self.misses = 0
        self._bytes = 0
        self._entries: OrderedDict[str, tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def nbytes(self) -> int:
        """Bytes held, at most ``limit``."""
        return self._bytes

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        """What ``key`` stands for; ``make`` computes it where it is not known. A failing ``make`` leaves no trace."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                self.hits += 1
                return cast("Value", self._entries[key][0])
            self.misses += 1
        value = make()
        self.put(key, value)
        return value

    def put(self, key: str, value: object) -> None:
        """Keep what ``key`` stands for."""
        size = _nbytes(value)
        with self._lock:
            if size <= self.limit:
                self._bytes += size - self._entries.pop(key, (None, 0))[1]
                self._entries[key] = (value, size)
            while self._bytes > self.limit:
                _, (_, freed) = self._entries.popitem(last=False)
                self._bytes -= freed

    def clear(self) -> None:
        """Let everything go."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0


def _nbytes(value: object) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if value is None:
        return 0
    if is_dataclass(value) and not isinstance(value, type):
        return sum(_nbytes(getattr(value, field.name)) for field in fields(value))
    raise TypeError(f"a cache holds arrays and dataclasses of arrays, not {type(value).__name__}")
