"""The token: given by the environment or the first line of stdin, else made here. Never by an argument, which every
user of the machine can read in the list of processes."""

from __future__ import annotations

import os
import re
import secrets

from nurie.protocol import UsageError

__all__ = ["VARIABLE", "new_token", "take_token"]

VARIABLE = "NURIE_TOKEN"

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,256}")


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def take_token(*, from_stdin: bool) -> str | None:
    """The token that was given, or None. The variable is removed, so that no program started from here inherits it.

    UsageError for a token that is too short to be one, or that no header can carry.
    """
    given = os.environ.pop(VARIABLE, None)
    if from_stdin:
        given = _first_line()
    if not given and not from_stdin:
        return None
    if given is None or _TOKEN.fullmatch(given) is None:
        where = "first line of stdin" if from_stdin else f"variable {VARIABLE}"
        raise UsageError(
            f"The {where} holds no token.", "A token is 16 to 256 of letters, digits and . _ ~ + / = - signs."
        )
    return given


def _first_line() -> str:
    """Byte by byte from the descriptor: what follows the line stays there for whoever watches for its end."""
    line = bytearray()
    while len(line) < 512 and (byte := os.read(0, 1)) and byte != b"\n":
        line += byte
    return line.decode("latin-1").strip()
