# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the panel: a result as a picture file, a page in the browser."""

from __future__ import annotations

from pathlib import Path

from .files import write_whole
from .i18n import tr
from .notices import notice_for
from .png import encode
from .protocol import NurieError
from .qt import QtCore, QtGui, QtWidgets
from .state import PanelState

__all__ = ["open_page", "save_result"]


def save_result(state: PanelState, result: str, parent: QtWidgets.QWidget) -> None:
    """Ask where, then write the colours of a result as a PNG with transparency; whole or not at all."""
    found = state.results.get(result)
    name = f"{found.name or 'colors'} {found.values.seed}.png" if found is not None else "colors.png"
    dialog = QtWidgets.QFileDialog(parent, tr("Save colors"))
    dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter("PNG (*.png)")
    dialog.setDefaultSuffix("png")
    dialog.selectFile(name.replace("/", "-"))

    def save(path: str) -> None:
        try:
            write_whole(Path(path), encode(state.results.color(result)))
        except NurieError as error:
            state.notice = notice_for(error)

    dialog.fileSelected.connect(save)
    dialog.open()


def open_page(name: str) -> None:
    """Open a page that comes with the plugin."""
    QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(Path(__file__).with_name(name))))
