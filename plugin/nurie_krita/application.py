# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything put together once: settings, references, results, backend, controller; a panel for each window."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import i18n
from .controller import Controller
from .host import Host
from .i18n import tr
from .options import Options
from .pace import Pace
from .paths import data_folder
from .process import Backend, BackendSettings
from .qt import QtCore, QtGui, QtWidgets
from .references import ReferenceModel
from .results import ResultModel
from .settings import Settings, SettingsValues
from .state import PanelState, Status
from .ui.panel import ColorizePanel, build_panel
from .ui.settings_dialog import SettingsDialog

__all__ = ["Application"]

_BACKEND_SETTINGS = ("server_command", "server_address", "server_token", "idle_minutes")


class Application(QtCore.QObject):
    """One for the whole of Krita. ``icon`` gives Krita's own icons by name."""

    def __init__(self, host: Host, icon: Callable[[str], QtGui.QIcon], folder: Path | None = None) -> None:
        super().__init__()
        folder = data_folder() if folder is None else folder
        self.settings = Settings(folder, self)
        i18n.use(self.settings.values.language)
        self._icon = icon
        self._panels: list[ColorizePanel] = []
        options = Options(self.settings.values.options, self)
        self.state = PanelState(ReferenceModel(folder, self), ResultModel(self), options, self)
        self.backend = Backend(_backend_settings(self.settings.values), self)
        self.pace = Pace(folder, self)
        self.controller = Controller(self.state, host, self.backend, self.pace, self)
        self.settings.changed.connect(self._settings_changed)
        self.settings.failed.connect(self.controller.tell)
        self.backend.state_changed.connect(self._backend_changed)
        options.changed.connect(lambda _name: self.settings.set(options=options.values))
        for damaged in (self.settings.damaged, self.state.references.damaged):
            if damaged is not None:
                self.controller.tell(damaged)
        self._backend_changed(self.backend.state)

    def new_panel(self, parent: QtWidgets.QWidget | None = None) -> ColorizePanel:
        """A panel that shows the one state."""
        panel = build_panel(self.state, self._icon, self.settings, self.pace, parent)
        controller = self.controller
        panel.colorize.connect(controller.colorize)
        panel.cancel.connect(controller.cancel)
        panel.apply.connect(controller.apply)
        panel.show_result.connect(controller.show_result)
        panel.compare.connect(controller.shown.compare)
        panel.add_from.connect(controller.add_from)
        panel.try_sample.connect(controller.try_sample)
        panel.notice_action.connect(lambda action: self._notice_action(panel, action))
        panel.open_settings.connect(lambda: self.open_settings(panel))
        panel.copy_diagnostics.connect(self.copy_diagnostics)
        panel.frames.connect(controller.colorize_frames)
        panel.all_documents.connect(controller.colorize_pages)
        panel.pause.connect(controller.batch.pause)
        panel.convert_to_rgb.connect(controller.convert_to_rgb)
        controller.shown.for_panel.connect(panel.set_preview)
        self._panels.append(panel)
        panel.destroyed.connect(lambda: self._panels.remove(panel))
        return panel

    def document_may_have_changed(self) -> None:
        """Another canvas came to the front."""
        self.controller.refresh()

    def close(self) -> None:
        """Krita ends."""
        self.controller.cancel()
        self.settings.flush()
        self.backend.stop()

    def open_settings(self, parent: QtWidgets.QWidget) -> None:
        """The settings page."""
        dialog = SettingsDialog(self.settings, self.backend, parent)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def copy_diagnostics(self) -> None:
        """What a report of a fault needs, into the clipboard; no token, no picture."""
        clipboard = QtWidgets.QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.backend.diagnostics())

    def _notice_action(self, panel: ColorizePanel, action: str) -> None:
        if action == "settings":
            self.open_settings(panel)
        elif action == "copy_diagnostics":
            self.copy_diagnostics()
        else:
            self.controller.act_on_notice(action)

    def _settings_changed(self, name: str) -> None:
        if name == "language":
            i18n.use(self.settings.values.language)
        if name in _BACKEND_SETTINGS:
            self.backend.settings = _backend_settings(self.settings.values)
            if not self.state.activity.busy:
                self.backend.stop()

    def _backend_changed(self, state: str) -> None:
        self.state.status = status_of(state, self.backend.info)


def status_of(state: str, info: dict[str, Any] | None) -> Status:
    """The line at the bottom, from the backend's state and what it says of itself."""
    device = _device(info)
    if state == "ready":
        return Status("ready", tr("Ready · runs on this computer, nothing is uploaded"), device)
    if state == "remote":
        return Status("ready", tr("Ready · runs on the computer you named in the settings"), device)
    if state == "starting":
        return Status("busy", tr("Starting"))
    if state == "failed":
        return Status("problem", tr("The backend does not run"))
    return Status("off", tr("Starts when you color · on this computer, nothing is uploaded"))


def _device(info: dict[str, Any] | None) -> str:
    device = (info or {}).get("device")
    return device.upper() if isinstance(device, str) else ""


def _backend_settings(values: SettingsValues) -> BackendSettings:
    command = tuple(shlex.split(values.server_command)) or None
    return BackendSettings(
        command, values.server_address or None, values.server_token or None, values.idle_minutes * 60
    )
