# SPDX-License-Identifier: GPL-3.0-or-later
"""The two places where Qt 5 and Qt 6 tell an event's position differently."""

from __future__ import annotations

from typing import Any

from nurie_krita.qt import QT6, QtCore

__all__ = ["position"]


def position(event: Any) -> QtCore.QPoint:
    """Where a mouse, drag or drop event happened, in the receiving widget's pixels."""
    point: QtCore.QPoint = event.position().toPoint() if QT6 else event.pos()
    return point
