# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads line art and pictures. Nothing in here changes the document, its undo history or what is active."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .document_color import is_srgb8, scratch, space_of, to_srgb8
from .document_lineart import look
from .document_pixels import assembled, from_gray, from_rgba, gathered, limited
from .document_region import around, common, reach, reduction
from .document_tree import MASK_TYPE, bounds, key, layer_of, node, page, root
from .host import GoneError, LineArt, Region, Source
from .i18n import tr
from .protocol import InputError
from .qt import QtGui

__all__ = ["animated", "keyframes", "pixels", "read", "read_picture", "selected", "source_of", "target_of"]

_ARGB32 = QtGui.QImage.Format.Format_ARGB32
_GRAY = QtGui.QImage.Format.Format_Grayscale8


def target_of(document: Any, source: str) -> Any | None:
    """The layer that a source means, None for all that is visible. GoneError for a layer that is not there."""
    if source == "visible":
        return None
    if source != "active":
        return node(document, source)
    layer = layer_of(document)
    root(document)  # Krita 5.3 and newer handle events while they tell the active layer; it may be closed by now
    if layer is None:
        raise GoneError(tr("No layer with line art is active."), tr("Click the layer with your lines."))
    return layer


def source_of(layer: Any | None, source: str) -> Source:
    """What the panel says of it."""
    if layer is None:
        return Source("visible", tr("All that is visible"), "visible")
    kind = "active" if source == "active" else "group" if layer.type() == "grouplayer" else "layer"
    return Source(source, layer.name(), kind)


def read(document: Any, id_: str, source: str, *, selection_only: bool, time: int | None = None) -> LineArt:
    """Line art of a source. InputError where the selection leaves nothing of it."""
    layer = target_of(document, source)
    whole = page(document)
    lines = bounds(layer) if layer is not None else None
    region = reach(whole, lines) if layer is not None and layer.type() == "paintlayer" and time is None else whole
    selection = selected(document) if selection_only else None
    if selection is not None:
        near = around(selection, region)
        if near is None:
            raise InputError(tr("The selection is beside the drawing."), tr("Select a part of it, or deselect."))
        region = near
    image = pixels(document, layer, region, time)
    seen = look(image)
    return LineArt(
        document=id_,
        source=source_of(layer, source),
        image=image,
        region=region,
        layer=None if layer is None else key(layer),
        mask=None if selection is None else _mask(document, region),
        opaque=seen.opaque,
        dark=seen.dark,
        state=seen.state,
        time=time,
        anchor=lines,
        page=(whole.width, whole.height),
    )


def read_picture(document: Any, source: str) -> QtGui.QImage:
    """A source as a reference: cropped to what there is, or to the selection's shape for ``selection``."""
    if source == "selection":
        selection = selected(document)
        region = None if selection is None else common(selection, page(document))
        if region is None:
            raise InputError(tr("Nothing is selected."), tr("Select the character first."))
        return limited(pixels(document, None, region), _mask(document, region))
    layer = target_of(document, source)
    drawn = page(document) if layer is None else bounds(layer)
    region = None if drawn is None else common(drawn, page(document)) or drawn
    if region is None:
        raise InputError(tr("The layer is empty."), tr("Choose a layer with a picture."))
    return pixels(document, layer, region)


def selected(document: Any) -> Region | None:
    """The bounds of the selection; None where nothing is selected."""
    selection = document.selection()
    if selection is None or selection.width() < 1 or selection.height() < 1:
        return None
    return Region(selection.x(), selection.y(), selection.width(), selection.height())


def pixels(document: Any, layer: Any | None, region: Region, time: int | None = None) -> QtGui.QImage:
    """Format_ARGB32 in sRGB of a layer, or of all that is visible; smaller by ``reduction`` where it is huge.

    Masks and effects count as they are seen; the layer's own opacity and visibility do not.
    """
    if _needs_rendering(layer, time):
        with scratch(document) as clone:
            return _strips(clone, _rendered(clone, layer, time), region, None)
    return _strips(document, layer, region, time)


