# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist set once for all documents, kept in one file.

The file outlives updates in both directions: a version of the plugin keeps what it does not know, so that going back
to an older one and forth again loses nothing. Several Kritas may share it: only what was changed is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .files import DamagedFileError, locked, read_object, write_object
from .options import OptionValues
from .protocol import NurieError
from .qt import QtCore, Signal

__all__ = ["VERSION", "Settings", "SettingsValues"]

VERSION = 1
_FILE = "settings.json"
_DELAY_MS = 400
"""A slider that is dragged writes once, when it rests."""


@dataclass(frozen=True)
class SettingsValues:
    """One field a setting.

    language: code, None for the system's. server_command: that starts the backend, as in a shell; empty to look for it.
    server_address, server_token: of a backend on another computer; empty for one's own. idle_minutes: without work,
    after which the backend ends and gives memory back; 0 for never. results_in_document: results are kept in the .kra.
    results_megabytes: memory for results, older ones go to the disk. welcomed: the first-run page was seen. options:
    what was chosen last, the start for the next document. unfolded: names of the panel's folded parts that are open.
    package_index, proxy, wheels, extras: how the engine is set up, as ``setup.SetupChoices``; empty for the usual,
    extras None for what suits the computer.
    """

    language: str | None = None
    server_command: str = ""
    server_address: str = ""
    server_token: str = ""
    idle_minutes: float = 5.0
    results_in_document: bool = False
    results_megabytes: int = 256
    welcomed: bool = False
    options: OptionValues = field(default_factory=OptionValues)
    unfolded: tuple[str, ...] = ()
    package_index: str = ""
    proxy: str = ""
    wheels: str = ""
    extras: tuple[str, ...] | None = None

    def changed(self, **changes: object) -> SettingsValues:
        """A copy with these; what makes no sense is left as it was."""
        read = {name: _READERS[name](value, getattr(self, name)) for name, value in changes.items() if name in _READERS}
        return replace(self, **read)


class Settings(QtCore.QObject):
    """Read ``values``, write with ``set``; ``changed`` names each setting that became another.

    ``failed`` carries a NurieError when they could not be written; they hold until Krita ends all the same.
    """

    changed = Signal(str)
    failed = Signal(object)

    def __init__(self, folder: Path, parent: QtCore.QObject | None = None) -> None:
        """``folder``: ``paths.data_folder()``; made when something is kept."""
        super().__init__(parent)
        self._path = folder / _FILE
        self.damaged: NurieError | None = None
        """Why they could not be read at the start, None if they could."""
        self._values = SettingsValues()
        try:
            self._values = _parse(read_object(self._path) or {})
        except NurieError as error:
            self.damaged = error
        self._unwritten: set[str] = set()
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.flush)

    @property
    def values(self) -> SettingsValues:
        return self._values

    def set(self, **changes: object) -> None:
        """Set, e.g. ``set(language="de")``; kept on disk a moment later."""
        before, self._values = self._values, self._values.changed(**changes)
        for name in _NAMES:
            if getattr(before, name) != getattr(self._values, name):
                self._unwritten.add(name)
                self._timer.start()
                self.changed.emit(name)

    def flush(self) -> None:
        """Write now what has not been written yet, as at the end."""
        self._timer.stop()
        if not self._unwritten:
            return
        try:
            with locked(self._path):
                data = self._read()
                names = _NAMES if data is None else self._unwritten
                mine = {name: _plain(getattr(self._values, name)) for name in names}
                version = (data or {}).get("version")
                newest = max(VERSION, version) if isinstance(version, int) else VERSION
                write_object(self._path, {**(data or {}), **mine, "version": newest}, secret=True)
            self._unwritten.clear()
        except NurieError as error:
            self.failed.emit(error)

    def _read(self) -> dict[str, Any] | None:
        """What is on disk; None without a file, or with one that was damaged meanwhile and put aside."""
        try:
            return read_object(self._path)
        except DamagedFileError:
            return None


_NAMES = tuple(entry.name for entry in fields(SettingsValues))


def _parse(data: Mapping[str, Any]) -> SettingsValues:
    return SettingsValues().changed(**data)


def _plain(value: object) -> object:
    if isinstance(value, OptionValues):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value


def _text(value: object, before: Any) -> Any:
    return value.strip() if isinstance(value, str) else before


def _language(value: object, before: Any) -> Any:
    return value if value is None or (isinstance(value, str) and value) else before


def _flag(value: object, before: Any) -> Any:
    return value if isinstance(value, bool) else before


def _minutes(value: object, before: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return before
    return min(max(float(value), 0.0), 24 * 60.0)


def _megabytes(value: object, before: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        return before
    return min(max(value, 16), 64 * 1024)


def _options(value: object, before: Any) -> Any:
    if isinstance(value, OptionValues):
        return value
    return OptionValues.from_dict(value) if isinstance(value, Mapping) else before


def _names(value: object, before: Any) -> Any:
    if not isinstance(value, (list, tuple, set, frozenset)):
        return before
    return tuple(sorted({name for name in value if isinstance(name, str)}))


def _names_or_none(value: object, before: Any) -> Any:
    return None if value is None else _names(value, before)


_READERS: Mapping[str, Callable[[object, Any], Any]] = {
    "language": _language,
    "server_command": _text,
    "server_address": _text,
    "server_token": _text,
    "idle_minutes": _minutes,
    "results_in_document": _flag,
    "results_megabytes": _megabytes,
    "welcomed": _flag,
    "options": _options,
    "unfolded": _names,
    "package_index": _text,
    "proxy": _text,
    "wheels": _text,
    "extras": _names_or_none,
}
