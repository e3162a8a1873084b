# SPDX-License-Identifier: GPL-3.0-or-later
"""One file at a time, whole and right: it goes on where it stopped, and is believed only by its SHA-256."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError

from .errors import on_disk
from .index import ACCEPT, address_of, host_of
from .lock import LockedFile, ManagedPython
from .network import Answer, BrokenError, Network

__all__ = ["digest", "fetch", "intact", "part_of"]

_PIECE = 1 << 20
_LONGEST_PAGE = 64 << 20
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def part_of(path: Path) -> Path:
    """Where a file lies while it comes."""
    return path.with_name(f"{path.name}.part")


def intact(path: Path, file: LockedFile) -> bool:
    """Whether a file is there and is what the lock says."""
    try:
        return path.stat().st_size == file.size and digest(path) == file.sha256
    except OSError:
        return False


def fetch(network: Network, file: LockedFile, folder: Path) -> Path:
    """Have a file in the folder; each byte is told to the network's job, those that are there already at once.

    Cancelled; NurieError ``offline`` after several tries that brought nothing, ``not_found``, ``damaged_download``,
    ``disk_full``, ``permission``, and those of ``Network``.
    """
    target = folder / file.file
    with on_disk(folder):
        if intact(target, file):
            network.job.advance(file.size, fresh=False)
            return target
        _make_room(target, file)
    network.job.advance(_size(part_of(target)), fresh=False)
    tries = [*network.times.retries]
    damaged = False
    address = ""
    while True:
        before = _size(part_of(target))
        try:
            address = address or _address(network, file)
            _take(network, address, file, target)
            network.job.check()
            with on_disk(folder):
                _believe(file, target)
            return target
        except _WrongError as wrong:
            with on_disk(folder):
                network.job.advance(-_size(part_of(target)))
                _forget(target)
            if damaged:
                raise _damaged(file, address) from wrong
            damaged = True
        except BrokenError as broken:
            if _size(part_of(target)) > before:  # something came: patience begins anew
                tries = [*network.times.retries]
            if not tries:
                raise broken.error from broken
            network.job.wait(tries.pop(0))


class _WrongError(Exception):
    """What came is not what was asked for."""


def _believe(file: LockedFile, target: Path) -> None:
    """The part becomes the file."""
    if not intact(part_of(target), file):
        raise _WrongError
    part_of(target).replace(target)
    _etag(target).unlink(missing_ok=True)


def _make_room(target: Path, file: LockedFile) -> None:
    """What lies in the way is no part of this file."""
    target.unlink(missing_ok=True)
    if _size(part_of(target)) > file.size:
        _forget(target)


def _forget(target: Path) -> None:
    part_of(target).unlink(missing_ok=True)
    _etag(target).unlink(missing_ok=True)


def _etag(target: Path) -> Path:
    """Keeps the server's name for what it began to send."""
    return target.with_name(f"{target.name}.etag")


def _address(network: Network, file: LockedFile) -> str:
    if isinstance(file, ManagedPython):
        return file.url
    page = network.index.project(file.name)
    answer, kind, url = network.read(page, {"Accept": ACCEPT}, _LONGEST_PAGE)
    try:
        found = address_of(file.file, answer, kind, url)
    except ValueError as error:
        raise NurieError(
            tr("What {host} answers is no package index.", host=host_of(url)),
            tr("Check the package index in the settings."),
            code="no_index",
        ) from error
    if found is None:
        raise NurieError(
            tr("{host} does not have {name}.", host=host_of(url), name=file.file),
            tr("Choose another package index in the settings, or install from a folder of wheels."),
            code="not_found",
        )
    return found


def _take(network: Network, address: str, file: LockedFile, target: Path) -> None:
    """Append to the part what it lacks."""
    part, have = part_of(target), _size(part_of(target))
    if have == file.size:
        return
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if (etag := _read(_etag(target))) is not None:
            headers["If-Range"] = etag
    answer = network.open(address, headers)
    try:
        goes_on = answer.status == 206 and have > 0
        rest = file.size - (have if goes_on else 0)
        if not _promises(answer, rest, have if goes_on else None, file.size):
            raise _WrongError
        if not goes_on:
            network.job.advance(-have)
        with on_disk(part.parent):
            _keep_etag(target, answer.header("ETag"))
            with part.open("ab" if goes_on else "wb") as out:
                for piece in answer.pieces():
                    rest -= len(piece)
                    if rest < 0:
                        raise _WrongError
                    out.write(piece)
                    network.job.advance(len(piece))
    finally:
        answer.close()
    if rest:  # an end that claimed to be one
        text = tr("{name} came only in part.", name=file.file)
        raise BrokenError(NurieError(text, tr("Try again: it goes on where it stopped."), code="offline"))


def _promises(answer: Answer, rest: int, first: int | None, size: int) -> bool:
    """Whether the head announces the bytes that are lacking."""
    length = answer.header("Content-Length")
    if answer.status == 416 or (length.isdigit() and int(length) != rest):
        return False
    if first is None:
        return True
    found = _RANGE.fullmatch(answer.header("Content-Range").strip())
    return found is not None and int(found[1]) == first and found[2] in ("*", str(size))


def _keep_etag(target: Path, etag: str) -> None:
    """A weak one does not say that the bytes are the same."""
    if etag and not etag.startswith("W/"):
        _etag(target).write_text(etag, encoding="latin-1")
    else:
        _etag(target).unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="latin-1") or None
    except OSError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def digest(path: Path) -> str:
    """A file's SHA-256. OSError."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            state.update(piece)
    return state.hexdigest()


def _damaged(file: LockedFile, address: str) -> NurieError:
    return NurieError(
        tr("{name} arrived damaged from {host}.", name=file.file, host=host_of(address)),
        tr("Try again; choose another package index in the settings if it happens again."),
        code="damaged_download",
    )
