# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts colour into a document: one group of one layer, one entry in the undo history, nothing else touched.

Everything is made in a clone of the document (blending mode, colour space and children would each be an entry in the
document itself), a strip in each round of the event loop, and a duplicate of the finished group is added in one step.

That step holds Krita as long as it takes to draw the page anew, for ``addChildNode`` waits for that: 30 to 50 ms at
1500 x 2000 px on two cores, 100 to 280 ms at 4000 x 4000 px. It is the same for a hidden group and for an empty one, so
there is nothing to be gained by filling or showing it later, which besides would draw nothing: Krita's scripts redraw
by waiting (``refreshProjection``), or by an action that is an undo step of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from krita import Krita

from .document_color import GrayError, blends_as_srgb, is_gray, is_srgb8, scratch, space_of, to_srgb
from .document_pixels import borrowed, limited, strips, within
from .document_place import Place
from .document_rounds import ROUND
from .document_tree import key, node
from .host import GoneError, LineArt, Region
from .i18n import tr
from .made import Sheet, Sheets
from .protocol import InputError
from .qt import QtCore, QtGui

__all__ = ["STROKE_MS", "add", "applying", "idle", "painting", "restore_active"]

_ARGB32 = QtGui.QImage.Format.Format_ARGB32
_STRIP_PIXELS, _STRIP_ROWS = 125_000, 64
"""Painted at a time, about, in whole rows of Krita's tiles: 0.5 ms in 8-bit sRGB, 8 ms where they must be converted,
and ten times that where the system takes long to find the memory."""
STROKE_MS = 100
"""Until it is looked again whether a brush stroke has ended."""
_RESTORE_EVERY_MS = 50
_RESTORE_TIMES = 30


def applying(
    find: Callable[[], Any],
    find_place: Callable[[], Place],
    art: LineArt,
    color: QtGui.QImage,
    name: str,
    region: Region,
    sheets: Sheets | None = None,
) -> Generator[int, None, tuple[Any, Place]]:
    """Add the colour as a group, of one layer or of the sheets; returns it and where it went. GrayError in a greyscale
    document.

    Work for ``Rounds``. ``find`` gives the document as it is by then and may raise GoneError, as may ``find_place``,
    which is asked directly before the group is added. That waits for the end of a brush stroke: it would cut it off.
    """
    document = find()
    if is_gray(document):
        raise GrayError
    if color.isNull():
        raise InputError(tr("There is no color to apply."))
    with scratch(document) as clone:
        del document  # it may be closed before the next round
        group = clone.createGroupLayer(name)  # not put into the clone's tree: Krita would draw the whole page each time
        for sheet in (Sheet(tr("Colors"), color),) if sheets is None else sheets.sheets:
            yield from _laying(clone, group, sheet, color, art.mask, region)
        if sheets is not None and len(sheets.sheets) > 1:
            yield from _drawn(clone, group)
        if blending := find_place().blending:
            group.setBlendingMode(blending)
        clone.waitForDone()
        yield ROUND
        while not idle(find()):
            yield STROKE_MS
        where = find_place()
        return add(where, group), where


def _laying(
    clone: Any, group: Any, sheet: Sheet, color: QtGui.QImage, mask: QtGui.QImage | None, region: Region
) -> Generator[int, None, None]:
    """One layer more on top of the group, of a sheet of the picture ``color``, which covers the region."""
    layer = clone.createNode(sheet.name, "paintlayer")
    group.addChildNode(layer, None)
    yield 0
    image, blending, size = sheet.image, sheet.blending, color.size()
    if not blends_as_srgb(layer, blending):
        # What the mode would make of it, as it is, where there is anything of it.
        image, blending = within(color, image), "normal"
        yield 0
    if mask is not None:
        whole = mask if mask.size() == size else mask.scaled(size)
        image = limited(image, whole.copy(sheet.left, sheet.top, image.width(), image.height()))
        yield 0
    across, down = region.width / size.width(), region.height / size.height()
    left, top = round(sheet.left * across), round(sheet.top * down)
    right, bottom = round((sheet.left + image.width()) * across), round((sheet.top + image.height()) * down)
    for _ in painting(clone, layer, image, Region(region.x + left, region.y + top, right - left, bottom - top)):
        yield 0
    if blending != "normal":
        layer.setBlendingMode(blending)


def _drawn(clone: Any, group: Any) -> Generator[int, None, None]:
    """Have Krita put the group's layers together. Added anywhere, a group is shown as it was put together last; that of
    a single layer is that layer."""
    root = clone.rootNode()
    for layer in root.childNodes():
        layer.setVisible(False)  # or all of them would be drawn, too
    yield ROUND
    root.addChildNode(group, None)
    yield ROUND
    clone.refreshProjection()
    yield ROUND


def idle(document: Any) -> bool:
    """Whether nothing is being done to a document; a brush stroke is."""
    free = bool(document.tryBarrierLock())
    if free:
        document.unlock()
    return free


def add(where: Place, made: Any) -> Any:
    """Add a duplicate of what was made in a clone; the only step that the undo history sees."""
    copy = made.duplicate()
    where.parent.addChildNode(copy, where.above)
    return copy


def painting(clone: Any, layer: Any, color: QtGui.QImage, region: Region) -> Iterator[None]:
    """Write 8-bit sRGB colour to a region of a clone's layer in whatever colour space, a strip from ``yield`` to
    ``yield``, scaled up where the picture is smaller. The colour is converted, not the layer: a whole one takes too
    long, and an animated one crashes Krita 5.2."""
    across, down = region.width / color.width(), region.height / color.height()
    for top, rows in strips(region.height, region.width, _STRIP_ROWS, _STRIP_PIXELS):
        if (across, down) == (1, 1):
            strip = color.copy(0, top, region.width, rows).convertToFormat(_ARGB32)
        else:
            strip = _scaled(color, across, down, top, QtCore.QSize(region.width, rows))
        place = (region.x, region.y + top, region.width, rows)
        if is_srgb8(layer):
            layer.setPixelData(borrowed(strip), *place)
        else:
            sheet = clone.createNode("sheet", "paintlayer")
            to_srgb(sheet)
            sheet.setPixelData(borrowed(strip), *place)
            sheet.setColorSpace(*space_of(layer))
            layer.setPixelData(sheet.pixelData(*place), *place)
        yield


def _scaled(color: QtGui.QImage, across: float, down: float, top: int, size: QtCore.QSize) -> QtGui.QImage:
    """A strip of a picture as it is when scaled up."""
    strip = QtGui.QImage(size, _ARGB32)
    strip.fill(0)
    painter = QtGui.QPainter(strip)
    painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
    painter.translate(0, -top)
    painter.scale(across, down)
    painter.drawImage(0, 0, color)
    painter.end()
    return strip


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
