# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus: one way to add an entry, and the menu beside Colorize."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nurie_krita.forms import FORMS, MASK
from nurie_krita.host import PLACEMENTS, DocumentFacts
from nurie_krita.i18n import tr
from nurie_krita.options import Options
from nurie_krita.qt import QAction, QActionGroup, QtCore, QtWidgets
from nurie_krita.ui.glyphs import glyph
from nurie_krita.ui.keys import Keys
from nurie_krita.ui.words import form_words, placement_words

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
    """More to color at once, what the colors become and where they go."""
    menu.clear()
    count = document.frames if document is not None else 0
    text = tr("Color all {count} frames of this layer", count=count) if count else tr("Color all frames of this layer")
    add_entry(menu, keys.entry(text, "nurie_frames"), frames).setEnabled(possible and count > 0)
    add_entry(menu, keys.entry(tr("Color all open drawings"), "nurie_pages"), pages).setEnabled(possible)
    menu.addSection(tr("The colors become"))
    for choose, form in _choices(menu, FORMS, "form", form_words, options):
        choose.setEnabled(form != MASK or document is None or document.masks)
    menu.addSection(tr("The colors go"))
    for choose, _ in _choices(menu, PLACEMENTS, "placement", placement_words, options):
        choose.setEnabled(options.values.form != MASK)


def _choices(
    menu: QtWidgets.QMenu, values: tuple[str, ...], name: str, words: Callable[[str], str], options: Options
) -> list[tuple[QAction, str]]:
    """An entry for each value of an option, of which one is chosen."""
    group = QActionGroup(menu)
    found = []
    for value in values:
        choose = add_entry(menu, words(value), partial(options.set, **{name: value}))
        choose.setCheckable(True)
        choose.setChecked(getattr(options.values, name) == value)
        group.addAction(choose)
        found.append((choose, value))
    return found
