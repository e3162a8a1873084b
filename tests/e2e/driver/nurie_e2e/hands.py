# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's hands: mouse, keyboard and drag and drop on widgets, delivered through Qt's own event handling."""

from __future__ import annotations

from typing import Any

from .blocks import Blocks
from .qt import QtCore, QTest, QtGui, QtWidgets

__all__ = ["Hands"]

_LEFT = QtCore.Qt.MouseButton.LeftButton
_NO_KEYS = QtCore.Qt.KeyboardModifier.NoModifier
_COPY = QtCore.Qt.DropAction.CopyAction


class Hands:
    """What these do happens at once, on the GUI thread; the time it takes counts as a block of it."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def click(
        self,
        widget: QtWidgets.QWidget,
        place: QtCore.QPoint | None = None,
        button: QtCore.Qt.MouseButton = _LEFT,
        *,
        double: bool = False,
    ) -> None:
        """Press and release over ``place``, in the widget's own pixels, or over its middle."""
        place = widget.rect().center() if place is None else place
        with self._blocks:
            if QTest is not None:
                name = "mouseDClick" if double else "mouseClick"
                getattr(QTest, name)(widget, button, _NO_KEYS, place)
            else:
                self._press_and_release(widget, place, button, double=double)

    def key(
        self, widget: QtWidgets.QWidget, key: QtCore.Qt.Key, modifiers: QtCore.Qt.KeyboardModifier = _NO_KEYS
    ) -> None:
        """Press and release a key."""
        kinds = QtCore.QEvent.Type
        with self._blocks:
            if QTest is not None:
                QTest.keyClick(widget, key, modifiers)
                return
            for kind in (kinds.KeyPress, kinds.KeyRelease):
                code = getattr(key, "value", key)
                QtWidgets.QApplication.sendEvent(widget, QtGui.QKeyEvent(kind, code, modifiers))

    def drop(self, widget: QtWidgets.QWidget, data: QtCore.QMimeData, place: QtCore.QPoint | None = None) -> bool:
        """Drag ``data`` in, move, let go; tells whether the widget took it. Views take drops on their viewport."""
        viewport = widget.viewport() if isinstance(widget, QtWidgets.QAbstractScrollArea) else None
        target = widget if viewport is None else viewport
        place = target.rect().center() if place is None else place
        events: list[Any] = [
            QtGui.QDragEnterEvent(place, _COPY, data, _LEFT, _NO_KEYS),
            QtGui.QDragMoveEvent(place, _COPY, data, _LEFT, _NO_KEYS),
            QtGui.QDropEvent(QtCore.QPointF(place), _COPY, data, _LEFT, _NO_KEYS),
        ]
        with self._blocks:
            for event in events:
                if type(event) is QtGui.QDragMoveEvent:
                    event.acceptProposedAction()  # Qt hands on what the last answer was
                QtWidgets.QApplication.sendEvent(target, event)
                if not event.isAccepted():
                    return False
        return True

    def _press_and_release(
        self, widget: QtWidgets.QWidget, place: QtCore.QPoint, button: QtCore.Qt.MouseButton, *, double: bool
    ) -> None:
        kinds = QtCore.QEvent.Type
        order = [(kinds.MouseButtonPress, button), (kinds.MouseButtonRelease, QtCore.Qt.MouseButton.NoButton)]
        if double:
            order += [(kinds.MouseButtonDblClick, button), (kinds.MouseButtonRelease, QtCore.Qt.MouseButton.NoButton)]
        here, there = QtCore.QPointF(place), QtCore.QPointF(widget.mapToGlobal(place))
        for kind, held in order:
            event = QtGui.QMouseEvent(kind, here, there, button, held, _NO_KEYS)
            QtWidgets.QApplication.sendEvent(widget, event)
