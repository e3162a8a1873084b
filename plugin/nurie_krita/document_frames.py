# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours of many frames as one animated layer, in one undo step.

Krita's scripts cannot make keyframes without leaving entries in the undo history. A duplicate of the artist's own
layer has the right keyframes already: in a clone of the document its frames are painted over with colour, and a
duplicate of the outcome is added to the document.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from .document_apply import STROKE_MS, add, idle, painting
from .document_color import GrayError, is_gray, scratch
from .document_pixels import limited, strips
from .document_place import Place
from .document_read import animated, keyframes
from .document_rounds import ROUND
from .document_tree import bounds, key, node, walk
from .host import LineArt, Region
from .i18n import tr
from .protocol import InputError
from .qt import QtCore, QtGui

__all__ = ["animating", "last_time"]


def last_time(document: Any) -> int:
    """The last frame that the document plays."""
    return max(0, int(document.fullClipRangeEndTime()), int(document.playBackEndTime()))


def animating(
    find: Callable[[], Any],
    find_place: Callable[[], Place],
    frames: Sequence[tuple[LineArt, QtGui.QImage]],
    name: str,
) -> Generator[int, None, Any]:
    """Add frames of colour as one layer; returns it. Work for ``Rounds``; find and find_place as for ``applying``."""
    document = find()
    if is_gray(document):
        raise GrayError
    if not frames:
        raise InputError(tr("There is no frame to apply."))
    layer_id = frames[0][0].layer
    with scratch(document) as clone:
        source = clone.rootNode() if layer_id is None else node(clone, layer_id)
        carrier = _carrier(clone, source)
        for layer in clone.rootNode().childNodes():
            layer.setVisible(False)  # or Krita would draw the whole page for every frame
        times = keyframes(carrier, last_time(document))
        del document  # it may be closed before the next round
        colored = {art.time: (art, color) for art, color in frames if art.time is not None}
        if not set(colored) <= set(times):
            raise InputError(tr("The animation was changed meanwhile."), tr("Color its frames again."))
        for time in times:
            yield ROUND
            clone.setCurrentTime(time)
            clone.waitForDone()
            drawn = bounds(carrier)
            if drawn is not None:
                _clear(carrier, drawn)
            if time in colored:
                art, color = colored[time]
                for _ in painting(clone, carrier, color if art.mask is None else limited(color, art.mask), art.region):
                    yield 0
        carrier.setName(name)
        carrier.setVisible(True)
        if blending := find_place().blending:
            carrier.setBlendingMode(blending)
        clone.waitForDone()
        while not idle(find()):
            yield STROKE_MS
        return add(find_place(), carrier)


def _carrier(clone: Any, source: Any) -> Any:
    """A plain layer on top of the clone that has the keyframes of the source, or of all that is animated inside it."""
    found = [source] if source.type() == "paintlayer" else [layer for layer in walk(source) if layer.animated()]
    found = [layer for layer in found if layer.type() == "paintlayer" and animated(layer)]
    if not found:
        raise InputError(tr("Nothing is animated here."), tr("Choose the layer that has the frames."))
    root = clone.rootNode()
    carrier: Any = None
    for layer in found:
        copy = layer.duplicate()
        root.addChildNode(copy, None)
        _make_plain(copy)
        carrier = copy if carrier is None else _merged(clone, copy)
    return node(clone, key(carrier))


def _make_plain(layer: Any) -> None:
    for mask in layer.childNodes():
        mask.remove()
    layer.setVisible(True)
    layer.setLocked(False)
    layer.setAlphaLocked(False)
    layer.setInheritAlpha(False)
    layer.setOpacity(255)
    layer.setColorLabel(0)
    if layer.blendingMode() != "normal":
        layer.setBlendingMode("normal")


def _merged(clone: Any, layer: Any) -> Any:
    """Merge with the layer below, which keeps the keyframes of both."""
    layer.mergeDown()
    clone.waitForDone()
    return clone.rootNode().childNodes()[-1]


def _clear(layer: Any, region: Region) -> None:
    size = layer.pixelData(0, 0, 1, 1).size()
    for top, rows in strips(region.height, region.width):
        nothing = QtCore.QByteArray(region.width * rows * size, b"\0")
        layer.setPixelData(nothing, region.x, region.y + top, region.width, rows)
