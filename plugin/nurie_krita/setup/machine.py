# SPDX-License-Identifier: GPL-3.0-or-later
"""What this computer is and has, as far as an installation depends on it: its Pythons are asked, its driver too."""

from __future__ import annotations

import json
import os
import platform
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from nurie_krita.paths import data_folder
from nurie_krita.protocol import Cancelled, NurieError

from .command import run
from .gpu import Gpu, find_gpu
from .job import Job
from .systems import Interpreter, candidates, libc_of, scrubbed, system_of, two_numbers

__all__ = ["Machine", "ask", "host", "look"]

_SECONDS = 20.0
_QUESTION = """
import asyncio, ctypes, json, os, platform, struct, sys, sysconfig, zlib
print(json.dumps({
    "executable": sys.executable, "version": sys.version_info[:3], "platform": sys.platform,
    "machine": platform.machine(), "bits": struct.calcsize("P") * 8, "libc": platform.libc_ver(),
    "macos": platform.mac_ver()[0], "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "implementation": sys.implementation.name}))
"""
"""The imports are what the backend cannot do without, and some systems' Pythons lack."""


@dataclass(frozen=True)
class Machine:
    """host: what a Python brought along would be, but for its version; interpreters: those found, best first; gpu: that
    a faster runtime could use, None without one."""

    host: Interpreter
    interpreters: tuple[Interpreter, ...] = ()
    gpu: Gpu | None = None


def host() -> Interpreter:
    """This computer, from within Krita's own Python, whose version says nothing."""
    system = system_of(sys.platform)
    libc = os.confstr("CS_GNU_LIBC_VERSION") if system == "linux" and hasattr(os, "confstr") else None
    name, _, version = (libc or "").partition(" ")
    macos = two_numbers(platform.mac_ver()[0])
    return Interpreter(
        (), (0, 0, 0), system, platform.machine(), struct.calcsize("P") * 8, libc_of(name, version), macos
    )


def look(job: Job) -> Machine:
    """Ask everything that may be a Python. Cancelled."""
    here = host()
    found, seen = [], set()
    # Krita brings its own Python where it brings everything; that one goes with its next update.
    own = (sys.prefix,) if os.environ.get("APPDIR") or here.system != "linux" else ()
    avoided = (*own, str(data_folder()))
    for command in candidates(here.system, os.environ, lambda path: Path(path).exists(), avoided):
        real = (os.path.realpath(command[0]), *command[1:])
        if real not in seen:
            seen.add(real)
            interpreter = ask(command, job)
            if interpreter is not None:
                found.append(interpreter)
    gpu = find_gpu(here.system, os.environ, lambda path: Path(path).exists(), job)
    return Machine(here, tuple(found), gpu)


def ask(command: tuple[str, ...], job: Job) -> Interpreter | None:
    """What a command starts; None for what is no Python, or one that lacks what the backend needs. Cancelled."""
    try:
        answer = run((*command, "-I", "-c", _QUESTION), scrubbed(os.environ), job, _SECONDS)
        said = json.loads(answer.out)
        major, minor, micro = (int(number) for number in said["version"])
        return Interpreter(
            (str(said["executable"]),),
            (major, minor, micro),
            system_of(said["platform"]),
            str(said["machine"]),
            int(said["bits"]),
            libc_of(*said["libc"]),
            two_numbers(said["macos"]),
            bool(said["free_threaded"]),
            str(said["implementation"]),
        )
    except Cancelled:
        raise
    except (NurieError, ValueError, KeyError, TypeError):
        return None
