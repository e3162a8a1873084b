# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours of many frames as one animated layer, in one undo step.

Krita's scripts cannot make keyframes without leaving entries in the undo history. A duplicate of the artist's own
layer has the right keyframes already: in a clone of the document its frames are painted over with colour, one in each
round of the event loop, and a duplicate of the outcome is added to the document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from .document_apply import MULTIPLY, Place, add, write
from .document_color import GrayError, is_gray, is_srgb8, scratch, space_of, to_srgb
from .document_pixels import limited, strips
from .document_read import animated, keyframes
from .document_tree import bounds, key, node, walk
from .host import LineArt, Region
from .i18n import tr
from .protocol import InputError, NurieError
from .qt import QtCore, QtGui

__all__ = ["Frames", "last_time"]


def last_time(document: Any) -> int:
    """The last frame that the document plays."""
    return max(0, int(document.fullClipRangeEndTime()), int(document.playBackEndTime()))


class Frames(QtCore.QObject):
    """Writes frames of colour, one after the other. find: the document by then, or GoneError; where: the place of the
    new layer in it; done: called with the layer; failed: called with what went wrong, the document untouched."""

    def __init__(
        self,
        find: Callable[[], Any],
        where: Callable[[], Place],
        work: Sequence[tuple[LineArt, QtGui.QImage]],
        name: str,
        done: Callable[[Any], None],
        failed: Callable[[NurieError], None],
    ) -> None:
        super().__init__()
        self._find = find
        self._where = where
        self._name = name
        self._done = done
        self._failed = failed
        self._stack = ExitStack()
        self._work = list(work)
        self._clone: Any = None
        self._carrier: Any = None

    def start(self) -> None:
        """Returns at once; one of ``done`` and ``failed`` is called later."""
        QtCore.QTimer.singleShot(0, lambda: self._guarded(self._prepare))

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except NurieError as error:
            self._end()
            self._failed(error)
        except Exception as error:  # noqa: BLE001 - a callback of a timer has nobody else to tell
            self._end()
            self._failed(NurieError(tr("The frames could not be applied."), str(error), "frames"))

    def _prepare(self) -> None:
        document = self._find()
        if is_gray(document):
            raise GrayError
        if not self._work:
            raise InputError(tr("There is no frame to apply."))
        layer_id = self._work[0][0].layer
        self._clone = self._stack.enter_context(scratch(document))
        source = self._clone.rootNode() if layer_id is None else node(self._clone, layer_id)
        self._carrier = _carrier(self._clone, source)
        for layer in self._clone.rootNode().childNodes():
            layer.setVisible(False)  # or Krita would draw the whole page for every frame
        times = keyframes(self._carrier, last_time(document))
        colored = {art.time: (art, color) for art, color in self._work if art.time is not None}
        if not set(colored) <= set(times):
            raise InputError(tr("The animation was changed meanwhile."), tr("Color its frames again."))
        self._queue = [(time, colored.get(time)) for time in times]
        self._later(self._frame)

    def _frame(self) -> None:
        time, work = self._queue.pop(0)
        self._clone.setCurrentTime(time)
        self._clone.waitForDone()
        drawn = bounds(self._carrier)
        if drawn is not None:
            _clear(self._carrier, drawn)
        if work is not None:
            art, color = work
            self._paint(color if art.mask is None else limited(color, art.mask), art.region)
        self._later(self._frame if self._queue else self._finish)

    def _paint(self, color: QtGui.QImage, region: Region) -> None:
        """Onto the current frame. To convert the animated layer itself crashes Krita 5.2, so the color is converted."""
        if is_srgb8(self._carrier):
            write(self._carrier, color, region)
            return
        place = (region.x, region.y, region.width, region.height)
        sheet = self._clone.createNode("sheet", "paintlayer")
        to_srgb(sheet)
        write(sheet, color, region)
        sheet.setColorSpace(*space_of(self._carrier))
        self._carrier.setPixelData(sheet.pixelData(*place), *place)

    def _finish(self) -> None:
        self._carrier.setName(self._name)
        self._carrier.setVisible(True)
        if self._where().multiply:
            self._carrier.setBlendingMode(MULTIPLY)
        self._clone.waitForDone()
        made = add(self._where(), self._carrier)
        self._end()
        self._done(made)

    def _later(self, step: Callable[[], None]) -> None:
        QtCore.QTimer.singleShot(0, lambda: self._guarded(step))

    def _end(self) -> None:
        self._carrier = None
        self._stack.close()


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
