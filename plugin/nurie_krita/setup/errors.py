# SPDX-License-Identifier: GPL-3.0-or-later
"""Why something could not be written or deleted, in a sentence."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError, OutputError

__all__ = ["disk_error", "disk_full", "on_disk"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_WINDOWS_IN_USE = {32, 33}
"""ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION."""


def disk_error(error: OSError, folder: Path) -> NurieError:
    """What the system said of something in this folder: ``disk_full``, ``in_use``, ``permission``, ``bad_output``."""
    if error.errno in _FULL:
        return disk_full(folder)
    if getattr(error, "winerror", None) in _WINDOWS_IN_USE or error.errno == errno.EBUSY:
        return OutputError(
            tr("Another program uses files in {folder}.", folder=folder),
            tr("Close other windows of Krita, and try again."),
            code="in_use",
        )
    if error.errno in _FORBIDDEN:
        return OutputError(
            tr("Nurie may not write in {folder}.", folder=folder),
            tr("Allow writing there, and try again."),
            code="permission",
        )
    reason = error.strerror or str(error)
    return OutputError(
        tr("Something could not be written in {folder}: {reason}.", folder=folder, reason=reason),
        tr("Check the disk, and try again."),
    )


def disk_full(folder: Path, needed: int = 0, free: int = 0) -> OutputError:
    """needed, free: bytes, where they are known."""
    if needed:
        text = tr(
            "{folder} has {free} MB free, and {needed} MB are needed.",
            folder=folder,
            free=free // 10**6,
            needed=-(-needed // 10**6),
        )
    else:
        text = tr("The disk of {folder} is full.", folder=folder)
    return OutputError(text, tr("Make room on the disk, and try again."), code="disk_full")


@contextlib.contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """Whatever the system refuses inside becomes a NurieError about this folder."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, folder) from error
