# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel asks of the program around it for the sake of looks: icons, and the keys an artist has chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nurie_krita.actions import ACTIONS
from nurie_krita.qt import QtGui
from nurie_krita.ui import glyphs

__all__ = ["Surroundings"]


def _no_icon(_name: str) -> QtGui.QIcon | None:
    return None


def _first_keys(action: str) -> str:
    return next((found.shortcut for found in ACTIONS if found.id == action), "")


@dataclass(frozen=True)
class Surroundings:
    """icon: the program's own icon for one of ``glyphs.GLYPHS``, None or a null one for the panel's. keys: shortcut of
    an action of ``actions.ACTIONS`` as portable text, empty without one."""

    icon: Callable[[str], QtGui.QIcon | None] = _no_icon
    keys: Callable[[str], str] = _first_keys

    def glyph(self, name: str, palette: QtGui.QPalette) -> QtGui.QIcon:
        """An icon that fits the palette."""
        found = self.icon(name)
        return glyphs.glyph(name, palette) if found is None or found.isNull() else found

    def hint(self, text: str, action: str = "", keys: str = "") -> str:
        """A tooltip: the sentence and, in brackets, the keys that do the same."""
        portable = keys or (self.keys(action) if action else "")
        if not portable:
            return text
        native = QtGui.QKeySequence(portable).toString(QtGui.QKeySequence.SequenceFormat.NativeText)
        return f"{text} ({native or portable})"
