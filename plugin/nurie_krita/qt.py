# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that chooses between PyQt5 (Krita 5) and PyQt6 (Krita 6).

Krita says which Qt it was built with. To try one and then the other would be wrong: Krita 5.2 and older let a plugin
import a PyQt6 that the system happens to have, which loads a second Qt into the process and crashes it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

__all__ = ["QT6", "QAction", "QActionGroup", "QtCore", "QtGui", "QtNetwork", "QtWidgets", "Signal", "Slot"]


def _major() -> int:
    try:
        krita: object = importlib.import_module("pykrita")  # built into Krita's own interpreter
    except ImportError:
        return 5 if "PyQt5" in sys.modules else 6  # outside Krita, the binding that the tests run under
    version = getattr(krita, "qt_major_version", None)  # since Krita 5.3; before, there was Qt 5 only
    return 5 if version is None else int(version())


QT6 = _major() == 6

if TYPE_CHECKING or QT6:
    from PyQt6 import QtCore, QtGui, QtNetwork, QtWidgets
    from PyQt6.QtGui import QAction, QActionGroup
else:
    from PyQt5 import QtCore, QtGui, QtNetwork, QtWidgets
    from PyQt5.QtWidgets import QAction, QActionGroup

Signal = QtCore.pyqtSignal
Slot = QtCore.pyqtSlot
