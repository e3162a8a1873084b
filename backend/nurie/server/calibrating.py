"""Measuring this computer's engines while nobody waits, so that ``auto`` is the fastest of them from then on."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from types import MappingProxyType

from nurie.settings import Settings

__all__ = ["IdleCalibration", "idle_calibration"]

_log = logging.getLogger("nurie.server")

_TRIES = 3
"""A computer that never rests for long is not measured."""
_NICE = 10
"""An artist may be painting meanwhile."""


class IdleCalibration:
    """``nurie doctor --calibrate`` as a process of its own, which a job may end at any time. ``run`` is for a
    thread of its own, the rest for any.

    after: seconds without a job. command: what measures and keeps what it found, in an environment with the
    ``variables``. known: whether that was done before.
    """

    def __init__(
        self,
        after: float,
        command: Sequence[str],
        known: Callable[[], bool] = lambda: False,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.after = after
        self._command = list(command)
        self._variables = dict(variables)
        self._known = known
        self._left = _TRIES
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    @property
    def due(self) -> bool:
        """Whether it is still to be done, as far as was found out."""
        return self._left > 0 and self._process is None

    def run(self) -> bool:
        """Measure, unless it is known; whether something new was found."""
        if self._known():
            self._left = 0
            return False
        with self._lock:
            if not self.due:
                return False
            self._left -= 1
            try:
                self._process = subprocess.Popen(  # noqa: S603 - ours
                    self._command,
                    env=os.environ | self._variables,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # it has children, and they end together
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows would show one
                )
            except OSError as error:
                _log.warning("the engines could not be measured: %s", error)
                return False
            with suppress(OSError, AttributeError):  # Windows has no such numbers
                os.setpriority(os.PRIO_PGRP, self._process.pid, _NICE)
        process = self._process
        status = process.wait()
        with self._lock:
            self._process = None
        if status == 0:
            self._left = 0
        return status == 0

    def stop(self) -> None:
        """Somebody waits now."""
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                return
            with suppress(OSError):
                if os.name == "posix":
                    os.killpg(process.pid, signal.SIGKILL)
                else:  # what it just measures with ends by itself, within seconds
                    process.kill()


def idle_calibration(settings: Settings, after: float) -> IdleCalibration | None:
    """What a server with these settings may do after so many seconds without a job; None where nothing is to be chosen:
    an engine or a device was named, or ``after`` is 0."""
    if after <= 0 or settings.engine != "auto" or settings.device not in ("auto", "cpu"):
        return None
    command = [sys.executable, "-m", "nurie", "doctor", "--calibrate", "--json", "--model", settings.model]

    def known() -> bool:
        from nurie.runtime.calibration import recall
        from nurie.runtime.store import find_model

        return recall(find_model(settings.model, settings.models)) is not None

    return IdleCalibration(after, command, known, {"NURIE_MODELS": str(settings.models)})
