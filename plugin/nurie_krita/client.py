# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's calls over Qt's network: each answers once, typed, and never later than it promised."""

from __future__ import annotations

from .qt import QtCore

__all__ = ["Client"]


class Client(QtCore.QObject):
    """One server by address and token."""
