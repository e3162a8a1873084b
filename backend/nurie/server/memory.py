"""How much memory this process holds, and giving back what it no longer needs."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["give_back", "resident_megabytes"]

_PAGES = Path("/proc/self/statm")


def give_back() -> None:
    """Hand freed memory back to the system. glibc keeps it for later otherwise; other allocators need no telling."""
    if sys.platform != "linux":
        return
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def resident_megabytes() -> float | None:
    """What the process holds now; None where the system does not tell as Linux does."""
    try:
        import resource

        return int(_PAGES.read_text().split()[1]) * resource.getpagesize() / 1e6
    except (OSError, ImportError):
        return None
