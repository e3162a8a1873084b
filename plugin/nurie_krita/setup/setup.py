# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend set up from inside Krita: installed, updated, repaired, removed, without a terminal."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nurie_krita.protocol import PROTOCOL_VERSION, Cancelled, NurieError
from nurie_krita.qt import QtCore, Signal, Slot

from . import removal
from .disk import Disk
from .installation import Installation, bytes_there
from .job import Job
from .lock import Lock, read_lock
from .machine import Machine, host, look
from .needs import choose, extras_for, plan_of
from .network import Times
from .state import Extra, Found, RemoveChoices, SetupChoices, SetupPlan, SetupState, begun, progressed, rested
from .systems import models_folder
from .thread import Thread, failure_of

__all__ = ["Setup"]

_SOURCE = Path(__file__).resolve().parents[1] / "server"
_PATIENCE = 3.0
"""Seconds that the thread waits until it is heard that the backend's files are about to go."""


class Setup(QtCore.QObject):
    """Everything returns at once; ``changed`` tells that ``state`` (or what ``plan`` and ``extras`` answer) is another.

    Of several Kritas one can do something at a time; the others are told so by an error with the code ``busy``.
    """

    changed = Signal()
    installed = Signal()
    """The backend is there and works: ``child.find_command`` finds it."""
    removed = Signal()
    replacing = Signal()
    """The installed backend's files are about to go: its process has to end now."""

    _told = Signal(object)
    _announce = Signal()

    def __init__(
        self, folder: Path, server: Path | None = None, parent: QtCore.QObject | None = None, times: Times | None = None
    ) -> None:
        """folder: ``paths.data_folder()``; server: that has lock.json and the wheel, None for the plugin's own."""
        super().__init__(parent)
        self._source = server or _SOURCE
        self._times = times or Times()
        self._machine = Machine(host())
        models = Path(models_folder(self._machine.host.system, os.environ))
        self._disk = Disk(folder, models, patient=self._machine.host.system == "windows")
        self._lock: Lock | None = None
        self._job: Job | None = None
        self._thread: Thread[_Outcome] | None = None
        self._waiting: Callable[[], None] | None = None
        self._heard = threading.Event()
        self._told.connect(self._hear)
        self._announce.connect(self._announced)
        self._found = self._disk.glance()
        error = self._read_lock()
        self._state = self._rested(error)
        application = QtCore.QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def state(self) -> SetupState:
        return self._state

    def inspect(self) -> None:
        """Look what is there, and mend what a crash left behind; at the start, and whenever in doubt."""
        if not self._state.busy:
            self._start(self._inspect)

    def doubt(self, error: NurieError) -> None:
        """The installed backend did not start: it is looked at, and run once with ``doctor``."""
        if not self._state.busy and self._found.version is not None:
            self._start(lambda job: self._disk.examine(job, self._machine.host.system, error))

    def extras(self) -> tuple[Extra, ...]:
        """The optional parts that there are for this machine."""
        installed = None if self._found.version is None else self._found.extras
        return () if self._lock is None else extras_for(self._lock, self._machine, installed)

    def plan(self, choices: SetupChoices) -> SetupPlan:
        """What ``install`` would do; no network. NurieError where it could not be done."""
        needs = choose(self._lock or read_lock(self._source), self._machine, choices.extras)
        needs = needs.sparing(self._found.python, self._found.wheels, self._found.pythons)
        wheels = self._disk.layout.wheels
        if choices.wheels is not None:
            return plan_of(needs, self._disk.layout.server, lambda file: file.size)
        return plan_of(needs, self._disk.layout.server, lambda file: bytes_there(wheels, file))

    def install(self, choices: SetupChoices) -> None:
        """Install or update; goes on with what a former attempt downloaded."""
        if not self._state.busy:
            self._state = begun(self._state, "installing")
            self._start(lambda job: self._install(job, choices), self.installed.emit)
            self.changed.emit()  # only now: whoever hears it may cancel at once

    def repair(self, choices: SetupChoices) -> None:
        """Install anew, whatever is there."""
        self.install(choices)

    def cancel(self) -> None:
        """Break off; what was there before stays as it was."""
        if self._state.name == "installing":
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                self._set(self._rested())
            elif self._job is not None:
                self._job.cancel()

    def left_after_removal(self, keep: RemoveChoices | None = None) -> list[tuple[Path, int]]:
        """What ``remove`` would leave: path and bytes, largest first."""
        disk = self._disk
        return removal.left(disk.layout, disk.folder, disk.models, keep or RemoveChoices())

    def remove(self, keep: RemoveChoices) -> None:
        """Delete exactly what was installed, and of the artist's own what is not kept."""
        if not self._state.busy:
            self._state = begun(self._state, "removing")
            self._start(lambda job: self._remove(keep), self.removed.emit)
            self.changed.emit()

    @Slot()
    def close(self) -> None:
        """Krita ends: whatever goes on is broken off; the next start mends it, and the next attempt goes on."""
        self._waiting = None
        self._heard.set()
        if self._job is not None:
            self._job.cancel()
        if self._thread is not None:
            self._thread.forget()
            self._thread.wait()
            self._thread = None

    # In the thread.

    def _inspect(self, job: Job) -> Found:
        self._disk.mend()
        self._machine = look(job)
        return self._disk.look()

    def _install(self, job: Job, choices: SetupChoices) -> Found:
        disk = self._disk
        with disk.alone():
            try:
                # Whoever was looked at a moment ago is not asked again, which takes seconds on a busy computer.
                known = self._machine if self._machine.interpreters else None
                machine = look(job) if known is None else known
                Installation(disk.layout, self._source, choices, job, self._say_replacing, machine, self._times).run()
            except Exception:
                disk.mend_alone()
                raise
        return disk.look()

    def _remove(self, keep: RemoveChoices) -> Found:
        with self._disk.alone():
            self._say_replacing()
            self._disk.remove(keep)
        self._disk.tidy()
        return self._disk.look()

    def _say_replacing(self) -> None:
        self._heard.clear()
        self._announce.emit()
        self._heard.wait(_PATIENCE)

    # On the GUI thread.

    def _start(self, work: Callable[[Job], Found], done: Callable[[], None] | None = None) -> None:
        """Have the thread do it, after what it is doing."""
        if self._thread is not None:
            self._waiting = lambda: self._start(work, done)
            return
        job = self._job = Job(lambda *told: self._told.emit(told))

        def outcome() -> _Outcome:
            try:
                return _Outcome(work(job))
            except Cancelled:
                return _Outcome(self._disk.look(), None, whole=False)
            except Exception as error:  # noqa: BLE001 - a thread has nobody above it
                return _Outcome(self._disk.look(), failure_of(error), whole=False)

        self._thread = Thread(outcome, lambda ended: self._ended(ended, done))

    def _ended(self, outcome: _Outcome, done: Callable[[], None] | None) -> None:
        self._thread = self._job = None
        found = outcome.found
        if not outcome.whole and found.damage is None:  # what only its start has shown is not mended by an attempt
            found = replace(found, damage=self._found.damage)
        self._found = found
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()
            self.changed.emit()
            return
        self._set(self._rested(outcome.error))
        if done is not None and outcome.whole:
            done()

    def _rested(self, error: NurieError | None = None) -> SetupState:
        return rested(self._found, self._lock.nurie.version if self._lock else "", PROTOCOL_VERSION, error)

    def _read_lock(self) -> NurieError | None:
        """What is wrong with the plugin's lock; to come without one is no fault before somebody presses the button."""
        try:
            self._lock = read_lock(self._source)
        except NurieError as error:
            return None if error.code == "no_backend" else failure_of(error)
        return None

    def _set(self, state: SetupState) -> None:
        self._state = state
        self.changed.emit()

    @Slot(object)
    def _hear(self, told: tuple[str, int, int, float | None]) -> None:
        state = progressed(self._state, *told)
        if state != self._state:
            self._set(state)

    @Slot()
    def _announced(self) -> None:
        self.replacing.emit()
        self._heard.set()


class _Outcome:
    """found: what lies on the disk now; error: why the work ended early, None if that was asked for; whole: done."""

    def __init__(self, found: Found, error: NurieError | None = None, *, whole: bool = True) -> None:
        self.found = found
        self.error = error
        self.whole = whole
