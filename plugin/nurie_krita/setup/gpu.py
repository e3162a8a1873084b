# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this machine has a graphics card that a faster runtime can use. Apple's and DirectML's need no choice: they
are in the normal wheel, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nurie_krita.protocol import NurieError

from .command import run
from .job import Job
from .systems import scrubbed, two_numbers

__all__ = ["Gpu", "find_gpu", "programs", "read_answer"]

OLDEST_DRIVER = (525, 60)
"""The first that runs CUDA 12, for which ONNX Runtime is built."""

_SECONDS = 20.0
_QUESTION = ("--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Gpu:
    """name: as its maker calls it; driver: its version; memory: megabytes."""

    name: str
    driver: tuple[int, int]
    memory: int

    @property
    def usable(self) -> bool:
        """Whether its driver is new enough."""
        return self.driver >= OLDEST_DRIVER


def programs(system: str, environment: Mapping[str, str]) -> list[str]:
    """Where NVIDIA's driver may have put the program that answers."""
    if system == "windows":
        root = environment.get("SystemRoot") or r"C:\Windows"
        return [rf"{root}\System32\nvidia-smi.exe"]
    if system == "macos":
        return []
    folders = [*environment.get("PATH", "").split(":"), "/usr/bin", "/usr/lib/wsl/lib"]
    return list(dict.fromkeys(f"{folder.rstrip('/')}/nvidia-smi" for folder in folders if folder.startswith("/")))


def read_answer(text: str) -> Gpu | None:
    """The card with the most memory; None for an answer that names none."""
    found = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 3 and parts[2].isdigit() and two_numbers(parts[1]) > (0, 0):
            found.append(Gpu(parts[0], two_numbers(parts[1]), int(parts[2])))
    return max(found, key=lambda gpu: gpu.memory, default=None)


def find_gpu(system: str, environment: Mapping[str, str], exists: Callable[[str], bool], job: Job) -> Gpu | None:
    """Ask the driver; None without one, or with one that does not answer."""
    for program in programs(system, environment):
        if exists(program):
            try:
                answer = run((program, *_QUESTION), scrubbed(os.environ), job, _SECONDS)
            except NurieError as error:
                if error.code == "cancelled":
                    raise
                return None
            return read_answer(answer.out) if answer.code == 0 else None
    return None
