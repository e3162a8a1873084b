# SPDX-License-Identifier: GPL-3.0-or-later
"""An installation from its first to its last step, in the setup's thread."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.protocol import PROTOCOL_VERSION, InputError, NurieError

from .download import fetch, intact, part_of
from .environment import Maker, color_sample, doctor, pythons_of
from .errors import disk_full, on_disk
from .index import read_index
from .installed import Installed, describe
from .job import Job
from .layout import Layout
from .lock import Lock, LockedFile, read_lock
from .machine import Machine
from .marker import FINISH, INSTALL, Marker, exchange, recover, write_marker
from .needs import Needs, choose
from .network import Network, Times
from .reuse import Present, kept_folder, origins
from .state import SetupChoices

__all__ = ["Installation", "bytes_there"]

_NAMED = 3
"""Missing packages that a sentence names."""


@dataclass(frozen=True)
class Installation:
    """layout: where; source: the folder with lock.json and the backend's wheel; replacing: called before the present
    environment is moved away; machine: this computer, that was looked at."""

    layout: Layout
    source: Path
    choices: SetupChoices
    job: Job
    replacing: Callable[[], None]
    machine: Machine
    times: Times = field(default_factory=Times)

    def run(self) -> None:
        """Ends with a working environment in place; else whatever was there is still there, after ``recover``.

        Cancelled, NurieError.
        """
        job, layout = self.job, self.layout
        job.enter("checking")
        lock = read_lock(self.source)
        needs = choose(lock, self.machine, self.choices.extras)
        self._check(lock)
        present = Present(layout.current)
        needs = needs.sparing(present.python, present.verified(needs.files, job), pythons_of(layout))
        maker = Maker(layout, needs.interpreter.system, self._folders(), job, self.choices.proxy)
        self._have_files(needs)
        job.enter("python")
        maker.unpack_uv(needs.uv)
        maker.make(self._python(maker, needs))
        job.enter("installing")
        here = [file.sha256 for file in (needs.uv, *needs.packages) if file.sha256 in needs.there]
        present.hand_over(here, layout.next, job, link=needs.linked)
        maker.install([*(package for package in needs.packages if package.sha256 not in needs.there), needs.nurie])
        maker.keep(needs.uv)
        job.enter("verifying")
        found = doctor(layout.next, needs.interpreter.system, job)
        job.enter("coloring sample")
        color_sample(layout.next, needs.interpreter.system, job, layout.cache / "sample.png")
        job.check()
        self._finish(needs, str(found.get("python", "")))

    def _check(self, lock: Lock) -> None:
        """What can be said before anything is done."""
        if not intact(self.source / lock.nurie.file, lock.nurie):
            text = tr("The plugin's file {name} is damaged.", name=lock.nurie.file)
            raise NurieError(text, tr("Install the plugin again."), code="damaged")
        with on_disk(self.layout.server):
            self.layout.wheels.mkdir(parents=True, exist_ok=True)
        recover(self.layout)
        write_marker(self.layout, Marker(INSTALL))

    def _folders(self) -> tuple[Path, ...]:
        return (self.choices.wheels or self.layout.wheels, self.source, kept_folder(self.layout.current))

    def _have_files(self, needs: Needs) -> None:
        files, folder = needs.downloads, self._folders()[0]
        self._check_room(needs)
        self.job.enter("downloading", sum(file.size for file in files))
        if self.choices.wheels is not None:
            self._look_for(files, folder)
            return
        network = Network(self.job, read_index(self.choices.index), self.choices.proxy, self.times)
        try:
            for file in files:
                fetch(network, file, folder)
        finally:
            network.close()

    def _check_room(self, needs: Needs) -> None:
        there = sum(bytes_there(folder, file) for folder in self._folders() for file in needs.downloads)
        with on_disk(self.layout.server):
            free = shutil.disk_usage(self.layout.server).free
        if free < needs.disk_bytes - there:
            raise disk_full(self.layout.server, needs.disk_bytes - there, free)

    def _look_for(self, files: tuple[LockedFile, ...], folder: Path) -> None:
        missing = []
        for file in files:
            if not intact(folder / file.file, file):
                missing.append(f"{file.name} {file.version}")
            self.job.advance(file.size, fresh=False)
        if missing:
            names = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
            raise InputError(
                tr("These are not in {folder}, or damaged: {names}.", folder=folder, names=names),
                tr("Put them there, or choose another folder."),
                code="missing_wheels",
            )

    def _python(self, maker: Maker, needs: Needs) -> Path:
        if not needs.brought:
            return Path(needs.interpreter.command[0])
        if needs.archive is not None:
            return maker.unpack_python(needs.archive)
        return maker.bring_python(".".join(map(str, needs.interpreter.version[:2])))

    def _finish(self, needs: Needs, python: str) -> None:
        """From here on it is not cancelled any more: what is left takes a moment."""
        layout, patient = self.layout, needs.interpreter.system == "windows"
        packages = {package.name: package.version for package in needs.packages}
        with on_disk(layout.next):
            files = describe(layout.next)
            wheels = origins(layout.next, (needs.uv, *needs.packages))
        extras = tuple(sorted(needs.extras))
        Installed(needs.nurie.version, PROTOCOL_VERSION, python, extras, packages, files, wheels).write(layout.next)
        self.replacing()
        exchange(layout, patient=patient)
        write_marker(layout, Marker(FINISH))
        recover(layout)


def bytes_there(folder: Path, file: LockedFile) -> int:
    """Of a file, how many bytes need not be downloaded any more."""
    for path in (folder / file.file, part_of(folder / file.file)):
        if path.is_file():
            return min(path.stat().st_size, file.size)
    return 0
