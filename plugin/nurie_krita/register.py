# SPDX-License-Identifier: GPL-3.0-or-later
"""How Krita gets to know the docker and the actions. Whatever goes wrong in here must not keep Krita from starting.

One ``Application`` serves all of Krita's windows: one backend, one reference library, one panel state; each window
has its own docker showing it.
"""

from __future__ import annotations

import traceback
from typing import Any

from krita import DockWidget, DockWidgetFactory, DockWidgetFactoryBase, Extension, Krita

from .actions import ACTIONS
from .i18n import tr
from .qt import QtCore, QtGui, QtWidgets

__all__ = ["DOCKER_ID", "register"]

DOCKER_ID = "nurie_colorize"

_application: Any = None
_known_keys: dict[str, str] = {}
_looks: list[bool] = []  # whether somebody is about to look


def _shared() -> Any:
    """The one ``Application``, made when first needed: Krita's start should not wait for it."""
    global _application
    if _application is None:
        from .application import Application
        from .document import KritaHost
        from .ui.keys import Keys

        host = KritaHost()
        _application = Application(host, host.set_watching, keys=Keys(_chosen_keys))
        Krita.instance().notifier().applicationClosing.connect(_application.close)
    return _application


class ColorizeDocker(DockWidget):  # type: ignore[misc]  # Krita has no types
    """The docker of one window."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(DOCKER_ID)
        try:
            self.setWindowTitle(tr("Colorize"))
            self.setWidget(_shared().new_pages(self))
        except Exception:  # noqa: BLE001 - a plugin that fails must say so in its place, and Krita must run on
            self.setWidget(_apology(traceback.format_exc()))

    def canvasChanged(self, canvas: object) -> None:  # noqa: N802 - Krita's name; it must exist
        if _application is not None:
            _application.document_may_have_changed()


class ColorizeExtension(Extension):  # type: ignore[misc]
    """The actions of every window."""

    def setup(self) -> None:
        """Called by Krita once; nothing to do."""

    def createActions(self, window: Any) -> None:  # noqa: N802 - Krita's name
        for action in ACTIONS:
            made = window.createAction(action.id, tr(action.text), "tools/scripts")
            made.triggered.connect(lambda _checked=False, method=action.method: _run(method))
            made.changed.connect(_look_at_keys)
        # Krita 5.2 and newer hide a docker they see for the first time. The window is not complete yet.
        QtCore.QTimer.singleShot(0, _show_once)


def _chosen_keys(action: str) -> str:
    """An action's keys as they are now; those it comes with where Krita does not have it yet."""
    made = Krita.instance().action(action)
    if made is None:
        return next((found.shortcut for found in ACTIONS if found.id == action), "")
    return str(made.shortcut().toString(QtGui.QKeySequence.SequenceFormat.PortableText))


def _look_at_keys() -> None:
    """An action has changed, in whatever. The artist changes several at once, and each window has its own."""
    if not _looks:
        _looks.append(True)
        QtCore.QTimer.singleShot(0, _compare_keys)


def _compare_keys() -> None:
    _looks.clear()
    keys = {action.id: _chosen_keys(action.id) for action in ACTIONS}
    if keys != _known_keys:
        _known_keys.clear()
        _known_keys.update(keys)
        if _application is not None:
            _application.keys_changed()


def _run(method: str) -> None:
    if method == "show_panel":
        _show_panel()
    else:
        getattr(_shared().controller, method)()


def _panels() -> list[Any]:
    return [docker for docker in Krita.instance().dockers() if docker.objectName() == DOCKER_ID]


def _show_panel() -> None:
    for docker in _panels():
        docker.setVisible(True)
        docker.raise_()


def _show_once() -> None:
    instance = Krita.instance()
    if instance.readSetting("nurie", "shown", "no") != "yes":
        instance.writeSetting("nurie", "shown", "yes")
        _show_panel()


def _apology(report: str) -> QtWidgets.QWidget:
    """One sentence and a button, in place of the panel."""
    place = QtWidgets.QWidget()
    layout = QtWidgets.QVBoxLayout(place)
    label = QtWidgets.QLabel(tr("The Colorize panel could not be built. Install the plugin again."))
    label.setWordWrap(True)
    button = QtWidgets.QPushButton(tr("Copy report"))
    button.clicked.connect(lambda: _copy(report))
    layout.addWidget(label)
    layout.addWidget(button)
    layout.addStretch()
    return place


def _copy(text: str) -> None:
    clipboard = QtWidgets.QApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)


def register() -> None:
    """Tell Krita of the docker and the actions."""
    try:
        from . import i18n

        i18n.use()
        instance = Krita.instance()
        # PyQt6 has the scoped name only, PyQt5's bindings of Krita the plain one.
        names = (
            DockWidgetFactoryBase if hasattr(DockWidgetFactoryBase, "DockRight") else DockWidgetFactoryBase.DockPosition
        )
        right = names.DockRight
        instance.addDockWidgetFactory(DockWidgetFactory(DOCKER_ID, right, ColorizeDocker))
        instance.addExtension(ColorizeExtension(instance))
    except Exception:  # noqa: BLE001 - see above; Krita writes it to its log
        traceback.print_exc()
