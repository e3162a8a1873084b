# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking for a name, a folder or files, without stopping the program meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtWidgets
from nurie_krita.ui.drops import SUFFIXES

__all__ = ["ask_folder", "ask_name", "ask_pictures"]


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


def ask_pictures(parent: QtWidgets.QWidget, chosen: Callable[[list[str]], None]) -> QtWidgets.QFileDialog:
    """Open the file dialog for reference pictures."""
    dialog = QtWidgets.QFileDialog(parent, tr("Choose reference pictures"))
    dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFiles)
    patterns = " ".join(f"*.{suffix}" for suffix in SUFFIXES)
    dialog.setNameFilters([f"{tr('Pictures')} ({patterns})", f"{tr('All files')} (*)"])
    dialog.filesSelected.connect(lambda files: chosen(list(files)))
    dialog.open()
    return dialog


def ask_folder(parent: QtWidgets.QWidget, title: str, chosen: Callable[[str], None]) -> QtWidgets.QFileDialog:
    """Open the file dialog for one folder."""
    dialog = QtWidgets.QFileDialog(parent, title)
    dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.Directory)
    dialog.setOption(QtWidgets.QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog
