"""Which machine it is, and whether it is quiet enough to be measured."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

from nurie import __version__
from nurie.runtime.hardware import thread_count

__all__ = ["busy", "load_average", "machine"]

_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "openvino", "torch", "numpy")
_QUIET = 0.5
"""Share of the processors that may be busy with other things before a warning is due."""


def machine(threads: int | None = None) -> dict[str, Any]:
    """Processor, memory, system, versions, load and date, as they go beside a result."""
    return {
        "nurie": __version__,
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "threads": threads or thread_count(),
        "memory_bytes": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version for name in _PACKAGES if (version := _version(name))},
        "load": load_average(),
    }


def busy(load: float | None, processors: int | None) -> str | None:
    """A sentence of warning where others keep the machine busy; None on a quiet one, or where it does not tell."""
    if load is None or load <= _QUIET * (processors or 1):
        return None
    return (
        f"Other programs keep this machine busy (load {load:.1f}): trust ratios more than seconds, or repeat it later."
    )


def load_average() -> float | None:
    """Of the last minute, in processors; None where the system does not tell."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):  # Windows
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
