# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking for a name, without stopping the program meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from nurie_krita.qt import QtCore, QtWidgets

__all__ = ["ask_name"]


def ask_name(
    parent: QtWidgets.QWidget, title: str, label: str, text: str, accepted: Callable[[str], None]
) -> QtWidgets.QInputDialog:
    """Open a small window asking for one line; ``accepted`` gets what was typed, unless it is empty."""
    dialog = QtWidgets.QInputDialog(parent)
    dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(label)
    dialog.setTextValue(text)
    dialog.textValueSelected.connect(lambda typed: accepted(typed.strip()) if typed.strip() else None)
    dialog.open()
    return dialog
