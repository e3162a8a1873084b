# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys that do what a widget does, for its tooltip and its menu entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nurie_krita.actions import ACTIONS
from nurie_krita.qt import QtGui

__all__ = ["Keys", "native"]


def native(keys: str) -> str:
    """Keys as this system writes them, e.g. ``Ctrl+Alt+C``."""
    if not keys:
        return ""
    return QtGui.QKeySequence(keys).toString(QtGui.QKeySequence.SequenceFormat.NativeText) or keys


def _first_keys(action: str) -> str:
    return next((found.shortcut for found in ACTIONS if found.id == action), "")


@dataclass(frozen=True)
class Keys:
    """of: the keys of an action of ``actions.ACTIONS`` as the artist has chosen them, portable, empty for none."""

    of: Callable[[str], str] = _first_keys

    def hint(self, text: str, action: str = "", keys: str = "") -> str:
        """A tooltip: the sentence and, in brackets, the keys that do the same."""
        found = native(keys or (self.of(action) if action else ""))
        return f"{text} ({found})" if found else text

    def entry(self, text: str, action: str = "", keys: str = "") -> str:
        """A menu entry with its keys at the far side; the keys act by themselves, not through the menu."""
        found = native(keys or (self.of(action) if action else ""))
        plain = text.replace("&", "&&")
        return f"{plain}\t{found}" if found else plain
