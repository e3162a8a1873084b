# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend's process: its command, its environment, its one ready line, its end. One object is one process."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from pathlib import Path

from .i18n import tr
from .paths import own_program
from .patience import Patience
from .protocol import PROTOCOL_VERSION, DeviceError, InputError, ModelError, NurieError, UsageError
from .qt import QtCore, Signal

__all__ = ["Child", "child_environment", "find_command", "wrong_protocol"]

VARIABLE = "NURIE_TOKEN"
_DROPPED = ("PYTHON", "LD_", "DYLD_", "QT_", "QML")
"""Beginnings of variables by which Krita finds its own Python, libraries and Qt; the backend has others."""
_LONGEST_LINE = 500
_KINDS: dict[int, type[NurieError]] = {2: UsageError, 3: InputError, 4: ModelError, 5: DeviceError}
"""Exit codes by which a backend says that another start would fail just so."""


def find_command(chosen: tuple[str, ...] | None) -> tuple[str, ...]:
    """Program and first arguments: as chosen, else NURIE_COMMAND, else as ``setup`` installed it, else on the PATH.
    NurieError ``not_installed``."""
    if chosen:
        return chosen
    named = os.environ.get("NURIE_COMMAND")
    if named:
        return tuple(shlex.split(named, posix=os.name == "posix"))
    here = own_program()
    found = str(here) if here.is_file() else shutil.which("nurie")
    if found is None:
        raise NurieError(
            tr("Nurie's backend is not installed on this computer."),
            tr("Install it, or name its program in the settings."),
            code="not_installed",
        )
    return (found,)


def child_environment(token: str) -> QtCore.QProcessEnvironment:
    """Our environment without what is Krita's own, whose libraries are not the backend's, and with the token."""
    environment = QtCore.QProcessEnvironment.systemEnvironment()
    for name in [name for name in environment.keys() if name.startswith(_DROPPED)]:  # noqa: SIM118 - not a dict
        environment.remove(name)
    environment.insert(VARIABLE, token)
    return environment


class Child(QtCore.QObject):
    """``start`` it, once. ``ready`` with the port at most once, ``ended`` exactly once and last of all."""

    ready = Signal(int)
    ended = Signal(object, bool)
    """With the NurieError that tells why (None when ``stop`` asked for it), and whether another start may help."""
    line = Signal(str)

    def __init__(
        self, command: tuple[str, ...], token: str, patience: Patience, parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._patience = patience
        self._ready = self._stopping = self._over = False
        self._verdict: tuple[NurieError, bool] | None = None
        self._said = ""
        self._rest = {"out": b"", "err": b""}
        self._clock = QtCore.QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._on_late)
        self.process = QtCore.QProcess(self)
        self.process.setProcessEnvironment(child_environment(token))
        self.process.readyReadStandardOutput.connect(self._on_output)
        self.process.readyReadStandardError.connect(self._on_complaint)
        self.process.errorOccurred.connect(self._on_error)
        self.process.finished.connect(self._on_finished)

    def start(self) -> None:
        """Its standard input stays open as long as we live, whose end is its own end too."""
        self._clock.start(round(self._patience.start * 1000))
        self.process.start(self._command[0], list(self._command[1:]))

    @property
    def pid(self) -> int | None:
        """None when it does not run."""
        return int(self.process.processId()) or None

    def stop(self) -> None:
        """Let it end by itself, by force a little later."""
        if self._stopping or self._over:
            return
        self._stopping = True
        self.process.closeWriteChannel()
        self._clock.start(round(self._patience.stop * 1000))

    def kill(self, error: NurieError, *, again: bool) -> None:
        """End it by force, for this reason."""
        if self._verdict is None and not self._over:
            self._verdict = error, again
            self.process.kill()

    def _on_late(self) -> None:
        if self._stopping:
            self.process.kill()
            return
        text = tr("The backend did not start within {seconds} s.", seconds=f"{self._patience.start:g}")
        self.kill(
            NurieError(text, tr("Try again, and see the diagnostics if it happens again."), "silent"), again=False
        )

    def _on_output(self) -> None:
        for line in self._lines("out", self.process.readAllStandardOutput().data()):
            if not self._ready and self._read_ready(line):
                continue
            self.line.emit(line)

    def _on_complaint(self) -> None:
        for line in self._lines("err", self.process.readAllStandardError().data()):
            if line.startswith("nurie: "):
                self._said = line.removeprefix("nurie: ")
            self.line.emit(line)

    def _read_ready(self, line: str) -> bool:
        """Whether this is the ready line; any other is somebody's chatter."""
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if not isinstance(found, dict) or found.get("event") != "ready":
            return False
        port, protocol = found.get("port"), found.get("protocol")
        if protocol != PROTOCOL_VERSION:
            self.kill(wrong_protocol(protocol), again=False)
        elif isinstance(port, int) and 0 < port < 65536 and not self._stopping:
            self._ready = True
            self._clock.stop()
            self.ready.emit(port)
        return True

    def _lines(self, stream: str, data: bytes) -> list[str]:
        *lines, rest = (self._rest[stream] + data).split(b"\n")
        self._rest[stream] = rest[-_LONGEST_LINE * 4 :]
        return [line.decode("utf-8", errors="replace").rstrip()[:_LONGEST_LINE] for line in lines if line.strip()]

    def _on_error(self, error: QtCore.QProcess.ProcessError) -> None:
        if error == QtCore.QProcess.ProcessError.FailedToStart:
            program, reason = Path(self._command[0]).name, self.process.errorString().strip().rstrip(".")
            text = tr("{program} could not be started: {reason}.", program=program, reason=reason)
            self._end(
                NurieError(text, tr("Check the backend's program in the settings."), "not_installed"), again=False
            )

    def _on_finished(self, code: int, status: QtCore.QProcess.ExitStatus) -> None:
        self._on_output()
        self._on_complaint()
        if self._verdict is not None:
            error, again = self._verdict
            self._end(error, again=again)
        elif self._stopping:
            self._end(None, again=False)
        elif status == QtCore.QProcess.ExitStatus.NormalExit and code in _KINDS and self._said:
            self._end(_KINDS[code](self._said), again=False)
        else:
            text = tr("The backend stopped unexpectedly.")
            advice = tr("Try again; scale the drawing down or close other programs if it happens again.")
            self._end(NurieError(text, advice, "died"), again=True)

    def _end(self, error: NurieError | None, *, again: bool) -> None:
        if self._over:
            return
        self._over = True
        self._clock.stop()
        self.ended.emit(error, again)
        self.deleteLater()


def wrong_protocol(theirs: object) -> NurieError:
    """Plugin and backend are of different versions."""
    return NurieError(
        tr(
            "The backend speaks version {theirs} of Nurie's protocol, this plugin version {ours}.",
            theirs=str(theirs)[:20],
            ours=PROTOCOL_VERSION,
        ),
        tr("Install the plugin and the backend of the same version of Nurie."),
        code="protocol",
    )
