"""What can be told of the hardware without starting an engine."""

from __future__ import annotations

import ctypes
import math
import os
import sys
from pathlib import Path

__all__ = ["has_nvidia_driver", "thread_count"]

_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def has_nvidia_driver() -> bool:
    """Whether NVIDIA's driver is there; a build that could use it, and a card, may still lack."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def thread_count() -> int:
    """One thread a physical core that this process may use; ``OMP_NUM_THREADS`` wins where it is set.

    Two threads of one core share its vector units, and more threads than a container's quota wait for each other.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    return max(1, min(_cores(usable), _quota(len(usable))))


def _cores(processors: set[int]) -> int:
    """Distinct cores among logical processors; the processors themselves where the system does not tell."""
    cores = set()
    for processor in processors:
        try:
            cores.add((_TOPOLOGY / f"cpu{processor}/topology/thread_siblings_list").read_text().strip())
        except OSError:
            cores.add(str(processor))
    return len(cores)


def _quota(otherwise: int) -> int:
    """A Linux container's CPU quota in whole processors."""
    try:
        quota, period = _QUOTA.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        return otherwise
