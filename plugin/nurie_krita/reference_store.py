# SPDX-License-Identifier: GPL-3.0-or-later
"""References on disk: pictures and thumbnails by SHA-256, and one file that tells how they are arranged.

Several Kritas may share the folder. Pictures never change once written; the arrangement is read afresh, changed and
written under a lock, so that two changes at the same time both hold.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection
from pathlib import Path

from . import pictures, png
from .files import DamagedFileError, locked, read_object, write_object, write_whole
from .i18n import tr
from .library import Library
from .pictures import Picture
from .protocol import InputError, is_digest
from .qt import QtGui

__all__ = ["ReferenceStore"]

KEPT_DAYS = 30
"""A picture that no set holds any more is deleted after this long: a removal can be undone, a file got back."""

_SUFFIXES = ("png", "jpg")


class ReferenceStore:
    """``FOLDER/references/DIGEST.png|jpg``, ``FOLDER/thumbnails/DIGEST.png`` and ``FOLDER/references.json``.

    All but ``load`` and ``change`` may be called on any thread.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pictures = folder / "references"
        self._thumbnails = folder / "thumbnails"
        self._file = folder / "references.json"

    def load(self) -> Library:
        """The arrangement. InputError if its file could not be read; a damaged one was put aside."""
        data = read_object(self._file)
        return Library() if data is None else Library.from_dict(data)

    def change(self, change: Callable[[Library], Library], otherwise: Library) -> Library:
        """Change the arrangement as it is on disk now, and return it. OutputError if it could not be written.

        ``otherwise`` stands in for a file that is not there, or was damaged since it was read and is put aside.
        """
        with locked(self._file):
            try:
                data = read_object(self._file)
            except DamagedFileError:
                data = None
            new = change(otherwise if data is None else Library.from_dict(data))
            write_object(self._file, new.to_dict())
        return new

    def keep(self, picture: Picture) -> None:
        """Write a picture and its thumbnail, unless they are there already."""
        path = self._pictures / f"{picture.digest}.{picture.suffix}"
        if path.exists():
            path.touch()  # used again: its days start anew
        else:
            write_whole(path, picture.data)
        self._keep_thumbnail(picture.digest, picture.thumbnail)

    def path(self, digest: str) -> Path | None:
        """Where the picture lies, None if it is gone."""
        candidates = (self._pictures / f"{digest}.{suffix}" for suffix in _SUFFIXES) if is_digest(digest) else ()
        return next((path for path in candidates if path.is_file()), None)

    def data(self, digest: str, name: str) -> bytes:
        """The picture's bytes, PNG or JPEG, as the backend takes them. InputError tells the name if they are gone."""
        path = self.path(digest)
        try:
            if path is not None:
                return path.read_bytes()
        except OSError:
            pass
        raise InputError(tr("The picture of “{name}” is gone.", name=name), tr("Remove it and add the picture again."))

    def thumbnail(self, digest: str) -> QtGui.QImage:
        """Quick to read; made again when it is missing; a null image if the picture is gone as well."""
        image = QtGui.QImageReader(str(self._thumbnails / f"{digest}.png")).read()
        path = self.path(digest)
        if image.isNull() and path is not None:
            image = pictures.thumbnail(path.read_bytes())
            self._keep_thumbnail(digest, image)
        return image

    def tidy(self, used: Collection[str]) -> None:
        """Delete pictures that nothing uses and that are older than ``KEPT_DAYS``, with their thumbnails."""
        oldest = time.time() - KEPT_DAYS * 86400
        for folder in (self._pictures, self._thumbnails):
            for path in folder.glob("*.*"):
                with contextlib.suppress(OSError):
                    if path.stem not in used and path.stat().st_mtime < oldest:
                        path.unlink()

    def _keep_thumbnail(self, digest: str, image: QtGui.QImage) -> None:
        path = self._thumbnails / f"{digest}.png"
        if not path.exists():
            write_whole(path, png.encode(image))
