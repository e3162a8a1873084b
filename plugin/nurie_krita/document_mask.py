# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita's Colorize Mask with key strokes of ours, which the artist goes on editing; Krita 5.2 and newer.

It is a child of the artist's own line layer and not of a copy: so the colours follow when lines are corrected, the
lines are not drawn twice, and it is what Krita's own command makes. The layer keeps every pixel, and one undo takes the
mask away. Strokes are put on and filled in a clone of the document, in a thread of Krita's own (some 10 s at 1500 x
2000 px); the artist goes on meanwhile, which in the document itself would not be so. It gets the filled duplicate.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from krita import ManagedColor

from .document_apply import STROKE_MS, idle
from .document_color import GrayError, is_gray, is_srgb8, scratch, space_of
from .document_rounds import ROUND
from .document_tree import node, page
from .host import GoneError, LineArt, Region
from .i18n import tr
from .made import Color, KeyStrokes
from .qt import QtCore

__all__ = ["can_mask", "hindrance", "masking"]

_WAIT_MS = 30
_SETTLE_MS = 60
"""From the end of Krita's threads until the mask knows of it."""
_RING = 3
"""Pixels of ground around what was colored, where that is not the whole page."""
_GROUNDS: tuple[Color, ...] = ((255, 255, 255), (0, 255, 0), (255, 0, 255), (0, 255, 255))
"""A stroke that stands for "nothing" has a color of its own in Krita; the first of these that no area has."""


def can_mask(document: Any) -> bool:
    """Whether this Krita's scripts can make one."""
    return hasattr(document, "createColorizeMask")


def hindrance(document: Any, art: LineArt) -> str:
    """Why the line art can have no mask, in a sentence that says what happens instead; empty where it can."""
    instead = tr("The colors are a layer.")
    if not can_mask(document):
        return tr("A Colorize Mask needs Krita 5.2 or newer.") + " " + instead
    if art.opaque and art.dark:
        return tr("A Colorize Mask needs dark lines.") + " " + instead
    try:
        line = None if art.layer is None else node(document, art.layer)
    except GoneError:
        line = None
    if line is None or line.type() != "paintlayer" or line.animated():
        return tr("A Colorize Mask belongs to one paint layer.") + " " + instead
    return ""


def masking(
    find: Callable[[], Any],
    find_place: Callable[[], object],
    art: LineArt,
    strokes: KeyStrokes,
    name: str,
    region: Region,
) -> Generator[int, None, Any]:
    """Add the mask to the line art's layer; returns it. Work for ``Rounds``; find and find_place as for ``applying``,
    the place itself is of no matter."""
    document = find()
    if is_gray(document):
        raise GrayError
    with scratch(document) as clone:
        del document  # it may be closed before the next round
        line = node(clone, art.layer or "")
        mask = clone.createColorizeMask(name)
        line.addChildNode(mask, None)
        colors = [_managed(color, line) for color in (_ground(strokes.colors), *strokes.colors)]
        mask.initializeKeyStrokeColors(colors, 0)
        mask.setBlendingMode("multiply" if art.opaque else "behind")
        yield 0
        for number, x, y, pixels, width, height in _marks(strokes, region, page(clone)):
            mask.setKeyStrokePixelData(QtCore.QByteArray(pixels), colors[number], x, y, width, height)
            yield 0
        yield ROUND
        mask.updateMask(True)
        yield _WAIT_MS
        while not idle(clone):
            find()  # GoneError: nobody waits for it any more
            yield _WAIT_MS
        yield _SETTLE_MS
        mask.setEditKeyStrokes(False)
        mask.setShowOutput(True)
        yield ROUND
        while not idle(clone):
            yield _WAIT_MS
        while not idle(find()):
            yield STROKE_MS
        find_place()
        copy = mask.duplicate()
        node(find(), art.layer or "").addChildNode(copy, None)
        return copy


def _marks(strokes: KeyStrokes, region: Region, whole: Region) -> Iterator[tuple[int, int, int, bytes, int, int]]:
    """Number of a colour, and a rectangle of the page: its corner, its opacities, its sides. The largest first: a
    rectangle's empty corners clear what was there."""
    if region != whole:
        left, top = max(region.x, whole.x), max(region.y, whole.y)
        right = min(region.x + region.width, whole.x + whole.width)
        bottom = min(region.y + region.height, whole.y + whole.height)
        sides = (
            (left, top, right - left, _RING if top > whole.y else 0),
            (left, bottom - _RING, right - left, _RING if bottom < whole.y + whole.height else 0),
            (left, top, _RING if left > whole.x else 0, bottom - top),
            (right - _RING, top, _RING if right < whole.x + whole.width else 0, bottom - top),
        )
        for x, y, width, height in sides:
            if width > 0 and height > 0:
                yield 0, x, y, b"\xff" * (width * height), width, height
    across, down = region.width / strokes.size.width(), region.height / strokes.size.height()
    for number, x, y, radius in sorted(strokes.dabs, key=lambda dab: -dab[3]):
        middle_x, middle_y = region.x + int((x + 0.5) * across), region.y + int((y + 0.5) * down)
        radius = int(radius * min(across, down))
        side = 2 * radius + 1
        yield number, middle_x - radius, middle_y - radius, _disc(radius), side, side


def _disc(radius: int) -> bytes:
    rows = []
    for down in range(-radius, radius + 1):
        half = int((radius * radius - down * down) ** 0.5)
        rows.append(b"\0" * (radius - half) + b"\xff" * (2 * half + 1) + b"\0" * (radius - half))
    return b"".join(rows)


def _ground(colors: tuple[Color, ...]) -> Color:
    return next(color for color in (*_GROUNDS, (1, 254, 2)) if color not in colors)


def _managed(color: Color, layer: Any) -> Any:
    """A colour of 8-bit sRGB in the layer's own space."""
    managed = ManagedColor("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
    red, green, blue = (level / 255 for level in color)
    managed.setComponents([blue, green, red, 1.0])
    if not is_srgb8(layer):
        managed.setColorSpace(*space_of(layer))
    return managed
