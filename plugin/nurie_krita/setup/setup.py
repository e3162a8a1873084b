# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend set up from inside Krita: installed, updated, repaired, removed, without a terminal."""

from __future__ import annotations

from pathlib import Path

from ..protocol import NurieError
from ..qt import QtCore, Signal
from .state import Extra, RemoveChoices, SetupChoices, SetupPlan, SetupState

__all__ = ["Setup"]


class Setup(QtCore.QObject):
    """Everything returns at once; ``changed`` tells that ``state`` (or what ``plan`` and ``extras`` answer) is another.

    Of several Kritas one can do something at a time; the others are told so by an error with the code ``busy``.
    """

    changed = Signal()
    installed = Signal()
    """The backend is there and works: ``child.find_command`` finds it."""
    removed = Signal()
    replacing = Signal()
    """The installed backend's files are about to go: its process has to end now."""

    def __init__(self, folder: Path, server: Path | None = None, parent: QtCore.QObject | None = None) -> None:
        """folder: ``paths.data_folder()``; server: with lock.json and the backend's wheel, None for the plugin's own."""
        super().__init__(parent)

    @property
    def state(self) -> SetupState:
        raise NotImplementedError

    def inspect(self) -> None:
        """Look what is there, and mend what a crash left behind; at the start, and whenever in doubt."""
        raise NotImplementedError

    def doubt(self, error: NurieError) -> None:
        """The installed backend did not start: it is looked at, and run once with ``doctor``."""
        raise NotImplementedError

    def extras(self) -> tuple[Extra, ...]:
        """The optional parts that there are for this machine."""
        raise NotImplementedError

    def plan(self, choices: SetupChoices) -> SetupPlan:
        """What ``install`` would do; no network. NurieError where it could not be done."""
        raise NotImplementedError

    def install(self, choices: SetupChoices) -> None:
        """Install or update; goes on with what a former attempt downloaded."""
        raise NotImplementedError

    def repair(self, choices: SetupChoices) -> None:
        """Install anew, whatever is there."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Break off; what was there before stays as it was."""
        raise NotImplementedError

    def left_after_removal(self) -> list[tuple[Path, int]]:
        """What ``remove`` leaves or takes by choice: path and bytes, largest first."""
        raise NotImplementedError

    def remove(self, keep: RemoveChoices) -> None:
        """Delete exactly what was installed, and of the artist's own what is not kept."""
        raise NotImplementedError
