# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that the present environment has exactly as the lock wants them: the next one gets their files, and nothing
of them is downloaded again.

Their files are believed by digests alone: ``installed.json`` keeps that of each wheel and of its RECORD, and a RECORD
has those of all files. Of uv, which is in no environment, the wheel itself is kept.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import os
import posixpath
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nurie_krita.protocol import NurieError

from .download import digest
from .errors import on_disk
from .installed import Installed, read_installed, wrong_files
from .job import Job
from .lock import LockedFile

__all__ = ["Present", "kept_folder", "origins", "place", "sound"]


class Part(NamedTuple):
    """A file of a package. path: within the environment, with slashes; sha256: in hexadecimal digits."""

    path: str
    sha256: str


def kept_folder(environment: Path) -> Path:
    """Where an environment keeps wheels of what is not installed in it."""
    return environment / "wheels"


def origins(environment: Path, packages: Iterable[LockedFile]) -> dict[str, tuple[str, str]]:
    """For ``Installed.wheels``: by a wheel's digest the file that tells of its parts, and that file's digest.

    Packages that are not there are left out.
    """
    records = {
        _normalized(path.parent.name.partition("-")[0]): path
        for folder in _site_packages(environment)
        for path in folder.glob("*.dist-info/RECORD")
    }
    found = {}
    for package in packages:
        kept = kept_folder(environment) / package.file
        path = kept if kept.is_file() else records.get(_normalized(package.name))
        if path is not None:
            found[package.sha256] = path.relative_to(environment).as_posix(), digest(path)
    return found


def sound(environment: Path, installed: Installed) -> frozenset[str]:
    """Digests of the wheels whose files are all there, by their sizes."""
    wrong = {*wrong_files(environment, installed)}
    if not wrong:
        return frozenset(installed.wheels)
    found = set()
    for wheel, (listing, _) in installed.wheels.items():
        with contextlib.suppress(OSError, ValueError):
            paths = {part.path for part in _parts(environment, listing, wheel)}
            if not wrong & {listing, *paths}:
                found.add(wheel)
    return frozenset(found)


class Present:
    """The environment in use as a source of packages; one that is not there, or tells nothing of itself, has none."""

    def __init__(self, environment: Path) -> None:
        self._environment = environment
        self._installed: Installed | None = None
        self._parts: dict[str, list[Part]] = {}
        with contextlib.suppress(NurieError):
            self._installed = read_installed(environment)

    @property
    def python(self) -> str:
        """Its version, empty without one."""
        return "" if self._installed is None else self._installed.python

    def verified(self, wanted: Iterable[LockedFile], job: Job) -> frozenset[str]:
        """Digests of those of these wheels that are there to the last bit. Cancelled."""
        self._parts = {file.sha256: parts for file in wanted if (parts := self._verify(file.sha256, job)) is not None}
        return frozenset(self._parts)

    def hand_over(self, wheels: Iterable[str], target: Path, job: Job, *, link: bool) -> None:
        """Have the files of these verified wheels in another environment. link: as hard links, where that can be done.

        Cancelled, NurieError.
        """
        with on_disk(target):
            for part in (part for wheel in wheels for part in self._parts[wheel]):
                job.check()
                place(self._environment / part.path, target / part.path, link=link)

    def _verify(self, wheel: str, job: Job) -> list[Part] | None:
        known = None if self._installed is None else self._installed.wheels.get(wheel)
        if known is None:
            return None
        listing, sha256 = known
        try:
            if digest(self._environment / listing) != sha256:
                return None
            parts = list(_parts(self._environment, listing, wheel))
            for part in parts:
                job.check()
                if digest(self._environment / part.path) != part.sha256:
                    return None
        except (OSError, ValueError):
            return None
        own = Part(listing, sha256)
        return parts if own in parts else [*parts, own]


def place(source: Path, target: Path, *, link: bool) -> None:
    """A file a second time. OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        with contextlib.suppress(OSError):  # a file system that has no such links, or no more of them
            os.link(source, target)
            return
    shutil.copy2(source, target)


def _parts(environment: Path, listing: str, wheel: str) -> Iterator[Part]:
    """What a RECORD names but itself, or a kept wheel. ValueError, OSError."""
    if listing.endswith(".whl"):
        yield Part(listing, wheel)
        return
    base = posixpath.dirname(posixpath.dirname(listing))
    for name, coded, _ in csv.reader((environment / listing).read_text(encoding="utf-8").splitlines()):
        path = posixpath.normpath(posixpath.join(base, name))
        kind, _, letters = coded.partition("=")
        if path == listing:
            continue
        if kind != "sha256" or path.startswith(("../", "/")):
            raise ValueError(name)
        yield Part(path, base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4)).hex())


def _site_packages(environment: Path) -> list[Path]:
    return [*environment.glob("lib/python3.*/site-packages"), *environment.glob("Lib/site-packages")]


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
