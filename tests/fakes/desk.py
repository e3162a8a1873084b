"""A shown panel on a state of its own, and hands to use it with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from fakes import panel as fake
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.state import PanelState
from nurie_krita.ui.panel import ColorizePanel, build_panel


class Desk:
    """A shown panel. ``heard`` lists what its intents said, by name."""

    def __init__(self, qtbot: QtBot, folder: Path, width: int, height: int) -> None:
        self.qtbot: Any = qtbot  # its hands are not typed
        self.state: PanelState = fake.state(folder)
        self.panel: ColorizePanel = build_panel(self.state)
        self.heard: list[tuple[Any, ...]] = []
        for name in [
            "colorize",
            "cancel",
            "frames",
            "all_documents",
            "pause",
            "apply",
            "show_result",
            "reuse",
            "use_as_reference",
            "save_result",
            "compare",
            "add_files",
            "add_image",
            "add_data",
            "add_from",
            "try_sample",
            "notice_action",
            "convert_to_rgb",
            "open_settings",
            "open_licence",
            "copy_diagnostics",
        ]:
            getattr(self.panel, name).connect(self._listener(name))
        qtbot.addWidget(self.panel)
        self.panel.resize(width, height)
        self.panel.show()
        qtbot.waitExposed(self.panel)
        self.panel.activateWindow()
        self.settle()

    def _listener(self, name: str) -> Callable[..., None]:
        return lambda *values: self.heard.append((name, *values))

    def add(self, *names: str) -> tuple[str, ...]:
        """References by these names, none in use; their digests in order."""
        before = self.state.references.rowCount()
        for number, name in enumerate(names, start=before):
            self.state.references.add_image(fake.portrait(number), name)
        wanted = before + len(names)
        self.qtbot.waitUntil(lambda: self.state.references.rowCount() == wanted, timeout=60_000)
        self.state.references.enable_only([])
        self.settle()
        return self.state.references.digests

    def close(self) -> None:
        """Hide, and wait for the thumbnails that are being read: they would be delivered into the next test."""
        self.panel.hide()
        model = self.state.references
        self.qtbot.waitUntil(lambda: not model.importing and not model._thumbnails._wanted, timeout=60_000)

    def settle(self) -> None:
        """Let layouts and paints that wait happen."""
        fake.pump(20)

    def click(self, widget: QtWidgets.QWidget, at: QtCore.QPoint | None = None, *, ctrl: bool = False) -> None:
        keys = QtCore.Qt.KeyboardModifier
        modifier = keys.ControlModifier if ctrl else keys.NoModifier
        place = widget.rect().center() if at is None else at
        self.qtbot.mouseClick(widget, QtCore.Qt.MouseButton.LeftButton, modifier, place)

    def tile(self, row: int) -> QtCore.QPoint:
        """The middle of a reference's picture, in the gallery's viewport."""
        gallery = self.panel.references.gallery
        gallery.scrollTo(self.state.references.index(row))
        cell = gallery.visualRect(self.state.references.index(row))
        return QtCore.QPoint(cell.center().x(), cell.top() + cell.width() // 2)

    def viewport(self, view: QtWidgets.QAbstractScrollArea) -> QtWidgets.QWidget:
        found = view.viewport()
        assert found is not None
        return found

    def drop(self, mime: QtCore.QMimeData, at: QtCore.QPoint, action: QtCore.Qt.DropAction | None = None) -> bool:
        """Drag over the gallery and let go there; whether the drag was taken."""
        return drop(self.viewport(self.panel.references.gallery), mime, at, action)


def drop(
    target: QtWidgets.QWidget, mime: QtCore.QMimeData, at: QtCore.QPoint, action: QtCore.Qt.DropAction | None = None
) -> bool:
    actions = action or QtCore.Qt.DropAction.CopyAction
    left, none = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier
    enter = QtGui.QDragEnterEvent(at, actions, mime, left, none)
    QtWidgets.QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    move = QtGui.QDragMoveEvent(at, actions, mime, left, none)
    QtWidgets.QApplication.sendEvent(target, move)
    event = QtGui.QDropEvent(QtCore.QPointF(at), actions, mime, left, none)
    QtWidgets.QApplication.sendEvent(target, event)
    return event.isAccepted()


MakeDesk = Callable[..., Desk]
