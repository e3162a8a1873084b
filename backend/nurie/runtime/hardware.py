"""What can be told of the hardware without starting an engine."""

from __future__ import annotations

import ctypes
import math
import os
import platform
import sys
from pathlib import Path

__all__ = ["has_native_bfloat16", "has_nvidia_driver", "processor_name", "thread_count"]

_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_PROCESSORS = Path("/proc/cpuinfo")


def has_nvidia_driver() -> bool:
    """Whether NVIDIA's driver is there; a build that could use it, and a card, may still lack."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def processor_name() -> str:
    """The processor's model, as far as the system tells."""
    return _processor_field("model name") or platform.processor() or platform.machine()


def has_native_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; elsewhere it is emulated, and slower than float32.

    Told on Linux only; other systems answer no.
    """
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(
        (_processor_field("flags") or _processor_field("Features")).split()
    )


def thread_count() -> int:
    """One thread a physical core that this process may use; ``OMP_NUM_THREADS`` wins where it is set.

    Two threads of one core share its vector units, and more threads than a container's quota wait for each other.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    return max(1, min(_cores(usable), _quota(len(usable))))


def _processor_field(name: str) -> str:
    """A line of the first processor in Linux's list; empty where there is none."""
    try:
        for line in _PROCESSORS.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    except OSError:
        pass
    return ""


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
