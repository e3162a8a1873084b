# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that appear whole or not at all, and that are put aside, never thrown away, when they cannot be read."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .i18n import tr
from .protocol import InputError, OutputError
from .qt import QtCore

__all__ = ["DamagedFileError", "locked", "read_object", "set_aside", "write_object", "write_whole"]


_PATIENCE_MS = 2_000
_STALE_MS = 10_000
"""A lock older than this was left behind by a Krita that crashed."""


class DamagedFileError(InputError):
    """A file of ours that cannot be read; it was put aside and what it held starts afresh."""

    default_code = "damaged_file"


def write_whole(path: Path, data: bytes, *, secret: bool = False, durable: bool = True) -> None:
    """Write a file through a temporary one beside it; OutputError tells why not.

    secret: for its owner only. durable: wait until the disk has it, which may take a while.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            if not secret:
                Path(name).chmod(0o644)  # mkstemp's are the owner's alone
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            tr("The file {name} could not be written: {reason}.", name=path.name, reason=reason),
            tr("Make room on the disk, or allow writing in {folder}.", folder=path.parent),
        ) from error


def write_object(path: Path, data: dict[str, Any], *, secret: bool = False) -> None:
    """Write a JSON object with ``write_whole``, not waiting for the disk: this happens while the artist paints."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    write_whole(path, text.encode("utf-8", "surrogatepass"), secret=secret, durable=False)


def read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, None without the file. DamagedFileError: it held none, and was put aside."""
    try:
        data = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(tr("The file {name} could not be read: {reason}.", name=path, reason=reason)) from error
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        aside = set_aside(path)
        raise DamagedFileError(
            tr("The file {name} was damaged and starts afresh.", name=path.name),
            tr("The damaged one is kept as {name}.", name=aside.name) if aside else "",
        )
    return data


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock while it is read, changed and written, so that two Kritas do so one after the other.

    Where locks do not work, as on some network drives, the last to write wins.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = QtCore.QLockFile(str(path.with_name(f".{path.name}.lock")))
    lock.setStaleLockTime(_STALE_MS)
    held = lock.tryLock(_PATIENCE_MS)
    try:
        yield
    finally:
        if held:
            lock.unlock()


def set_aside(path: Path) -> Path | None:
    """Rename a damaged file so that nothing overwrites it; its new path, None if that did not work."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
    try:
        return path.replace(aside)
    except OSError:
        return None
