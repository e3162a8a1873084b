# SPDX-License-Identifier: GPL-3.0-or-later
"""What a docker holds: the panel, or the setup while there is no engine."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtWidgets
from nurie_krita.ui.panel import ColorizePanel
from nurie_krita.ui.setup_page import SetupPage

__all__ = ["DockerPages"]


class DockerPages(QtWidgets.QStackedWidget):
    """``show_setup`` chooses. ``panel`` and ``setup`` are the two."""

    def __init__(self, panel: ColorizePanel, setup: SetupPage, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nurie_docker")
        self.panel, self.setup = panel, setup
        self.addWidget(panel)
        self.addWidget(setup)

    def show_setup(self, shown: bool) -> None:
        """Show the setup, or the panel."""
        page: QtWidgets.QWidget = self.setup if shown else self.panel
        if page is not self.currentWidget():
            self.setCurrentWidget(page)

    def retranslate(self) -> None:
        """Say everything in the language in use now."""
        self.panel.retranslate()
        self.setup.retranslate()

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return self.panel.sizeHint()
