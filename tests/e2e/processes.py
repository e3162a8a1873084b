"""Sure ends for the processes of a run, however it ends."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

__all__ = ["end_all", "killed_with_us"]


def killed_with_us(command: list[str]) -> list[str]:
    """``command``, which the kernel kills once this thread is gone, even if that is killed itself."""
    setpriv = shutil.which("setpriv")
    return command if setpriv is None else [setpriv, "--pdeathsig", "KILL", *command]


def end_all(mark: str) -> list[str]:
    """Kill every process whose environment holds ``mark`` (NAME=value); returns the command lines of those found."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            words = (folder / "cmdline").read_bytes().split(b"\0")
            os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue  # gone meanwhile, or somebody else's
        line = b" ".join(words).decode(errors="replace").strip()
        if line:
            found.append(line)
    return found
