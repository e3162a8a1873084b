# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock that comes with the backend's wheel: every file that an installation may need, by name and SHA-256."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError, is_digest

from .systems import Interpreter, platform_key
from .tags import MarkerError, fits, marker_holds, version_key

__all__ = ["Lock", "LockedFile", "ManagedPython", "Package", "read_lock", "unfit"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_UNPACKED = 3.5
"""Bytes on the disk for a byte of a wheel, where the lock does not say."""


@dataclass(frozen=True)
class LockedFile:
    """One file. size: bytes; sha256: of them."""

    name: str
    version: str
    file: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Package(LockedFile):
    """A wheel. marker: where it is needed; tags: where it runs; extra: of which optional part it is, empty for none;
    installed: bytes unpacked."""

    marker: str
    tags: str
    extra: str
    installed: int


@dataclass(frozen=True)
class ManagedPython(LockedFile):
    """An archive of python-build-standalone, at a full address."""

    platform: str
    url: str


@dataclass(frozen=True)
class Lock:
    """nurie: the backend's own wheel, which lies beside the lock; python: e.g. ``3.12``, to bring along where there is
    none; pythons: archives of it, where they are known."""

    nurie: LockedFile
    python: str
    pythons: tuple[ManagedPython, ...]
    packages: tuple[Package, ...]

    @property
    def extras(self) -> frozenset[str]:
        """Names of the optional parts there are."""
        return frozenset(package.extra for package in self.packages) - {"", "uv"}

    def managed(self, system: str, machine: str) -> ManagedPython | None:
        """The Python to bring along, None where there is none for this platform."""
        key = platform_key(system, machine)
        return next((python for python in self.pythons if python.platform == key), None)

    def uv(self, interpreter: Interpreter) -> Package | None:
        """The wheel that holds uv's program for this machine."""
        fitting = [package for package in self.packages if package.extra == "uv" and fits(package.tags, interpreter)]
        return max(fitting, key=lambda package: version_key(package.version), default=None)

    def select(self, interpreter: Interpreter, extras: Iterable[str]) -> tuple[Package, ...] | None:
        """The wheels to install, by name; None where something has no wheel for this interpreter."""
        wanted = {"", *extras}
        needed: dict[str, Package | None] = {}
        for package in self.packages:
            if package.extra not in wanted or not marker_holds(package.marker, interpreter):
                continue
            best = needed.setdefault(package.name, None)
            newer = best is None or version_key(package.version) > version_key(best.version)
            if newer and fits(package.tags, interpreter):
                needed[package.name] = package
        chosen = [needed[name] for name in sorted(needed)]
        found = tuple(package for package in chosen if package is not None)
        return found if found and len(found) == len(chosen) else None


def unfit() -> NurieError:
    """Nothing in the lock runs here."""
    return NurieError(
        tr("No Python was found on this computer that the backend can run with."),
        tr("Install Python 3.12 from python.org, and try again."),
        code="no_python",
    )


def read_lock(folder: Path) -> Lock:
    """From ``lock.json`` in a folder. NurieError ``no_backend`` without it, ``damaged`` where it makes no sense."""
    path = folder / "lock.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NurieError(
            tr("This plugin comes without its backend."), tr("Install the plugin from its zip."), code="no_backend"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path) from error
    try:
        nurie = data["nurie"]
        return Lock(
            LockedFile("nurie", *_common(nurie)),
            _python_version(data["python"]),
            tuple(_managed(entry) for entry in data["python"]["managed"]),
            tuple(_package(entry) for entry in data["packages"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> NurieError:
    return NurieError(
        tr("The plugin's file {name} is damaged.", name=path.name), tr("Install the plugin again."), code="damaged"
    )


def _common(entry: Mapping[str, Any]) -> tuple[str, str, str, int]:
    """Version, file, digest and size. A file's name is nothing but a name: it becomes part of paths and addresses."""
    version, file, sha256, size = (entry[key] for key in ("version", "file", "sha256", "size"))
    whole = isinstance(size, int) and not isinstance(size, bool) and size > 0
    if not (whole and isinstance(version, str) and _NAME.fullmatch(file) and is_digest(sha256)):
        raise ValueError(file)
    return version, file, sha256, size


def _python_version(entry: Mapping[str, Any]) -> str:
    version = entry.get("version", "3.12")
    if not re.fullmatch(r"3\.\d+(\.\d+)?", version):
        raise ValueError(version)
    return str(version)


def _package(entry: Mapping[str, Any]) -> Package:
    name, marker, tags, extra = entry["name"], entry.get("marker", ""), entry["tags"], entry.get("extra", "")
    version, file, sha256, size = _common(entry)
    installed = entry.get("installed", round(size * _UNPACKED))
    if not _NAME.fullmatch(name) or not all(isinstance(text, str) for text in (marker, tags, extra)):
        raise ValueError(name)
    try:
        marker_holds(marker, Interpreter((), (3, 12, 0), "linux", "x86_64"))
    except MarkerError as error:
        raise ValueError(marker) from error
    return Package(name, version, file, sha256, size, marker, tags, extra, int(installed))


def _managed(entry: Mapping[str, Any]) -> ManagedPython:
    platform, url = entry["platform"], entry["url"]
    if not isinstance(platform, str) or not url.startswith(("https://", "http://")):
        raise ValueError(url)
    return ManagedPython("python", *_common(entry), platform, url)
