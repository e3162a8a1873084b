"""What a batch has finished: one line a picture, so that the next run knows what need not be done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from nurie import __version__
from nurie.runtime.manifest import record

__all__ = ["NAME", "Ledger", "fingerprint"]

NAME = ".nurie-batch.jsonl"


def fingerprint(files: Iterable[Path], options: object) -> str:
    """Of everything but the drawing that decides what a picture looks like: files by content, options by value."""
    state = hashlib.sha256(f"{__version__} {options!r}".encode())
    for file in files:
        state.update(_digest(file).encode())
    return state.hexdigest()


class Ledger:
    """The finished pictures of one output folder, made with ``conditions`` or with others."""

    def __init__(self, folder: Path, conditions: str) -> None:
        self._path = folder / NAME
        self._conditions = conditions
        self._done: dict[str, str] = {}
        with suppress(OSError):
            for line in self._path.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, KeyError, TypeError):  # a line that was cut short counts for nothing
                    entry = json.loads(line)
                    self._done[str(entry["output"])] = str(entry["made_of"])

    def has(self, frame: Path, output: Path) -> bool:
        """Whether this very picture is there already, made of this very drawing under these conditions."""
        return output.is_file() and self._done.get(output.name) == self._made_of(frame)

    def add(self, frame: Path, output: Path) -> None:
        """Note a picture that was written. A note that cannot be written costs no more than doing it again."""
        made_of = self._done[output.name] = self._made_of(frame)
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"output": output.name, "made_of": made_of}) + "\n")

    def _made_of(self, frame: Path) -> str:
        return hashlib.sha256(f"{self._conditions} {_digest(frame)}".encode()).hexdigest()


def _digest(file: Path) -> str:
    """Of its bytes; of nothing for one that cannot be read, which is told where it is used."""
    try:
        return record(file).sha256
    except OSError:
        return ""
