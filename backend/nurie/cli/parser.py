"""An argument parser whose mistakes are typed errors, so that ``--json`` and the exit codes hold for them too."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from nurie.protocol import UsageError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["Parser"]

__all__ = ["Parser"]


class Parser(argparse.ArgumentParser):
    """argparse without abbreviations (an added flag would change what they mean) and raising UsageError."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        raise UsageError(f"{sentence}.", f"'{self.prog} --help' shows how to use it.")
