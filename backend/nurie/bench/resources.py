"""What a process has used: memory at its peak, energy of the processor and of NVIDIA GPUs, where it can be read."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from pathlib import Path

__all__ = ["device_memory", "energy", "energy_between", "forget_peak", "peak_memory"]

_POWERCAP = Path("/sys/class/powercap")
_STATUS = Path("/proc/self/status")


def peak_memory() -> int | None:
    """Bytes that this process has had resident at most; None where the system does not tell.

    Linux keeps a peak for each program (VmHWM); that of getrusage would include the program that started this one.
    """
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return _windows_peak()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak() -> None:
    """Let `peak_memory` begin again from what is resident now, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        (_STATUS.parent / "clear_refs").write_text("5")


def _windows_peak() -> int | None:
    fields = ["cb", "faults", "peak", "now", *(f"pool{number}" for number in range(6))]

    class Counters(ctypes.Structure):
        _fields_ = [(name, ctypes.c_uint32 if name in ("cb", "faults") else ctypes.c_size_t) for name in fields]

    counters = Counters(cb=ctypes.sizeof(Counters))
    try:
        kernel = ctypes.CDLL("kernel32")
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        process = ctypes.c_void_p(kernel.GetCurrentProcess())
        done = kernel.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb)
    except (OSError, AttributeError):
        return None
    return int(counters.peak) if done else None


def energy(device: str) -> dict[str, tuple[float, float]]:
    """Joules counted so far, by counter, each with where it begins again; of the GPU too on ``cuda:N``.

    Empty where nothing can be read (no Intel or AMD counter, or not for this user). They count the whole machine.
    """
    found = {}
    for folder in sorted(_POWERCAP.glob("*-rapl:*")):
        if folder.name.count(":") == 1:  # whole packages, not their parts
            try:
                counted = (int((folder / name).read_text()) / 1e6 for name in ("energy_uj", "max_energy_range_uj"))
                found[folder.name] = (next(counted), next(counted))
            except (OSError, ValueError):
                continue
    if device.startswith("cuda"):
        value = ctypes.c_ulonglong()
        handle = _gpu(device)
        if handle and _nvml().nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(value)) == 0:
            found[device] = (value.value / 1e3, float("inf"))
    return found


def energy_between(before: dict[str, tuple[float, float]], after: dict[str, tuple[float, float]]) -> float | None:
    """Joules between two readings, counters that began again included; None without any counter."""
    common = before.keys() & after.keys()
    if not common:
        return None
    spent = ((after[name][0] - before[name][0], after[name][1]) for name in common)
    return sum(joules if joules >= 0 else joules + wraps for joules, wraps in spent)


def device_memory(device: str) -> int | None:
    """Bytes that all programs together hold on the GPU ``cuda:N`` now; None elsewhere."""

    class Memory(ctypes.Structure):
        _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]

    memory = Memory()
    handle = _gpu(device) if device.startswith("cuda") else None
    if not handle or _nvml().nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)):
        return None
    return int(memory.used)


def _nvml() -> ctypes.CDLL:
    return ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")


def _gpu(device: str) -> ctypes.c_void_p | None:
    """NVML's handle of the GPU; None without its driver."""
    handle = ctypes.c_void_p()
    index = int(device.partition(":")[2] or 0)
    try:
        if _nvml().nvmlInit_v2() or _nvml().nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)):
            return None
    except (OSError, AttributeError):
        return None
    return handle
