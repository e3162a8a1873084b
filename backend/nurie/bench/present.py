"""What of engines and devices is here to be measured."""

from __future__ import annotations

from nurie.runtime.engines import installed_engines
from nurie.runtime.hardware import has_nvidia_driver

__all__ = ["devices", "engines"]


def engines() -> list[str]:
    """The engine that Nurie chooses by itself, then every installed one."""
    return ["auto", *installed_engines()]


def devices() -> list[str]:
    """The CPU, and the first NVIDIA GPU where its driver is there."""
    return ["cpu", "cuda"] if has_nvidia_driver() else ["cpu"]
