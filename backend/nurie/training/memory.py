"""Memory that a training step is done with stays in the process.

Every step asks for the same hundreds of megabytes. By itself, glibc hands blocks of that size back to the system as
soon as they are free, and takes fresh pages, cleared one by one, for the next layer: up to half of a step's time.
"""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = ["keep_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # <malloc.h>
_ALL = 2**31 - 1


def keep_memory() -> bool:
    """Have freed memory reused, in huge pages where the system has them; whether the C library can do that.

    For the whole process and for good, so for one that only trains. Huge pages only where PyTorch has not taken memory
    for a picture before. Elsewhere than on Linux with glibc it does nothing.
    """
    if not sys.platform.startswith("linux"):
        return False
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return all(set_option(option, _ALL) == 1 for option in (_MMAP_THRESHOLD, _TRIM_THRESHOLD))
