"""The log: a rotating file for its user alone, the job's id in each line; no image, no token."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import cast

from platformdirs import user_log_path

from nurie.protocol import OutputError

__all__ = ["default_log_file", "open_log"]

_LINE = "%(asctime)s %(levelname)s [%(job)s] %(message)s"
_BYTES, _FILES = 1_000_000, 3


def default_log_file() -> Path:
    """In the user's folder for logs."""
    return user_log_path("nurie", appauthor=False) / "server.log"


def open_log(path: Path | None) -> None:
    """Let the server and uvicorn log to ``path``, at most four megabytes of it; None is stderr. OutputError."""
    try:
        handler: logging.Handler
        if path is None:
            handler = logging.StreamHandler(sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = _PrivateFile(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The log {path} could not be opened: {error.strerror}.", "Choose another.") from error
    handler.setFormatter(logging.Formatter(_LINE, defaults={"job": "-"}))
    for name, level in (("nurie.server", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """Others need not read what an artist is doing."""

    def _open(self) -> TextIOWrapper:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return cast("TextIOWrapper", open(self.baseFilename, self.mode, encoding=self.encoding, opener=private))
