# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in a document colour goes: beside which layer, and how far its lines were moved since they were read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .document_tree import MASK_TYPE, bounds, node, page
from .host import PLACEMENTS, GoneError, LineArt
from .i18n import tr
from .protocol import UsageError

__all__ = ["Place", "drift", "place"]

_MULTIPLY = "multiply"
_SCREEN = "screen"


@dataclass(frozen=True)
class Place:
    """Where a new group goes. parent: a group or the root. above: its sibling directly below the new group, None for
    the top. blending: the mode in which lines below it stay visible, empty where none are. note: what the artist should
    know about it, or empty."""

    parent: Any
    above: Any | None
    blending: str
    note: str = ""


def place(document: Any, art: LineArt, placement: str, last: Any | None) -> Place:
    """Find the place for a placement of ``host.PLACEMENTS``. last: this panel's last result in the document."""
    if placement not in PLACEMENTS:
        raise UsageError(f"There is no placement {placement!r}.", f"There are {', '.join(PLACEMENTS)}.")
    root = document.rootNode()
    over = _SCREEN if art.opaque and art.dark else _MULTIPLY
    if placement == "replace" and last is not None and last.type() != MASK_TYPE:
        return Place(last.parentNode(), last, mode if (mode := last.blendingMode()) in (_MULTIPLY, _SCREEN) else "")
    if placement == "top" or art.layer is None:
        return Place(root, _highest(root), over)
    try:
        line = node(document, art.layer)
    except GoneError:
        return Place(root, _highest(root), over, tr("The line art's layer is gone; the colors are on top."))
    if placement == "above" or (placement != "below" and art.opaque):
        return Place(line.parentNode(), line, over)
    return _below(line, over)


def _below(line: Any, over: str) -> Place:
    """Directly below a layer. Krita's scripts cannot add at the very bottom of a group: there, below the group that
    holds the layer, and where that is the page itself, above, blended as ``over``: by Multiply, which looks the same
    under black lines."""
    lowest = line
    while (parent := lowest.parentNode()) is not None:
        siblings = parent.childNodes()
        place_ = next(index for index, sibling in enumerate(siblings) if sibling.uniqueId() == lowest.uniqueId())
        if place_ > 0:
            return Place(parent, siblings[place_ - 1], "")
        lowest = parent
    return Place(line.parentNode(), line, over)


def _highest(root: Any) -> Any | None:
    """The topmost layer; the selection, which Krita keeps as a mask on top, stays there."""
    layers = [child for child in root.childNodes() if not child.type().endswith("mask")]
    return layers[-1] if layers else None


def drift(document: Any, art: LineArt) -> tuple[int, int, str]:
    """How far the lines were moved since they were read, in pixels, and what to say where that cannot be told."""
    changed = tr("The drawing was changed meanwhile; look whether the colors are in their place.")
    here = page(document)
    resized = art.page is not None and art.page != (here.width, here.height)
    if art.layer is None or art.anchor is None or art.time is not None:
        return 0, 0, changed if resized else ""
    try:
        now = bounds(node(document, art.layer))
    except GoneError:
        return 0, 0, changed if resized else ""
    if now is not None and (now.width, now.height) == (art.anchor.width, art.anchor.height):
        return now.x - art.anchor.x, now.y - art.anchor.y, ""
    return 0, 0, changed if resized else ""  # on a page of the same size they were drawn on rather than moved
