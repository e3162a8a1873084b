# SPDX-License-Identifier: GPL-3.0-or-later
"""When the setup is shown, and what comes after it: the engine starts, and a first drawing is colored."""

from __future__ import annotations

from .child import find_command
from .i18n import tr
from .paths import own_program
from .process import Backend
from .protocol import NurieError
from .qt import QtCore, Signal
from .settings import Settings
from .setup import Setup
from .state import Notice, PanelState

__all__ = ["SetupFlow"]


class SetupFlow(QtCore.QObject):
    """``needed`` tells whether the setup has to be shown now; ``changed`` that it may be another.

    ``first_done``: an engine was installed where none was before.
    """

    changed = Signal()
    first_done = Signal()

    def __init__(
        self,
        setup: Setup,
        settings: Settings,
        backend: Backend,
        state: PanelState,
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.setup, self._settings, self._backend, self._state = setup, settings, backend, state
        self._later = False
        self._first = False
        self._busy = False
        setup.changed.connect(self._setup_changed)
        setup.installed.connect(self._installed)
        setup.replacing.connect(backend.stop)
        backend.failed.connect(self._failed)
        settings.changed.connect(lambda _name: self.changed.emit())

    @property
    def elsewhere(self) -> bool:
        """Whether an engine is used that was not set up here: named, on the PATH, or on another computer."""
        if self._backend.settings.address:
            return True
        try:
            return find_command(self._backend.settings.command) != (str(own_program()),)
        except NurieError:
            return False

    @property
    def needed(self) -> bool:
        """Whether there is nothing to color with that fits."""
        state = self.setup.state
        if state.busy:
            return True
        if self.elsewhere or (state.name == "not_installed" and not state.offered):
            return False
        return state.name != "ready" and not (self._later and state.name == "update_needed")

    def postpone(self) -> None:
        """The artist goes on with the version that is there."""
        self._later = True
        self.changed.emit()

    def _setup_changed(self) -> None:
        state = self.setup.state
        if state.busy and not self._busy:
            self._first = state.installed is None
            self._later = False
        self._busy = state.busy
        self.changed.emit()

    def _installed(self) -> None:
        self._state.notice = None
        self._backend.ensure()
        self.changed.emit()
        if self._first:
            self.first_done.emit()
        else:
            text = tr("Nurie {version} is ready.", version=self.setup.state.installed or "")
            self._state.notice = Notice(text, level="info")

    def _failed(self, error: NurieError) -> None:
        """The engine that was set up here did not start or does not fit: its setup may know why."""
        if not self.elsewhere and not self.setup.state.busy and error.code != "unreachable":
            self._later = False
            self.setup.doubt(error)
