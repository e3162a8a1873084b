# SPDX-License-Identifier: GPL-3.0-or-later
"""What an installation on this machine consists of, and what a person is told of it beforehand. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError

from .lock import Lock, LockedFile, ManagedPython, Package, unfit
from .machine import Machine
from .state import Extra, SetupPlan
from .systems import Interpreter

__all__ = ["Needs", "choose", "extras_for", "plan_of"]

OLDEST = (3, 10)
_BROUGHT = 35_000_000
"""Bytes that uv downloads for a Python whose archive the lock does not name: 20 to 34 MB with the system."""
_UNPACKED = 3.5
_SLACK = 50_000_000


@dataclass(frozen=True)
class Needs:
    """interpreter: command empty where it has to be brought along; archive: of that, None where uv knows it; uv: the
    program that makes environments; packages: wheels; nurie: the backend's own, which is here already; extras: all;
    there: digests of files that nobody needs to have, as what they bring is here; python_there: of a Python that is
    brought along and has no archive, the same."""

    interpreter: Interpreter
    archive: ManagedPython | None
    uv: Package
    packages: tuple[Package, ...]
    nurie: LockedFile
    extras: frozenset[str]
    there: frozenset[str] = frozenset()
    python_there: bool = False

    @property
    def brought(self) -> bool:
        """Whether a Python is brought along."""
        return not self.interpreter.command

    @property
    def files(self) -> tuple[LockedFile, ...]:
        """Every file that the lock names for this, in the order in which they are needed."""
        archive = () if self.archive is None else (self.archive,)
        return (self.uv, *archive, *self.packages)

    @property
    def downloads(self) -> tuple[LockedFile, ...]:
        """Those to be had."""
        return tuple(file for file in self.files if file.sha256 not in self.there)

    @property
    def linked(self) -> bool:
        """Whether packages of the present environment become hard links. Windows deletes none of them while a program
        uses another."""
        return self.interpreter.system != "windows"

    @property
    def disk_bytes(self) -> int:
        """At most, while it is made."""
        python = 0 if self.python_there or not self.brought else _BROUGHT
        if self.archive is not None:
            python = 0 if self.archive.sha256 in self.there else self.archive.size
        new = [package for package in self.packages if not (self.linked and package.sha256 in self.there)]
        unpacked = sum(package.installed for package in (self.uv, *new)) + round(python * _UNPACKED)
        return unpacked + self.nurie.size + sum(file.size for file in self.downloads) + _SLACK

    def sparing(self, python: str, wheels: frozenset[str], pythons: Iterable[str]) -> Needs:
        """The same where packages of these wheels are installed, for a Python of this version, and these folders of
        Pythons were brought along."""
        there = wheels if python.split(".")[:2] == _short(self).split(".")[:2] else wheels & {self.uv.sha256}
        names = tuple(pythons)
        if self.archive is not None and self.archive.version in names:
            there |= {self.archive.sha256}
        prefix = "cpython-{}.{}.".format(*self.interpreter.version)
        return replace(self, there=there, python_there=any(name.startswith(prefix) for name in names))

    @property
    def runtime(self) -> str:
        """What colours: ``CPU`` or ``CUDA``."""
        return "CUDA" if "cuda" in self.extras else "CPU"


def choose(lock: Lock, machine: Machine, extras: Iterable[str]) -> Needs:
    """The first interpreter that every wheel runs on, or one that is brought along. NurieError ``no_python``."""
    wanted = frozenset(extras) & lock.extras
    wanted |= frozenset() if "cuda" in wanted else {"cpu"} & lock.extras
    uv = lock.uv(replace(machine.host, version=(3, 12, 0)))
    if uv is None:
        raise unfit()
    for interpreter in machine.interpreters:
        packages = lock.select(interpreter, wanted) if interpreter.version >= OLDEST else None
        if packages is not None:
            return Needs(interpreter, None, uv, packages, lock.nurie, wanted)
    archive = lock.managed(machine.host.system, machine.host.machine)
    numbers = [*map(int, (archive.version if archive else lock.python).split(".")), 0][:3]
    brought = replace(machine.host, version=(numbers[0], numbers[1], numbers[2]))
    packages = lock.select(brought, wanted)
    if packages is None:
        raise unfit()
    return Needs(brought, archive, uv, packages, lock.nurie, wanted)


def plan_of(needs: Needs, folder: Path, there: Callable[[LockedFile], int]) -> SetupPlan:
    """there: bytes of a file that need not be downloaded any more."""
    items = [(f"Nurie {needs.nurie.version}", 0)]
    if needs.brought and needs.archive is None:
        items.append((f"Python {_short(needs)}", 0 if needs.python_there else _BROUGHT))
    names = {"uv": f"uv {needs.uv.version}", "python": f"Python {_short(needs)}"}
    for file in needs.files:
        size = 0 if file.sha256 in needs.there else max(0, file.size - there(file))
        items.append((names.get(file.name, f"{file.name} {file.version}"), size))
    words = tr("Python {version}, brought along", version=_short(needs))
    if not needs.brought:
        path = needs.interpreter.command[0]
        words = tr("Python {version}, {path}", version=_short(needs), path=path)
    total = sum(size for _, size in items)
    return SetupPlan(tuple(items), total, needs.disk_bytes, folder, words, needs.runtime)


def extras_for(lock: Lock, machine: Machine, installed: Iterable[str] | None) -> tuple[Extra, ...]:
    """The optional parts that run here, with what they cost; on are those installed, before the first installation
    (None) those suggested for this machine."""
    there = frozenset(installed or ())
    words = {
        "cuda": (tr("CUDA"), tr("Colors on the NVIDIA graphics card, many times faster")),
        "openvino": (tr("OpenVINO"), tr("Colors faster on many Intel processors")),
        "torch": (tr("PyTorch"), tr("The engine for training, and for models without graphs")),
        "psd": (tr("Photoshop files"), tr("Reads and writes layers of .psd files on the command line")),
    }
    found = []
    for name in words:
        if name not in lock.extras or (name == "cuda" and not (machine.gpu and machine.gpu.usable)):
            continue
        try:
            without, more = choose(lock, machine, there - {name}), choose(lock, machine, there | {name})
        except NurieError:  # it has no wheels for this machine
            continue
        size = sum(file.size for file in {*more.downloads} - {*without.downloads})
        found.append(Extra(name, *words[name], size, name in there or (name == "cuda" and installed is None)))
    return tuple(found)


def _short(needs: Needs) -> str:
    return ".".join(map(str, needs.interpreter.version[: 2 if needs.brought else 3]))
