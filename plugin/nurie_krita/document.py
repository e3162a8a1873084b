# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita, as the panel sees it. The rules: the artist's own layers and settings are never touched, every colouring is
one undo step, and what is gone is said to be gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from .document_apply import applying, restore_active
from .document_canvas import canvas_of, floating_message
from .document_color import is_gray, to_rgb
from .document_frames import animating, last_time
from .document_mask import can_mask, hindrance, masking
from .document_memory import find_memory
from .document_open import open_picture
from .document_place import Place, drift, place
from .document_read import animated, keyframes, read, read_picture, selected, target_of
from .document_region import moved
from .document_results import Results
from .document_rounds import Rounds
from .document_tree import MASK_TYPE, Documents, key, layer_of, sources
from .document_watch import Watch
from .host import AUTOMATIC, Canvas, DocumentFacts, GoneError, LineArt
from .i18n import tr
from .made import KeyStrokes, Made, Sheets
from .protocol import InputError, NurieError
from .qt import QtCore, QtGui

__all__ = ["KritaHost"]

_ANNOTATION = "nurie/"
_SETTLE_SECONDS = 0.3


class KritaHost:
    """Implements ``host.Host``."""

    def __init__(self) -> None:
        self._documents = Documents()
        self._results = Results()
        self._callbacks: list[Callable[[], None]] = []
        self._watch = Watch(self._state, self._changed)
        self._touched = -_SETTLE_SECONDS  # when a layer was added last
        application = QtCore.QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(Rounds.drop_all)

    # What there is

    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)
        self._watch.start()

    def set_watching(self, watching: bool) -> None:
        """Whether to look for changes at all; off while no panel is to be seen."""
        if watching:
            self._watch.start()
        else:
            self._watch.stop()

    def active(self) -> DocumentFacts | None:
        found = self._documents.active()
        return None if found is None else next(iter(_facts_of([found])), None)

    def documents(self) -> list[DocumentFacts]:
        return _facts_of(self._documents.all())

    # Reading

    def read(self, document: str, source: str, *, selection_only: bool = True) -> LineArt:
        found = self._documents.find(document)
        art = read(found, document, source, selection_only=selection_only)
        find_memory(found)
        return art

    def frames(self, document: str, source: str) -> list[int]:
        found = self._documents.find(document)
        layer = target_of(found, source)
        return keyframes(found.rootNode() if layer is None else layer, last_time(found))

    def read_frame(self, document: str, source: str, time: int) -> LineArt:
        return read(self._documents.find(document), document, source, selection_only=True, time=time)

    def picture(self, document: str, source: str) -> QtGui.QImage:
        return read_picture(self._documents.find(document), source)

    # Writing

    def apply(
        self,
        art: LineArt,
        color: QtGui.QImage,
        name: str,
        placement: str,
        done: Callable[[str], None],
        failed: Callable[[NurieError], None],
        made: Made | None = None,
    ) -> None:
        landing = _Landing(self._documents, self._results, art, placement)
        found: list[str] = []  # what to tell the artist

        def work() -> Generator[int, None, Any]:
            dx, dy, changed = drift(landing.find(), art)
            region = moved(art.region, dx, dy)
            hindered = hindrance(landing.find(), art) if isinstance(made, KeyStrokes) else ""
            if isinstance(made, KeyStrokes) and not hindered:
                floating_message(tr("Krita fills the Colorize Mask; you can go on meanwhile."))
                mask = yield from masking(landing.find, landing.place, art, made, name, region)
                found.append(changed)
                return mask
            sheets = made if isinstance(made, Sheets) else None
            group, where = yield from applying(landing.find, landing.place, art, color, name, region, sheets)
            found.append(hindered or where.note or changed)
            return group

        def finished(group: Any) -> None:
            landed = self._landed(landing, group)
            if found[0]:
                floating_message(found[0])
            done(landed)

        Rounds(work(), finished, failed).start()

    def apply_frames(
        self,
        arts: Sequence[LineArt],
        colors: Sequence[QtGui.QImage],
        name: str,
        done: Callable[[str], None],
        failed: Callable[[NurieError], None],
    ) -> None:
        if not arts or len(arts) != len(colors):
            failed(InputError(tr("There is no frame to apply.")))
            return
        scans = [art for art in arts if art.opaque]
        first = replace(arts[0], opaque=bool(scans), dark=bool(scans) and all(art.dark for art in scans))
        landing = _Landing(self._documents, self._results, first, AUTOMATIC)
        work = animating(landing.find, landing.place, list(zip(arts, colors, strict=True)), name)
        Rounds(work, lambda layer: done(self._landed(landing, layer)), failed).start()

    def convert_to_rgb(self, document: str) -> None:
        to_rgb(self._documents.find(document))

    def annotation(self, document: str, key: str) -> bytes | None:
        return bytes(self._documents.find(document).annotation(_ANNOTATION + key.removeprefix(_ANNOTATION))) or None

    def annotate(self, document: str, key: str, data: bytes) -> None:
        """Kept in the .kra when it is saved; no bytes take the annotation away. By itself no reason to save."""
        found = self._documents.find(document)
        modified = found.modified()
        if data:
            found.setAnnotation(_ANNOTATION + key.removeprefix(_ANNOTATION), tr("Nurie"), QtCore.QByteArray(data))
        else:
            found.removeAnnotation(_ANNOTATION + key.removeprefix(_ANNOTATION))
        found.setModified(modified)

    def open_image(self, image: QtGui.QImage, name: str) -> str:
        self._settle()
        document = open_picture(image, name)
        return next(id_ for id_, known in self._documents.all() if known == document)

    # What is seen

    def canvas(self, document: str) -> Canvas | None:
        return canvas_of(self._documents.find(document))

    def message(self, text: str) -> None:
        floating_message(text)

    def _settle(self) -> None:
        """Let Krita finish what was done to a document just now: to open a view before that crashes it."""
        while (left := _SETTLE_SECONDS - (time.monotonic() - self._touched)) > 0:
            loop = QtCore.QEventLoop()
            QtCore.QTimer.singleShot(round(left * 1000), loop.quit)
            loop.exec(QtCore.QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def _state(self) -> object:
        self._results.keep_one_visible(self._documents.all())
        return self.active(), len(self._documents.all())

    def _changed(self) -> None:
        for callback in list(self._callbacks):
            callback()

    def _landed(self, landing: _Landing, layer: Any) -> str:
        """Krita has just added what was made; it is not drawn yet. Returns its id."""
        self._touched = time.monotonic()
        document, made = landing.find(), key(layer)
        document.setModified(True)
        self._results.added(document, landing.art.document, made, instead_of=landing.former)
        if landing.active is not None:
            restore_active(landing.find, landing.active, made)
        return made


class _Landing:
    """Where colours of a line art come down, and what was there right before. active: the id of the active layer;
    former: the group that they replace."""

    def __init__(self, documents: Documents, results: Results, art: LineArt, placement: str) -> None:
        self._documents = documents
        self._results = results
        self._placement = placement
        self.art = art
        self.active: str | None = None
        self.former: Any | None = None

    def find(self) -> Any:
        """The document. GoneError when it is closed."""
        return self._documents.find(self.art.document)

    def place(self) -> Place:
        """To be asked directly before anything is added."""
        # First, for Krita 5.3 and newer handle events meanwhile, in which anything may be closed.
        active = self.find().activeNode()
        self.active = None if active is None else key(active)
        document = self.find()
        last = self._results.last(document)
        # A mask of before would lie above what comes below its lines.
        covers = last is not None and last.type() == MASK_TYPE and key(last.parentNode()) == self.art.layer
        self.former = last if covers or self._placement == "replace" else None
        return place(document, self.art, self._placement, self.former)


def _facts_of(documents: Iterable[tuple[str, Any]]) -> list[DocumentFacts]:
    found = []
    for id_, document in documents:
        with suppress(GoneError):  # Krita lists a document a little longer than it has it
            found.append(_facts(id_, document))
    return found


def _facts(id_: str, document: Any) -> DocumentFacts:
    layer = layer_of(document)
    moving = layer is not None and animated(layer)
    return DocumentFacts(
        id=id_,
        name=document.name() or document.fileName().replace("\\", "/").rpartition("/")[2] or tr("Untitled"),
        width=document.width(),
        height=document.height(),
        sources=sources(document),
        selection=selected(document),
        gray=is_gray(document),
        frames=len(keyframes(layer, last_time(document))) if moving else 0,
        masks=can_mask(document),
    )
