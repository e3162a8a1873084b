"""Downloading one file of a model: resumed where it broke off, checked against its record, whole or not at all."""

from __future__ import annotations

import http.client
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from nurie.protocol import ModelError
from nurie.runtime.manifest import FileRecord, record

__all__ = ["Progress", "check_address", "check_space", "download", "fetch_small"]

Progress = Callable[[str, Literal["downloading", "verifying", "ready"], int, int], None]
"""Told of a file's name, what is done with it, and how many bytes of how many are there."""

_BLOCK = 1 << 18
_TRIES = 5
_LOOPBACK = ("127.0.0.1", "localhost")
_SMALL = 1 << 20


def check_address(url: str) -> None:
    """ModelError unless this is https; http is taken from this very computer only, where nobody can listen in."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ModelError(f"{url} is no https address.", "Models are fetched over https only.")


def check_space(folder: Path, size: int) -> None:
    """ModelError unless so many bytes fit where the folder is."""
    free = shutil.disk_usage(folder).free
    if free < size:
        text = f"{folder} has {free / 1e6:.0f} MB of free space, and {size / 1e6:.0f} MB are needed."
        raise ModelError(text, "Free some, or choose another folder of models.", code="disk_full")


def fetch_small(url: str, *, timeout: float = 20.0) -> bytes:
    """A file of at most a megabyte, in memory. ModelError."""
    check_address(url)
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310 - the scheme was checked
            content: bytes = answer.read(_SMALL + 1)
    except (OSError, http.client.HTTPException) as error:
        raise ModelError(f"{url} could not be fetched ({_reason(error)}).", "Check the connection.") from error
    if len(content) > _SMALL:
        raise ModelError(f"{url} is larger than a manifest is.", "Check the address.")
    return content


def download(
    url: str,
    expected: FileRecord,
    target: Path,
    progress: Progress | None = None,
    *,
    timeout: float = 20.0,
    pause: float = 1.0,
) -> None:
    """Fetch ``url`` to ``target``; what an earlier try left in ``target``.part is gone on with.

    A connection that breaks or stalls for ``timeout`` seconds is taken up again, five times in all, ``pause`` seconds
    apart. A file of other bytes is fetched once more from its start. ModelError, the target untouched, when that does
    not help; what was got stays for the next try.
    """
    check_address(url)
    tell = progress or (lambda *_: None)
    part = target.with_name(f"{target.name}.part")
    reason = "no answer"
    for attempt in range(_TRIES):
        have = part.stat().st_size if part.exists() else 0
        if have < expected.bytes:
            if attempt:
                time.sleep(pause)
            check_space(target.parent, expected.bytes - have)
            try:
                _go_on(
                    url,
                    have,
                    expected.bytes,
                    part,
                    timeout,
                    lambda n: tell(target.name, "downloading", n, expected.bytes),
                )
            except (OSError, http.client.HTTPException) as error:
                reason = _reason(error)
                continue
        if not part.exists() or part.stat().st_size < expected.bytes:
            reason = "it ended early"
            continue
        tell(target.name, "verifying", expected.bytes, expected.bytes)
        if record(part) == expected:
            part.replace(target)
            tell(target.name, "ready", expected.bytes, expected.bytes)
            return
        reason = "its bytes are not those of the manifest"
        part.unlink()
    raise ModelError(f"{target.name} could not be downloaded: {reason}.", "Try again later, or install it from a file.")


def _go_on(url: str, have: int, size: int, part: Path, timeout: float, tell: Callable[[int], None]) -> None:
    """Fetch the bytes from ``have`` to ``size`` and no more, whatever the server says their number is."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
        # A server that does not know ranges sends everything again.
        if have and (answer.status != 206 or _first_byte(answer.headers.get("Content-Range", "")) != have):
            have = 0
        with part.open("r+b" if have else "wb") as file:
            file.seek(have)
            while have < size and (block := answer.read(min(_BLOCK, size - have))):
                file.write(block)
                have += len(block)
                tell(have)


def _first_byte(content_range: str) -> int | None:
    """Of ``bytes 100-199/200``."""
    first = content_range.removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdecimal() else None


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "reason", "") or error).split())[:200] or type(error).__name__
