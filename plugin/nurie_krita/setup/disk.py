# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the plugin's data folder, looked at, mended and removed; all but ``glance`` in the setup's thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.protocol import PROTOCOL_VERSION, Cancelled, NurieError
from nurie_krita.qt import QtCore

from . import removal
from .environment import doctor, pythons_of
from .errors import disk_error, on_disk
from .installed import damage, read_installed
from .job import Job
from .layout import Layout, folder_bytes
from .marker import REMOVE, read_marker, recover
from .reuse import sound
from .state import Found, RemoveChoices

__all__ = ["Disk"]


class Disk:
    """folder: the plugin's data; models: the backend's; patient: the system holds on to files for a while."""

    def __init__(self, folder: Path, models: Path, *, patient: bool) -> None:
        self.folder = folder
        self.models = models
        self.layout = Layout(folder / "server")
        self._patient = patient

    def glance(self) -> Found:
        """What is there, as it says itself."""
        try:
            installed = read_installed(self.layout.current)
        except NurieError as error:
            return Found(damage=error, pythons=pythons_of(self.layout))
        found = Found(kept=self._kept(), pythons=pythons_of(self.layout))
        if installed is None:
            return found
        return replace(
            found,
            version=installed.version,
            protocol=installed.protocol,
            extras=installed.extras,
            python=installed.python,
            wheels=frozenset(installed.wheels),
        )

    def look(self) -> Found:
        """What is there, looked at file by file."""
        found = self.glance()
        if found.version is None:
            return found
        try:
            installed = read_installed(self.layout.current)
            wrong = None if installed is None else damage(self.layout.current, installed)
            if wrong is not None and installed is not None:
                found = replace(found, wheels=sound(self.layout.current, installed))
        except NurieError as error:
            wrong = error
        except OSError as error:
            wrong = disk_error(error, self.layout.server)
        return replace(found, damage=wrong)

    def examine(self, job: Job, system: str, error: NurieError) -> Found:
        """The same, of a backend that ended with this error. Cancelled."""
        found = self.look()
        if found.damage is not None or found.version is None:
            return found
        if error.code == "protocol":
            return replace(found, protocol=-1 if found.protocol == PROTOCOL_VERSION else found.protocol)
        try:
            doctor(self.layout.current, system, job)
        except Cancelled:
            raise
        except NurieError as wrong:
            return replace(found, damage=wrong)
        return found

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """No other Krita does anything here meanwhile. NurieError ``busy``, ``permission``."""
        with on_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = QtCore.QLockFile(str(self.layout.lock))
        lock.setStaleLockTime(0)  # only its process's end makes it stale
        if not lock.tryLock(0):
            if lock.error() == QtCore.QLockFile.LockError.PermissionError:
                raise disk_error(PermissionError(13, "Permission denied"), self.folder)
            raise NurieError(
                tr("Another window of Krita is setting up Nurie just now."),
                tr("Wait until it has finished, and try again."),
                code="busy",
            )
        try:
            yield
        finally:
            lock.unlock()

    def mend(self) -> None:
        """Finish or take back what was broken off, unless another Krita is at it; what cannot be is left."""
        if self.layout.server.exists():
            with contextlib.suppress(NurieError), self.alone():
                self.mend_alone()
            if not any(path.exists() for path in self.layout.ours):
                self.tidy()

    def mend_alone(self) -> None:
        """The same, within ``alone``."""
        with contextlib.suppress(NurieError, OSError):
            marker = read_marker(self.layout)
            if marker is not None and marker.doing == REMOVE:
                self.remove(marker.keep)
            else:
                recover(self.layout)

    def remove(self, keep: RemoveChoices) -> None:
        """Everything that was installed, and what is not kept. NurieError."""
        removal.remove(self.layout, self.folder, self.models, keep, patient=self._patient)

    def tidy(self) -> None:
        """Take away folders that are empty."""
        removal.tidy(self.layout, self.folder, self.models)

    def _kept(self) -> int:
        with contextlib.suppress(OSError):
            return sum(folder_bytes(path) for path in self.layout.wheels.glob("*") if path.suffix != ".etag")
        return 0
