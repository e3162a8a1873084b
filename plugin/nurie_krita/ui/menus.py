# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus: one way to add an entry, and the menu beside Colorize."""

from __future__ import annotations

from collections.abc import Callable

from nurie_krita.host import PLACEMENTS, DocumentFacts
from nurie_krita.i18n import tr
from nurie_krita.options import Options
from nurie_krita.qt import QAction, QActionGroup, QtCore, QtWidgets
from nurie_krita.ui.glyphs import glyph
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.words import placement_words

__all__ = ["add_entry", "fill_colorize", "popup"]


def add_entry(menu: QtWidgets.QMenu, text: str, act: Callable[[], object], icon: str = "") -> QAction:
    """An entry that calls a function; ``icon``: one of ``glyphs.GLYPHS``."""
    action = QAction(text, menu)
    if icon:
        action.setIcon(glyph(icon, menu.palette()))
    action.triggered.connect(lambda _checked=False: act())
    menu.addAction(action)
    return action


def popup(owner: QtWidgets.QWidget, at: QtCore.QPoint, fill: Callable[[QtWidgets.QMenu], None]) -> QtWidgets.QMenu:
    """Open a menu that is forgotten when it closes."""
    menu = QtWidgets.QMenu(owner)
    menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    fill(menu)
    menu.popup(at)
    return menu


def fill_colorize(
    menu: QtWidgets.QMenu,
    options: Options,
    document: DocumentFacts | None,
    keys: Keys,
    frames: Callable[[], object],
    pages: Callable[[], object],
    *,
    possible: bool,
) -> None:
    """More to color at once, and where the colors go."""
    menu.clear()
    count = document.frames if document is not None else 0
    text = tr("Color all {count} frames of this layer", count=count) if count else tr("Color all frames of this layer")
    add_entry(menu, keys.entry(text, "nurie_frames"), frames).setEnabled(possible and count > 0)
    add_entry(menu, keys.entry(tr("Color all open drawings"), "nurie_pages"), pages).setEnabled(possible)
    menu.addSection(tr("The colors go"))
    group = QActionGroup(menu)
    for placement in PLACEMENTS:
        choose = add_entry(menu, placement_words(placement), lambda where=placement: options.set(placement=where))  # type: ignore[misc]
        choose.setCheckable(True)
        choose.setChecked(options.values.placement == placement)
        group.addAction(choose)
