# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in memory up to a limit, the older ones in temporary files up to another, the oldest gone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .i18n import tr
from .protocol import InputError
from .qt import QtCore, QtGui, Signal
from .work import in_thread

__all__ = ["MAX_BYTES", "MAX_BYTES_ON_DISK", "ResultPictures"]

MAX_BYTES = 256 * 2**20
"""In memory: 22 colourings of 1500 × 2000 pixels, or 4 of 4000 × 4000. The newest stays there whatever its size."""

MAX_BYTES_ON_DISK = 2**30
"""In temporary files, uncompressed, which a disk takes and gives back faster than a PNG can be decoded."""


@dataclass
class _Kept:
    """image: None once it is in its file. writing: it is on its way there."""

    image: QtGui.QImage | None
    size: QtCore.QSize
    bytes: int
    writing: bool = False


class ResultPictures(QtCore.QObject):
    """By id. ``lost`` names one that had to go: it was the oldest and there was no room, or no disk took it."""

    lost = Signal(str)

    def __init__(
        self,
        parent: QtCore.QObject | None = None,
        max_bytes: int = MAX_BYTES,
        max_bytes_on_disk: int = MAX_BYTES_ON_DISK,
        folder: Path | None = None,
    ) -> None:
        """``folder``: where the temporary files' folder is made; None for the system's place."""
        super().__init__(parent)
        self._max_bytes = max_bytes
        self._max_bytes_on_disk = max_bytes_on_disk
        self._parent_folder = folder or Path(QtCore.QDir.tempPath())
        self._folder: QtCore.QTemporaryDir | None = None
        self._kept: dict[str, _Kept] = {}  # oldest first
        application = QtCore.QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.clear)

    @property
    def bytes_in_memory(self) -> int:
        return sum(kept.bytes for kept in self._kept.values() if kept.image is not None)

    @property
    def bytes_on_disk(self) -> int:
        return sum(kept.bytes for kept in self._kept.values() if kept.image is None)

    def limit(self, max_bytes: int) -> None:
        """Allow so many bytes in memory from now on; what is too much goes to the disk at once."""
        self._max_bytes = max_bytes
        self._make_room()

    def put(self, name: str, image: QtGui.QImage) -> None:
        """Keep a picture, as Format_ARGB32, as the newest."""
        plain = image.convertToFormat(QtGui.QImage.Format.Format_ARGB32)
        self._kept[name] = _Kept(plain, plain.size(), plain.sizeInBytes())
        self._make_room()

    def get(self, name: str) -> QtGui.QImage:
        """The picture, exactly as it was. InputError if it is gone."""
        kept = self._kept.get(name)
        if kept is not None and kept.image is not None:
            return kept.image
        try:
            data = self._path(name).read_bytes() if kept is not None else b""
        except OSError:
            data = b""
        if kept is None or len(data) != kept.bytes:
            raise InputError(tr("This result is not kept any more."), tr("Color the drawing again."), code="gone")
        width, height = kept.size.width(), kept.size.height()
        view = QtGui.QImage(data, width, height, 4 * width, QtGui.QImage.Format.Format_ARGB32)
        return view.copy()  # the view does not own its bytes

    def discard(self, name: str) -> None:
        """Forget a picture."""
        kept = self._kept.pop(name, None)
        if kept is not None and (kept.image is None or kept.writing):
            self._path(name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget all, and remove the temporary folder."""
        self._kept.clear()
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def _make_room(self) -> None:
        """Send the oldest to the disk; what is on its way there does not count as memory for long."""
        staying = {name: kept for name, kept in self._kept.items() if kept.image is not None and not kept.writing}
        excess = sum(kept.bytes for kept in staying.values()) - self._max_bytes
        for name in list(staying)[:-1]:
            if excess <= 0:
                break
            excess -= staying[name].bytes
            self._spill(name, staying[name])
        while self.bytes_on_disk > self._max_bytes_on_disk:
            oldest = next(name for name, kept in self._kept.items() if kept.image is None)
            self.discard(oldest)
            self.lost.emit(oldest)

    def _spill(self, name: str, kept: _Kept) -> None:
        kept.writing = True
        image, path = kept.image or QtGui.QImage(), self._path(name)
        in_thread(lambda: _write(path, image), lambda _: self._spilled(name), lambda _: self._full(name))

    def _spilled(self, name: str) -> None:
        kept = self._kept.get(name)
        if kept is None:  # discarded meanwhile
            self._path(name).unlink(missing_ok=True)
            return
        kept.image, kept.writing = None, False
        self._make_room()

    def _full(self, name: str) -> None:
        """No disk takes it."""
        if name in self._kept:
            self.discard(name)
            self.lost.emit(name)

    def _path(self, name: str) -> Path:
        if self._folder is None:
            self._folder = QtCore.QTemporaryDir(str(self._parent_folder / "nurie-results-XXXXXX"))
        # Without a valid folder the path names none that exists, and writing fails as it should.
        folder = Path(self._folder.path()) if self._folder.isValid() else self._parent_folder / "nurie-results"
        return folder / f"{name}.argb"


def _write(path: Path, image: QtGui.QImage) -> None:
    bits: Any = image.constBits()
    bits.setsize(image.sizeInBytes())
    with path.open("wb", buffering=0) as file:  # from memory to disk without a copy, other threads running meanwhile
        rest = memoryview(bits)
        while rest:
            rest = rest[file.write(rest) :]
