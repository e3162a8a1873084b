# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done without the mouse: Krita lists these under Tools and lets the artist choose other keys.

``nurie_krita.action`` tells Krita the same names, words and keys; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACTIONS", "Action"]


@dataclass(frozen=True)
class Action:
    """id: Krita's name of it. method: of the ``Controller``, without arguments."""

    id: str
    text: str
    shortcut: str
    method: str


ACTIONS = (
    Action("nurie_colorize", "Colorize Line Art", "Ctrl+Alt+K", "colorize"),
    Action("nurie_cancel", "Cancel Colorizing", "Ctrl+Alt+X", "cancel"),
    Action("nurie_apply", "Apply Shown Colors", "Ctrl+Alt+Return", "apply_shown"),
    Action("nurie_previous", "Show Previous Colors", "Ctrl+Alt+,", "show_previous"),
    Action("nurie_next", "Show Next Colors", "Ctrl+Alt+.", "show_next"),
    Action("nurie_hide", "Show or Hide Color Preview", "Ctrl+Alt+H", "toggle_preview"),
    Action("nurie_add_layer", "Use Layer as Color Reference", "Ctrl+Alt+L", "add_layer"),
    Action("nurie_add_selection", "Use Selection as Color Reference", "", "add_selection"),
    Action("nurie_paste", "Paste Color Reference", "Ctrl+Alt+P", "paste_reference"),
    Action("nurie_dice", "New Color Seed", "", "roll_seed"),
    Action("nurie_frames", "Colorize All Frames", "", "colorize_frames"),
    Action("nurie_pages", "Colorize All Open Drawings", "", "colorize_pages"),
    Action("nurie_panel", "Show Colorize Panel", "", "show_panel"),
)
