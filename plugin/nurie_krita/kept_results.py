# SPDX-License-Identifier: GPL-3.0-or-later
"""Results in the document's own .kra file, where the artist wishes so: they are there again when it is opened."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from . import png
from .annotation import RESULTS_KEY, KeptResult, decode, encode
from .host import Host, LineArt
from .options import OptionValues
from .protocol import NurieError
from .qt import QtCore, QtGui
from .results import Result
from .settings import Settings
from .state import PanelState
from .work import in_thread

__all__ = ["MAX_BYTES", "KeptResults"]

MAX_BYTES = 32 * 2**20
"""Of results in one document, the newest; what goes beyond is not kept."""

_DELAY_MS = 500


class KeptResults(QtCore.QObject):
    """Wires itself: keeps what is added while the setting is on, and brings back what a document brings along."""

    def __init__(self, state: PanelState, host: Host, settings: Settings, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._host = host
        self._settings = settings
        self._seen: set[str] = set()
        self._packed: dict[str, KeptResult] = {}  # without its pictures where they did not fit
        self._packing = ""
        self._written: dict[str, tuple[str, ...]] = {}  # by document, the results it carries
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._keep)
        state.results.rowsInserted.connect(lambda *_: self._timer.start())
        state.results.rowsRemoved.connect(lambda *_: self._timer.start())
        state.document_changed.connect(self._recall)

    def _keep(self) -> None:
        """Write what changed; first what has to be packed for it, one after the other."""
        if not self._settings.values.results_in_document:
            return
        found = [result for name in self._state.results.ids if (result := self._state.results.get(name))]
        self._packed = {result.id: self._packed[result.id] for result in found if result.id in self._packed}
        waiting = next((result for result in found if result.id not in self._packed), None)
        if waiting is not None:
            if not self._packing:
                self._pack(waiting)
            return
        for document in {result.art.document for result in found} | set(self._written):
            self._write(document, tuple(result.id for result in found if result.art.document == document))

    def _pack(self, result: Result) -> None:
        try:
            color = self._state.results.color(result.id)
        except NurieError:
            self._state.results.remove(result.id)
            return
        self._packing = result.id
        in_thread(partial(_packed, result, color), self._pack_done, lambda _: self._pack_done(_unpackable(result)))

    def _pack_done(self, kept: KeptResult) -> None:
        self._packed[self._packing], self._packing = kept, ""
        self._keep()

    def _write(self, document: str, names: tuple[str, ...]) -> None:
        room, fitting = MAX_BYTES, list[str]()
        for name in names:
            kept = self._packed[name]
            room -= len(kept.png) + len(kept.mask)
            if kept.png and room >= 0:
                fitting.append(name)
            else:
                room, self._packed[name] = -1, replace(kept, png=b"", mask=b"")
        if self._written.get(document, ()) == tuple(fitting):
            return
        data = encode(OptionValues(), "", (), (self._packed[name] for name in fitting)) if fitting else b""
        try:
            self._host.annotate(document, RESULTS_KEY, data)
        except NurieError:  # closed meanwhile
            self._written.pop(document, None)
        else:
            self._written[document] = tuple(fitting)

    def _recall(self) -> None:
        document = self._state.document
        if document is None or document.id in self._seen:
            return
        self._seen.add(document.id)
        try:
            data = self._host.annotation(document.id, RESULTS_KEY)
        except NurieError:
            return
        if data:
            in_thread(partial(_unpacked, data), partial(self._recalled, document.id), lambda _: None)

    def _recalled(self, document: str, found: list[tuple[KeptResult, QtGui.QImage, QtGui.QImage | None]]) -> None:
        for kept, color, mask in reversed(found):
            art = LineArt(
                document,
                kept.source,
                QtGui.QImage(),
                kept.region,
                layer=kept.layer,
                mask=mask,
                opaque=kept.opaque,
                dark=kept.dark,
                time=kept.time,
                anchor=kept.anchor,
                page=kept.page,
            )
            result = self._state.results.add(color, art, kept.values, kept.references, kept.name, kept.seconds)
            self._packed[result.id] = kept
            self._written[document] = (result.id, *self._written.get(document, ()))


def _packed(result: Result, color: QtGui.QImage) -> KeptResult:
    mask = result.art.mask
    return replace(_unpackable(result), png=png.encode(color), mask=b"" if mask is None else png.encode(mask))


def _unpackable(result: Result) -> KeptResult:
    """All but the pictures."""
    art = result.art
    return KeptResult(
        b"",
        art.region,
        result.values,
        art.source,
        result.references,
        result.name,
        result.seconds,
        layer=art.layer,
        opaque=art.opaque,
        dark=art.dark,
        time=art.time,
        anchor=art.anchor,
        page=art.page,
    )


def _unpacked(data: bytes) -> list[tuple[KeptResult, QtGui.QImage, QtGui.QImage | None]]:
    """Pictures of the results that can be read."""
    remembered = decode(data)
    found = []
    for kept in () if remembered is None else remembered.results:
        color = _image(kept.png, QtGui.QImage.Format.Format_ARGB32)
        mask = _image(kept.mask, QtGui.QImage.Format.Format_Grayscale8) if kept.mask else None
        if not color.isNull() and (mask is None or not mask.isNull()):
            found.append((kept, color, mask))
    return found


def _image(data: bytes, format_: QtGui.QImage.Format) -> QtGui.QImage:
    buffer = QtCore.QBuffer()
    buffer.setData(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    reader = QtGui.QImageReader(buffer, b"png")
    image = reader.read()
    reader.setDevice(None)
    return image if image.isNull() else image.convertToFormat(format_)
