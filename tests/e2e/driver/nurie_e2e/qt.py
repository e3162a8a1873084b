# SPDX-License-Identifier: GPL-3.0-or-later
"""The Qt binding of the Krita that the driver runs in."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["QT6", "QTest", "QtCore", "QtGui", "QtWidgets"]

QT6 = getattr(importlib.import_module("pykrita"), "qt_major_version", lambda: 5)() == 6

if TYPE_CHECKING or QT6:
    from PyQt6 import QtCore, QtGui, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtWidgets


def _qtest() -> Any:
    try:
        return importlib.import_module(f"PyQt{6 if QT6 else 5}.QtTest").QTest
    except ImportError:
        return None


QTest = _qtest()
"""QtTest.QTest, or None: some builds of Krita come without it."""
