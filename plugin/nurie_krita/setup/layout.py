# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an installation lies, and how folders are moved and deleted on systems that hold on to them."""

from __future__ import annotations

import errno
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

from .errors import disk_error

__all__ = ["Layout", "delete", "folder_bytes", "move"]

_TRIES = 40
_BETWEEN = 0.25
"""Seconds; Windows keeps a program's files for a moment after its end, and virus scanners for longer."""
_RESTLESS = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT)
"""What deleting a folder fails with while somebody writes into it."""

_JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT. uv makes one beside each Python; it is no link to Python, nor a folder to delete."""


class Layout:
    """The folder ``server`` of the plugin's data.

    current: the environment in use, always whole; next: the one being made, whole once it has ``installed.json``;
    former: the one in use before, for the moment between two renames; gone: something that is being deleted; wheels:
    downloads; cache: uv's, and uv; pythons: interpreters that were brought along; marker: what is being done.
    """

    def __init__(self, server: Path) -> None:
        self.server = server
        self.current = server / "current"
        self.next = server / "next"
        self.former = server / "former"
        self.gone = server / "gone"
        self.wheels = server / "wheels"
        self.cache = server / "cache"
        self.pythons = server / "python"
        self.marker = server / "marker.json"
        self.lock = server.parent / ".setup.lock"

    @property
    def ours(self) -> tuple[Path, ...]:
        """Everything that we may have made there, but for the lock, which is the holder's."""
        return (
            self.current,
            self.next,
            self.former,
            self.gone,
            self.wheels,
            self.cache,
            self.pythons,
            *self.drafts,
            self.marker,
        )

    @property
    def drafts(self) -> tuple[Path, ...]:
        """Of the marker, left behind by somebody who was killed while writing it."""
        return tuple(self.server.glob(f".{self.marker.name}.*"))


def move(source: Path, target: Path, *, patient: bool) -> None:
    """Rename a folder; patient: a program may hold it for a while (Windows). NurieError."""
    _persist(lambda: source.rename(target), source.parent, patient=patient)


def delete(path: Path, *, patient: bool = False) -> None:
    """Delete a file or a folder, if it is there; links are deleted, not followed. NurieError."""
    if path.is_symlink() or path.is_file():
        _persist(lambda: path.unlink(missing_ok=True), path.parent, patient=patient)
    elif path.exists() and _reparse_tag(path) == _JUNCTION:
        _persist(path.rmdir, path.parent, patient=patient)
    elif path.exists():
        _persist(lambda: _delete_tree(path), path.parent, patient=patient, restless=True)


def folder_bytes(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 for what is not there."""
    if path.is_symlink():
        return 0
    if path.is_file():
        return path.stat().st_size
    return sum(entry.lstat().st_size for entry in path.rglob("*") if not entry.is_dir())


def _persist(act: Callable[[], object], folder: Path, *, patient: bool, restless: bool = False) -> None:
    """restless: a program whose Krita was killed may still be writing there."""
    for attempt in range(_TRIES):
        try:
            act()
        except OSError as error:
            passing = (patient and isinstance(error, PermissionError)) or (restless and error.errno in _RESTLESS)
            if not passing or attempt == _TRIES - 1:
                raise disk_error(error, folder) from error
            time.sleep(_BETWEEN)
        else:
            return


def _reparse_tag(path: Path) -> int:
    """Windows' kind of a folder that leads elsewhere; 0 for any other."""
    return int(getattr(path.lstat(), "st_reparse_tag", 0))


def _delete_tree(path: Path) -> None:
    """Writable first: what an archive made read-only is ours all the same."""
    if not path.exists():  # tried again, after whoever wrote there took it away
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        for entry in (path, *path.rglob("*")):
            if not entry.is_symlink():
                entry.chmod(entry.stat().st_mode | stat.S_IRWXU)
        shutil.rmtree(path)
