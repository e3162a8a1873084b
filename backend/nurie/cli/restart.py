"""A process as memory wants it from its first moment, which only a new start gives; it needs next to no imports."""

from __future__ import annotations

import os
import sys

__all__ = ["without_thread_caches"]

_TUNABLES = "GLIBC_TUNABLES"
_NO_THREAD_CACHES = "glibc.malloc.tcache_count=0"


def without_thread_caches(command: str) -> None:
    """Start this process anew, once, without glibc's caches of small freed chunks, where its command is ``command``.

    Each thread keeps up to 448 of them, wherever in the heap they lay, and each holds a page that
    ``nurie.server.memory.give_back`` cannot give: nearly 2 MB a thread, gathered over hundreds of jobs. glibc reads how
    many it is to keep when a process starts and never again. The process stays the same to whoever started it: number,
    streams, arguments, environment.
    """
    given = os.environ.get(_TUNABLES, "")
    if sys.platform != "linux" or sys.argv[1:2] != [command] or _NO_THREAD_CACHES in given or not sys.executable:
        return
    os.environ[_TUNABLES] = f"{given}:{_NO_THREAD_CACHES}".lstrip(":")
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very program
