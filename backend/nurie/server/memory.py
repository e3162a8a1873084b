"""How much memory this process holds, giving back what it no longer needs, and keeping what lasts apart from it."""

from __future__ import annotations

import ctypes
import gc
import mmap
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["apart", "give_back", "resident_megabytes", "steady_heap"]

_PAGES = Path("/proc/self/statm")

# mallopt's parameters, <malloc.h>
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGEST_THRESHOLD = 32 << 20
"""glibc takes no more; anything larger goes back to the system as soon as it is freed."""
_KEPT = 1 << 30


def steady_heap() -> None:
    """One heap that stays as large as the last job needed until ``give_back``; to be called before any thread starts.

    A job frees and takes hundreds of megabytes over and over. Fetched anew from the system each time, they cost 60,000
    page faults for a drawing of 1500 x 2000, a quarter of the job's time; from this heap, 1,100. And glibc can give
    back what several heaps hold only in part: a model let go three times left 377 MB behind, and leaves 118 with one.
    """
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):  # another C library
            library = ctypes.CDLL(None)
            library.mallopt(_ARENA_MAX, 1)
            library.mallopt(_MMAP_THRESHOLD, _LARGEST_THRESHOLD)
            library.mallopt(_TRIM_THRESHOLD, _KEPT)


def give_back() -> None:
    """Free what only a cycle of references holds, and hand freed memory to the system, which glibc alone must be told.

    Python looks for such cycles when a quarter more objects are there than last time: after hundreds of jobs, by when
    they lie all over pages that are then kept for good.
    """
    gc.collect()
    if sys.platform != "linux":
        return
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def apart(data: bytes) -> mmap.mmap:
    """A copy of a file that is kept for later, on pages of its own; ``bytes()`` reads it, its last reference frees it.

    In the heap such a file would lie between what two jobs worked in. Those free whole pages and it holds one of them,
    which no trim gives back: after 1,000 jobs, several megabytes around half a megabyte of files.
    """
    pages = mmap.mmap(-1, len(data))
    pages[:] = data
    return pages


def resident_megabytes() -> float | None:
    """What the process holds now; None where the system does not tell as Linux does."""
    try:
        import resource

        return int(_PAGES.read_text().split()[1]) * resource.getpagesize() / 1e6
    except (OSError, ImportError):
        return None
