"""Sure ends for the processes of a run, however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["end_all", "killed_with_us", "wait_for_ends"]


def killed_with_us(command: list[str]) -> list[str]:
    """``command``, which the kernel kills once this thread is gone, even if that is killed itself."""
    setpriv = shutil.which("setpriv")
    return command if setpriv is None else [setpriv, "--pdeathsig", "KILL", *command]


def end_all(mark: str) -> list[str]:
    """Kill every process whose environment holds ``mark`` (NAME=value); returns the command lines of those found."""
    found = _marked(mark)
    for number in found:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return list(found.values())


def wait_for_ends(mark: str, seconds: float) -> None:
    """Give these processes time to end by themselves."""
    end = time.monotonic() + seconds
    while _marked(mark) and time.monotonic() < end:
        time.sleep(0.1)


def _marked(mark: str) -> dict[int, str]:
    """Command line by process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                if line:  # a dead process that its parent has not asked about has none
                    found[int(folder.name)] = line
        except OSError:
            continue  # gone meanwhile, or somebody else's
    return found
