"""The run file of a server started by hand: where it listens and its token, readable by its user alone."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

from nurie.protocol import PROTOCOL_VERSION, OutputError

__all__ = ["default_run_file", "remove_run_file", "write_run_file"]


def default_run_file() -> Path:
    """In the user's own folder: a runtime folder may lie, where the system has none, in a /tmp shared with others."""
    return user_state_path("nurie", appauthor=False) / "server.json"


def write_run_file(path: Path, url: str, token: str) -> None:
    """Write it whole, mode 0600, in place of an older one. OutputError when that cannot be."""
    content = {"url": url, "token": token, "protocol": PROTOCOL_VERSION, "pid": os.getpid()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes files that only their owner may read.
        descriptor, name = tempfile.mkstemp(prefix=".server-", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
        Path(name).replace(path)
    except OSError as error:
        raise OutputError(f"The run file {path} could not be written: {error.strerror}.", "Free its folder.") from error


def remove_run_file(path: Path) -> None:
    """Remove it, unless another server has put its own in its place."""
    with suppress(OSError, ValueError, KeyError):
        if json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid():
            path.unlink()
