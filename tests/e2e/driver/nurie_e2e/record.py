# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run hands back: checks, facts and tracebacks, kept in one JSON file that is whole at any time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["Record", "StopCase"]


class StopCase(Exception):  # noqa: N818 - not an error of its own: the failed check is on record
    """A check failed without which the case cannot go on."""


class Record:
    """Checks with their outcome, facts by name, tracebacks by place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data: dict[str, Any] = {"checks": [], "facts": {}, "tracebacks": {}, "screenshots": [], "finished": False}

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = self._data["facts"]
        return facts

    def check(self, name: str, ok: object, detail: object = "") -> bool:
        """Note an outcome; it is returned."""
        self._data["checks"].append({"name": name, "ok": bool(ok), "detail": str(detail)[:2000]})
        return bool(ok)

    def traceback(self, place: str, text: str) -> None:
        self._data["tracebacks"][place] = text

    def screenshot(self, name: str) -> None:
        self._data["screenshots"].append(name)

    def save(self, *, finished: bool = False) -> None:
        """Write everything so far; once finished, it stays so."""
        self._data["finished"] |= finished
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._data, indent=1, default=str), encoding="utf-8")
        part.replace(self._path)
