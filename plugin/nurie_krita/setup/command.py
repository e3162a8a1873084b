# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs run in the setup's thread: waited for, and ended when it is cancelled."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore

from .job import Job

__all__ = ["Output", "run"]

_LOOK_MS = 100
_END_MS = 3_000


@dataclass(frozen=True)
class Output:
    """code: 0 for success, -1 for a crash."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line of what it complained about."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""


def run(
    command: tuple[str, ...], environment: Mapping[str, str], job: Job, seconds: float, folder: Path | None = None
) -> Output:
    """Run to its end. NurieError ``not_started``, ``silent`` after so many seconds; Cancelled: it has ended then."""
    process = QtCore.QProcess()
    variables = QtCore.QProcessEnvironment()
    for name, value in environment.items():
        variables.insert(name, value)
    process.setProcessEnvironment(variables)
    if folder is not None:
        process.setWorkingDirectory(str(folder))
    deadline = time.monotonic() + seconds
    name = Path(command[0]).name
    try:
        process.start(command[0], list(command[1:]))
        if not process.waitForStarted(_END_MS * 10):
            raise NurieError(
                tr("{program} could not be started: {reason}.", program=name, reason=process.errorString().rstrip(".")),
                tr("A virus scanner may be holding it back: allow it, and try again."),
                code="not_started",
            )
        process.closeWriteChannel()
        while not process.waitForFinished(_LOOK_MS) and process.state() != QtCore.QProcess.ProcessState.NotRunning:
            job.check()
            if time.monotonic() > deadline:
                raise NurieError(
                    tr("{program} did not end within {seconds} s.", program=name, seconds=f"{seconds:g}"),
                    tr("Try again."),
                    code="silent",
                )
        job.check()
        crashed = process.exitStatus() != QtCore.QProcess.ExitStatus.NormalExit
        out, err = process.readAllStandardOutput().data(), process.readAllStandardError().data()
        return Output(-1 if crashed else process.exitCode(), _text(out), _text(err))
    finally:
        if process.state() != QtCore.QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished(_END_MS)


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
