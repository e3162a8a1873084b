# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts colour into a document: one group of one layer, one entry in the undo history, nothing else touched.

Everything is made in a clone of the document (blending mode, colour space and children would each be an entry in the
document itself) and a duplicate of the finished group is added in one step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from krita import Krita

from .document_color import GrayError, is_gray, scratch, to_document, to_srgb
from .document_pixels import borrowed, limited, strips
from .document_tree import bounds, key, node, page
from .host import PLACEMENTS, GoneError, LineArt, Region
from .i18n import tr
from .protocol import InputError, UsageError
from .qt import QtCore, QtGui

__all__ = ["Place", "add", "drift", "place", "put", "restore_active"]

MULTIPLY = "multiply"
_ARGB32 = QtGui.QImage.Format.Format_ARGB32
_RESTORE_EVERY_MS = 50
_RESTORE_TIMES = 30


@dataclass(frozen=True)
class Place:
    """Where a new group goes. parent: a group or the root. above: its sibling directly below the new group, None for
    the top. multiply: lines below it stay visible. note: what the artist should know about it, or empty."""

    parent: Any
    above: Any | None
    multiply: bool
    note: str = ""


def put(
    document: Any, art: LineArt, color: QtGui.QImage, name: str, region: Region, find_place: Callable[[], Place]
) -> tuple[Any, Place]:
    """Add the colour as a group; returns it and where it went. GrayError in a greyscale document.

    Krita handles events in many of its calls, so anything may happen to the document while the group is built:
    ``find_place`` is asked, and may raise GoneError, directly before the group is added.
    """
    if is_gray(document):
        raise GrayError
    if color.isNull():
        raise InputError(tr("There is no color to apply."))
    if art.mask is not None:
        color = limited(color, art.mask)
    with scratch(document) as clone:
        group = clone.createGroupLayer(name)  # not put into the clone's tree: Krita would draw the whole page each time
        layer = clone.createNode(tr("Colors"), "paintlayer")
        to_srgb(layer)
        write(layer, color, region)
        group.addChildNode(layer, None)
        to_document(layer, clone)
        if find_place().multiply:
            group.setBlendingMode(MULTIPLY)
        clone.waitForDone()
        where = find_place()
        return add(where, group), where


def add(where: Place, made: Any) -> Any:
    """Add a duplicate of what was made in a clone; the only step that the undo history sees."""
    copy = made.duplicate()
    where.parent.addChildNode(copy, where.above)
    return copy


def write(layer: Any, color: QtGui.QImage, region: Region) -> None:
    """Write 8-bit sRGB colour to a region, scaled up where the picture is smaller, a strip at a time."""
    if (color.width(), color.height()) == (region.width, region.height):
        straight = color.convertToFormat(_ARGB32)
        layer.setPixelData(borrowed(straight), region.x, region.y, region.width, region.height)
        return
    across, down = region.width / color.width(), region.height / color.height()
    for top, rows in strips(region.height, region.width):
        strip = QtGui.QImage(region.width, rows, _ARGB32)
        strip.fill(0)
        painter = QtGui.QPainter(strip)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
        painter.translate(0, -top)
        painter.scale(across, down)
        painter.drawImage(0, 0, color)
        painter.end()
        layer.setPixelData(borrowed(strip), region.x, region.y + top, region.width, rows)


def place(document: Any, art: LineArt, placement: str, last: Any | None) -> Place:
    """Find the place for a placement of ``host.PLACEMENTS``. last: this panel's last result in the document."""
    if placement not in PLACEMENTS:
        raise UsageError(f"There is no placement {placement!r}.", f"There are {', '.join(PLACEMENTS)}.")
    root = document.rootNode()
    if placement == "replace" and last is not None:
        return Place(last.parentNode(), last, last.blendingMode() == MULTIPLY)
    if placement == "top" or art.layer is None:
        return Place(root, _highest(root), multiply=True)
    try:
        line = node(document, art.layer)
    except GoneError:
        return Place(root, _highest(root), True, tr("The line art's layer is gone; the colors are on top."))
    if placement == "above" or (placement != "below" and art.opaque):
        return Place(line.parentNode(), line, multiply=True)
    return _below(line)


def _below(line: Any) -> Place:
    """Directly below a layer. Krita's scripts cannot add at the very bottom of a group: there, below the group that
    holds the layer, and where that is the page itself, above with Multiply, which looks the same under black lines."""
    lowest = line
    while (parent := lowest.parentNode()) is not None:
        siblings = parent.childNodes()
        place_ = next(index for index, sibling in enumerate(siblings) if sibling.uniqueId() == lowest.uniqueId())
        if place_ > 0:
            return Place(parent, siblings[place_ - 1], multiply=False)
        lowest = parent
    return Place(line.parentNode(), line, multiply=True)


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


def restore_active(find: Callable[[], Any], active: str, ours: str) -> None:
    """Make the layer active again that was, whenever Krita makes the new one active: depending on its version and on
    how busy it is, at once or a good while later. It ends as soon as the artist chooses a third layer."""

    def look(left: int) -> None:
        try:
            document = find()
            now = document.activeNode()
            lineage = _lineage(now)
            if Krita.instance().activeDocument() == document and ours in lineage:  # only there can Krita activate
                document.setActiveNode(node(document, active))
            elif not lineage or lineage[0] != active:
                return
        except GoneError:
            return
        if left > 0:
            QtCore.QTimer.singleShot(_RESTORE_EVERY_MS, lambda: look(left - 1))

    QtCore.QTimer.singleShot(0, lambda: look(_RESTORE_TIMES))


def _lineage(layer: Any) -> list[str]:
    found = []
    while layer is not None:
        found.append(key(layer))
        layer = layer.parentNode()
    return found
