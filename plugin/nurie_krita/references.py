# SPDX-License-Identifier: GPL-3.0-or-later
"""The references of the set that is shown, as a list model, and everything an artist can do with them.

Rows are named by digest, the SHA-256 of the picture, unique within a set. What is done is kept on disk at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from . import pictures
from .arrangement import Arrangement
from .i18n import tr
from .library import Entry, Library, ReferenceSet
from .paths import samples_folder
from .pictures import Picture
from .protocol import InputError, NurieError
from .qt import QtCore, QtGui, Signal
from .reference_import import Import, Importer
from .reference_rows import MIME_TYPE, ReferenceRows, Role
from .reference_sets import SAMPLES, SetFacts, sample_names, set_facts, set_name
from .work import in_thread

__all__ = ["MAX_ENABLED", "MAX_REFERENCES", "MIME_TYPE", "ReferenceModel", "Role", "SetFacts"]

MAX_ENABLED = 16
"""The backend takes no more in one colouring."""

MAX_REFERENCES = 1000
"""In all sets together."""

_EDIT = QtCore.Qt.ItemDataRole.EditRole


class ReferenceModel(ReferenceRows):
    """No method waits for a picture to be read or written. ``refused`` carries a NurieError for the artist."""

    changed = Signal()  # which references are in use, or in which order
    sets_changed = Signal()  # which sets there are, their names and counts, which one is shown
    undo_changed = Signal()
    importing_changed = Signal()
    added = Signal(list)  # digests, in the order in which they were asked for
    refused = Signal(object)

    def __init__(self, folder: Path, parent: QtCore.QObject | None = None) -> None:
        """``folder``: ``paths.data_folder()``; made when something is kept."""
        super().__init__(Arrangement(folder))
        self._arrangement.setParent(self)
        self.setParent(parent)
        self._importer = Importer(self._arrangement.store, self)
        self._importer.pending_changed.connect(self.importing_changed)
        self._importer.failed.connect(self.refused)
        self._importer.done.connect(self._imported)
        self._arrangement.changed.connect(self._tell)
        self._arrangement.undo_changed.connect(self.undo_changed)
        self._arrangement.failed.connect(self.refused)
        if self._library.digests:  # an arrangement that was damaged or deleted must not cost its pictures
            in_thread(partial(self._arrangement.store.tidy, self._library.digests), _nothing, _nothing)

    @property
    def damaged(self) -> NurieError | None:
        """Why the artist's references could not be read at the start, None if they could."""
        return self._arrangement.damaged

    @property
    def digests(self) -> tuple[str, ...]:
        """Of all rows, in order."""
        return self._library.shown.digests

    @property
    def enabled(self) -> tuple[str, ...]:
        """Of the references in use, in order."""
        return self._library.shown.enabled

    @property
    def importing(self) -> int:
        """How many pictures are still being read."""
        return self._importer.pending

    @property
    def set_id(self) -> str:
        """Of the set that is shown."""
        return self._library.shown.id

    @property
    def sets(self) -> tuple[SetFacts, ...]:
        """All sets, in the order in which they were made."""
        return tuple(set_facts(found) for found in self._library.sets)

    @property
    def undo_text(self) -> str:
        """What ``undo`` would do, e.g. "Bring back Alice"; empty when there is nothing."""
        return self._arrangement.undo_text

    def name(self, digest: str) -> str:
        """What the artist calls it, in the set that is shown; empty if it is not there."""
        return next((entry.name for entry in self._entries if entry.digest == digest), "")

    def data_of(self, digest: str) -> bytes:
        """The picture as PNG or JPEG bytes, to send. InputError if its file is gone."""
        return self._arrangement.store.data(digest, self.name(digest))

    def path_of(self, digest: str) -> Path | None:
        """Where the picture lies on disk, None if it is gone."""
        return self._arrangement.store.path(digest)

    # Adding: all return at once; ``added`` or ``refused`` follows for each. What is added is in use, alone where no
    # more than one was, as with a click on it.

    def add_files(self, paths: Iterable[str | Path]) -> None:
        """Add picture files to the set that is shown now."""
        self._import([(partial(pictures.from_file, Path(path)), Path(path).stem) for path in paths])

    def add_image(self, image: QtGui.QImage, name: str = "") -> None:
        """Add pixels: pasted, dragged, or read from a layer."""
        label = name or tr("Pasted picture")
        self._import([(partial(pictures.from_image, QtGui.QImage(image), label), label)])

    def add_data(self, data: bytes, name: str = "") -> None:
        """Add the bytes of a picture file, as a browser hands them over."""
        label = name or tr("Pasted picture")
        self._import([(partial(pictures.from_bytes, data, label), label)])

    def use_sample(self) -> None:
        """Show the set of samples, made if need be, and use its first reference alone."""
        samples = self._library.find(SAMPLES) or ReferenceSet(SAMPLES)
        self._arrangement.change(lambda library: replace(library.with_set(samples), current=SAMPLES))
        self.enable_only([])
        for number, (file, name) in enumerate(sample_names()):
            read = partial(pictures.from_file, samples_folder() / file)
            self._importer.add(Import(read, name, SAMPLES, SAMPLES, alone=number == 0, sample=True))

    # Changing

    def enable(self, digest: str, on: bool = True) -> None:
        """Use this reference, or do not."""
        others = [found for found in self.enabled if found != digest]
        self.enable_only([*others, digest] if on else others)

    def enable_only(self, digests: Iterable[str]) -> None:
        """Use just these of the set that is shown; ``refused`` beyond ``MAX_ENABLED``."""
        wanted = frozenset(digests) & frozenset(self.digests)
        if len(wanted) > MAX_ENABLED:
            text = tr("No more than {count} references can be used at once.", count=MAX_ENABLED)
            self._refuse(text, tr("Switch another one off first."))
        else:
            self._edit(lambda shown: shown.using(wanted))

    def rename(self, digest: str, name: str) -> None:
        """Call it something else; an empty name is ignored."""
        label = _label(name)
        if label:
            self._edit(
                lambda shown: shown.mapped(
                    lambda entry: replace(entry, name=label) if entry.digest == digest else entry
                )
            )

    def move(self, digests: Collection[str], row: int) -> None:
        """Put these, in the order they have, before what is in this row now."""
        self._edit(lambda shown: shown.moved(digests, row))

    def remove(self, digests: Collection[str]) -> None:
        """Take these out of the set; ``undo`` brings them back."""
        shown = self._library.shown
        taken = [(row, entry) for row, entry in enumerate(shown.entries) if entry.digest in digests]
        if not taken:
            return
        self._edit(lambda found: found.without(digests))
        text = tr("Bring back {name}", name=taken[0][1].name)
        if len(taken) > 1:
            text = tr("Bring back {count} references", count=len(taken))
        self._arrangement.push_undo(text, lambda library: library.bringing_back(shown, taken))

    def undo(self) -> None:
        """Take back the last removal of references or of a set."""
        self._arrangement.undo()

    def refresh(self) -> None:
        """Take over what another Krita changed in the shared folder; call it when the panel is shown again."""
        self._arrangement.refresh()

    # Sets

    def show_set(self, set_id: str) -> None:
        """Show another set; each remembers which of its references are in use."""
        self._arrangement.change(lambda library: replace(library, current=set_id) if library.find(set_id) else library)

    def add_set(self, name: str) -> str:
        """Make an empty set, show it, and return its id."""
        new = ReferenceSet(uuid.uuid4().hex, _label(name))
        self._arrangement.change(lambda library: replace(library.with_set(new), current=new.id))
        return new.id

    def rename_set(self, set_id: str, name: str) -> None:
        """Call a set something else; an empty name is ignored."""
        label = _label(name)
        if label:
            self._edit(lambda found: replace(found, name=label), set_id)

    def remove_set(self, set_id: str) -> None:
        """Remove a set with its references; ``undo`` brings it back."""
        found = self._library.find(set_id)
        if found is not None:
            self._arrangement.change(lambda library: library.without_set(set_id))
            text = tr("Bring back {name}", name=set_name(found))
            self._arrangement.push_undo(text, lambda library: library.bringing_back(found, enumerate(found.entries)))

    def move_to_set(self, digests: Collection[str], set_id: str) -> None:
        """Move references from the set that is shown to the end of another."""
        source = self.set_id
        self._arrangement.change(lambda library: library.moved_to_set(digests, source, set_id))

    def choose(self, set_id: str, digests: Collection[str]) -> tuple[str, ...]:
        """Show a set and use just these of it, as a document remembers them; those that it lacks are returned.

        Where another set holds more of them, as after they were moved, that one.
        """
        found = self._library.holding_most(digests, set_id)
        self.show_set(found.id)
        self.enable_only(digests)
        return tuple(digest for digest in digests if digest not in found.digests)

    def setData(self, index: QtCore.QModelIndex, value: Any, role: int = _EDIT) -> bool:  # noqa: N802
        digest = index.data(Role.DIGEST)
        if digest is None or role not in (_EDIT, Role.ENABLED):
            return False
        if role == Role.ENABLED:
            self.enable(digest, bool(value))
        else:
            self.rename(digest, str(value))
        return True

    @property
    def _library(self) -> Library:
        return self._arrangement.library

    def _edit(self, edit: Callable[[ReferenceSet], ReferenceSet], set_id: str | None = None) -> None:
        target = self.set_id if set_id is None else set_id
        self._arrangement.change(lambda library: library.edited(target, edit))

    def _refuse(self, message: str, advice: str) -> None:
        self.refused.emit(InputError(message, advice))

    def _tell(self, before: Library, after: Library) -> None:
        if [set_facts(found) for found in before.sets] != [set_facts(found) for found in after.sets] or (
            before.current != after.current
        ):
            self.sets_changed.emit()
        if before.shown.enabled != after.shown.enabled:
            self.changed.emit()

    def _import(self, pictures_asked: Iterable[tuple[Callable[[], Picture], str]]) -> None:
        alone, batch = len(self.enabled) < 2, object()
        for read, name in pictures_asked:
            self._importer.add(Import(read, name, self.set_id, batch, alone=alone))
            alone = False

    def _imported(self, asked: Import, picture: Picture) -> None:
        if len(self._library.digests | {picture.digest}) > MAX_REFERENCES:
            self._refuse(
                tr("There is room for {count} references.", count=MAX_REFERENCES),
                tr("Remove some that you do not need."),
            )
            return
        self._thumbnails.put(picture.digest, picture.thumbnail)
        name = _label(asked.name) or picture.digest[:8]
        entry = Entry(picture.digest, name, False, picture.width, picture.height, asked.sample)

        def add(shown: ReferenceSet) -> ReferenceSet:
            shown = shown.inserted(len(shown.entries), [entry])
            if asked.alone:
                return shown.using([entry.digest])
            used = not asked.sample and len(shown.enabled) < MAX_ENABLED
            return shown.using([*shown.enabled, entry.digest]) if used else shown

        self._edit(add, asked.set_id)
        self.added.emit([picture.digest])


def _nothing(_outcome: object) -> None:
    """Nobody waits for this."""


def _label(name: str) -> str:
    """One line of bounded length, whatever was typed or a file was called."""
    return " ".join(name.encode("utf-8", "replace").decode().split())[:200]