def keyframes(layer: Any, last: int) -> list[int]:
    """Times up to ``last`` at which a layer, or one inside of it, changes."""
    own = [time for time in range(last + 1) if layer.hasKeyframeAtTime(time)] if layer.animated() else []
    inside = [time for child in layer.childNodes() for time in keyframes(child, last)]
    return sorted({*own, *inside})


def animated(layer: Any) -> bool:
    return bool(layer.animated()) or any(animated(child) for child in layer.childNodes())


def _needs_rendering(layer: Any | None, time: int | None) -> bool:
    """Whether Krita has no pixels ready: of another time, or of something hidden that it does not keep up to date."""
    if layer is not None and layer.type() == "paintlayer" and not _masked(layer):
        return time is not None and not layer.animated() and animated(layer)
    return time is not None or (layer is not None and not _shown(layer))


def _rendered(clone: Any, layer: Any | None, time: int | None) -> Any | None:
    """The layer's like in the clone, shown, at a time."""
    found = None if layer is None else node(clone, key(layer))
    above = found
    while above is not None:
        above.setVisible(True)
        above = above.parentNode()
    if time is not None:
        clone.setCurrentTime(time)
        clone.waitForDone()
    clone.refreshProjection()
    clone.waitForDone()
    return found


def _masked(layer: Any) -> bool:
    """Whether masks change what is drawn in it; a Colorize Mask only colors it."""
    return any(child.visible() and child.type() != MASK_TYPE for child in layer.childNodes())


def _shown(layer: Any) -> bool:
    while layer is not None:
        if not layer.visible():
            return False
        layer = layer.parentNode()
    return True


def _strips(document: Any, layer: Any | None, region: Region, time: int | None) -> QtGui.QImage:
    thing = document if layer is None else layer
    fetch = _fetch(document, layer, time)

    def plain(top: int, rows: int) -> QtGui.QImage:
        return from_rgba(fetch(region.x, region.y + top, region.width, rows), region.width, rows)

    if is_srgb8(thing):
        if reduction(region) == 1:
            return gathered(
                region.width, region.height, lambda top, rows: fetch(region.x, region.y + top, region.width, rows)
            )
        return assembled(region.width, region.height, reduction(region), plain, _ARGB32)
    with scratch(document) as clone:

        def converted(top: int, rows: int) -> QtGui.QImage:
            part = Region(region.x, region.y + top, region.width, rows)
            data = fetch(part.x, part.y, part.width, part.height)
            return from_rgba(to_srgb8(clone, data, space_of(thing), part), part.width, part.height)

        return assembled(region.width, region.height, reduction(region), converted, _ARGB32)


def _fetch(document: Any, layer: Any | None, time: int | None) -> Callable[[int, int, int, int], Any]:
    """Krita's own way to give raw pixels of what is to be read."""
    if layer is None:
        return document.pixelData  # type: ignore[no-any-return]
    if layer.type() != "paintlayer" or _masked(layer):
        return layer.projectionPixelData  # type: ignore[no-any-return]
    if time is None or not layer.animated():
        return layer.pixelData  # type: ignore[no-any-return]
    # Krita gives pixels at the times of keyframes only; in between, the one before holds.
    held = max((at for at in range(time + 1) if layer.hasKeyframeAtTime(at)), default=time)
    return lambda x, y, width, height: layer.pixelDataAtTime(x, y, width, height, held)


def _mask(document: Any, region: Region) -> QtGui.QImage:
    """The selection with its soft edge, as large as ``pixels`` of the region."""
    selection = document.selection()

    def strip(top: int, rows: int) -> QtGui.QImage:
        data = selection.pixelData(region.x, region.y + top, region.width, rows)
        return from_gray(data, region.width, rows)

    return assembled(region.width, region.height, reduction(region), strip, _GRAY)
