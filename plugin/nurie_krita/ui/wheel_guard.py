# SPDX-License-Identifier: GPL-3.0-or-later
"""Scrolling the panel must not change a setting that happens to pass under the mouse."""

from __future__ import annotations

from collections.abc import Iterable

from nurie_krita.qt import QtCore, QtWidgets

__all__ = ["WheelGuard"]

_TURNED_BY_WHEEL = (QtWidgets.QAbstractSlider, QtWidgets.QAbstractSpinBox, QtWidgets.QComboBox)


class WheelGuard(QtCore.QObject):
    """Lets the wheel turn a slider, a number or a choice only while it has the focus; else the panel scrolls."""

    def __init__(self, widgets: Iterable[QtWidgets.QWidget], parent: QtCore.QObject) -> None:
        super().__init__(parent)
        for widget in widgets:
            if isinstance(widget, _TURNED_BY_WHEEL):
                widget.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)  # the wheel alone does not give it
                widget.installEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        if event is None or event.type() != QtCore.QEvent.Type.Wheel:
            return False
        if isinstance(watched, QtWidgets.QWidget) and not watched.hasFocus():
            event.ignore()  # so it goes on to what lies around
            return True
        return False
