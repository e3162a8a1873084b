# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything put together once: settings, references, results, backend, setup, controller; pages for each window."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from . import i18n
from .ahead import Ahead
from .child import find_command
from .controller import Controller
from .host import Host
from .i18n import tr
from .kept_results import KeptResults
from .options import Options
from .pace import Pace
from .paths import data_folder
from .process import Backend, BackendSettings
from .protocol import NurieError
from .qt import QtCore, QtWidgets
from .references import ReferenceModel
from .results import ResultModel
from .saving import open_page, save_result
from .settings import Settings, SettingsValues
from .setup import Setup
from .setup_flow import SetupFlow
from .state import Notice, PanelState
from .status import status_of
from .ui.docker_pages import DockerPages
from .ui.keys import Keys
from .ui.panel import ColorizePanel, build_panel
from .ui.setup_page import SetupPage
from .ui.setup_words import folder_words, size_words

__all__ = ["Application"]

_SETTLED_MS = 1500
"""After a panel is shown, Krita is given time to finish its own start."""

_BACKEND_SETTINGS = ("server_command", "server_address", "server_token", "idle_minutes")


class Application(QtCore.QObject):
    """One for the whole of Krita."""

    def __init__(
        self, host: Host, watch: Callable[[bool], None], folder: Path | None = None, keys: Keys | None = None
    ) -> None:
        """``watch(seen)``: whether the host has to look for changes; ``folder``: ``paths.data_folder()``; ``keys``:
        those that the artist has chosen."""
        super().__init__()
        folder = data_folder() if folder is None else folder
        self.settings = Settings(folder, self)
        i18n.use(self.settings.values.language)
        self._watch = watch
        self._keys = keys
        self._pages: list[DockerPages] = []
        options = Options(self.settings.values.options, self)
        self.state = PanelState(ReferenceModel(folder, self), ResultModel(self), options, self)
        self.backend = Backend(_backend_settings(self.settings.values), self)
        self.pace = Pace(folder)
        self._ahead = Ahead(self.state, self.backend, self)
        self.controller = Controller(self.state, host, self.backend, self.pace, self)
        self.kept_results = KeptResults(self.state, host, self.settings, self)
        self.settings.changed.connect(self._settings_changed)
        self.settings.failed.connect(self.controller.tell)
        self.backend.state_changed.connect(self._backend_changed)
        self.setup = Setup(folder, parent=self)
        self.setup_flow = SetupFlow(self.setup, self.settings, self.backend, self.state, self)
        self.setup_flow.changed.connect(self._show_pages)
        self.setup_flow.first_done.connect(self._first_drawing)
        self.setup.removed.connect(self._removed)
        self.state.results.limit_memory(self.settings.values.results_megabytes)
        options.changed.connect(lambda _name: self.settings.set(options=options.values))
        for damaged in (self.settings.damaged, self.state.references.damaged):
            if damaged is not None:
                self.controller.tell(damaged)
        self._backend_changed(self.backend.state)
        self.setup.inspect()

    def new_pages(self, parent: QtWidgets.QWidget | None = None) -> DockerPages:
        """What a docker holds: the panel, which shows the one state, or the setup."""
        page = SetupPage(self.setup, self.settings)
        page.later.connect(self.setup_flow.postpone)
        page.open_licence.connect(lambda: open_page("licences.html"))
        pages = DockerPages(self._new_panel(), page, parent)
        page.open_settings.connect(lambda: self.open_settings(pages))
        pages.show_setup(self.setup_flow.needed)
        pages.installEventFilter(self)
        self._pages.append(pages)
        pages.destroyed.connect(self._forget_pages)
        return pages

    def _new_panel(self) -> ColorizePanel:
        panel = build_panel(self.state, self.settings, self.pace, keys=self._keys)
        controller, references = self.controller, self.state.references
        panel.colorize.connect(controller.colorize)
        panel.cancel.connect(controller.cancel)
        panel.frames.connect(controller.colorize_frames)
        panel.all_documents.connect(controller.colorize_pages)
        panel.pause.connect(controller.batch.pause)
        panel.apply.connect(controller.apply)
        panel.show_result.connect(controller.show_result)
        panel.reuse.connect(controller.reuse)
        panel.use_as_reference.connect(controller.use_as_reference)
        panel.save_result.connect(lambda result: save_result(self.state, result, panel))
        panel.compare.connect(controller.shown.compare)
        panel.add_files.connect(references.add_files)
        panel.add_image.connect(references.add_image)
        panel.add_data.connect(references.add_data)
        panel.add_from.connect(controller.add_from)
        panel.try_sample.connect(controller.try_sample)
        panel.notice_action.connect(lambda action: self._notice_action(panel, action))
        panel.convert_to_rgb.connect(controller.convert_to_rgb)
        panel.open_settings.connect(lambda: self.open_settings(panel))
        panel.open_licence.connect(lambda: open_page("licences.html"))
        panel.copy_diagnostics.connect(self.copy_diagnostics)
        controller.shown.for_panel.connect(panel.set_preview)
        return panel

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """Watch Krita, and have the backend ready, only while a panel is to be seen."""
        kind = event.type() if event is not None else None
        if kind in (QtCore.QEvent.Type.Show, QtCore.QEvent.Type.Hide):
            seen = kind == QtCore.QEvent.Type.Show or any(_seen(p) for p in self._pages if p is not watched)
            self._watch(seen)
            if kind == QtCore.QEvent.Type.Show:
                self.state.references.refresh()
                QtCore.QTimer.singleShot(_SETTLED_MS, self._get_ready)
        elif kind == QtCore.QEvent.Type.Enter:
            self._ahead.remind()
        return False

    def keys_changed(self) -> None:
        """The artist has chosen other shortcuts: tooltips and menus name them."""
        for pages in self._pages:
            pages.retranslate()

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
        from .ui.settings_dialog import SettingsDialog  # seldom asked for

        dialog = SettingsDialog(self.settings, self.backend, parent, self.setup)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.licence_asked.connect(lambda: open_page("licences.html"))
        dialog.open()

    def copy_diagnostics(self) -> None:
        """What a report of a fault needs, into the clipboard; no token, no picture."""
        clipboard = QtWidgets.QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.backend.diagnostics())

    def _get_ready(self) -> None:
        """Start the backend before it is needed; that it is missing is said only when it is."""
        seen = any(_seen(pages) for pages in self._pages)
        if self.backend.state == "stopped" and seen and self._installed() and not self.setup.state.busy:
            self.backend.ensure()

    def _installed(self) -> bool:
        settings = self.backend.settings
        try:
            return bool(settings.address or find_command(settings.command))
        except NurieError:
            return False

    def _forget_pages(self) -> None:
        self._pages = [pages for pages in self._pages if not _deleted(pages)]

    def _show_pages(self) -> None:
        for pages in self._pages:
            pages.show_setup(self.setup_flow.needed)

    def _removed(self) -> None:
        size = sum(count for _, count in self.setup.left_after_removal())
        folder = folder_words(data_folder())
        stays = tr("{size} of yours stay in {folder}.", size=size_words(size), folder=folder) if size else ""
        for pages in self._pages:
            pages.setup.say(tr("Nurie's engine was removed."), stays)

    def _first_drawing(self) -> None:
        """Right after the first setup a drawing is colored; an artist who draws meanwhile is asked instead."""
        if self.state.document is None:
            self.controller.try_sample()
        else:
            text, action = tr("Nurie is ready."), tr("Try it on a sample drawing")
            self.state.notice = Notice(text, action=action, action_id="try_sample", level="info")

    def _notice_action(self, panel: ColorizePanel, action: str) -> None:
        if action == "settings":
            self.open_settings(panel)
        elif action == "copy_diagnostics":
            self.copy_diagnostics()
        elif action == "how_to_install":
            open_page(tr("manual.html"))
        else:
            self.controller.act_on_notice(action)

    def _settings_changed(self, name: str) -> None:
        if name == "language":
            i18n.use(self.settings.values.language)
            for pages in self._pages:
                pages.retranslate()
        if name == "results_megabytes":
            self.state.results.limit_memory(self.settings.values.results_megabytes)
        if name in _BACKEND_SETTINGS:
            chosen = _backend_settings(self.settings.values)
            if self.state.activity.busy:
                self.backend.settings = chosen  # for the next start
            else:
                self.backend.configure(chosen)

    def _backend_changed(self, state: str) -> None:
        self.state.status = status_of(state, self.backend.info)


def _backend_settings(values: SettingsValues) -> BackendSettings:
    command = tuple(shlex.split(values.server_command)) or None
    return BackendSettings(
        command, values.server_address or None, values.server_token or None, values.idle_minutes * 60
    )


def _seen(pages: DockerPages) -> bool:
    return not _deleted(pages) and pages.isVisible()


def _deleted(pages: DockerPages) -> bool:
    try:
        pages.objectName()
    except RuntimeError:  # the C++ half is gone
        return True
    return False
