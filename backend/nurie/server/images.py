"""Uploaded images: files under the SHA-256 of their bytes, bounded, checked by their head when they arrive."""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Iterable
from mmap import mmap

from nurie.protocol import NurieError
from nurie.server.limits import Limits
from nurie.server.memory import apart

__all__ = ["ImageStore", "check_file"]


def check_file(data: bytes, digest: str, max_side: int) -> None:
    """NurieError ``wrong_digest`` unless these are the bytes that the digest names; InputError for what is no picture.

    Takes a moment for a large file: a thread's work.
    """
    from nurie.imaging.load import check_bytes  # Pillow comes with the first image, not with the server

    if hashlib.sha256(data).hexdigest() != digest:
        raise NurieError("The image's bytes are not those its address names.", "Send it again.", code="wrong_digest")
    check_bytes(data, "image", max_side=max_side)


class ImageStore:
    """Encoded images by digest. Above its bounds the least recently used one that no job needs is let go."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._files: OrderedDict[str, mmap] = OrderedDict()
        self._needed: Counter[str] = Counter()
        self._bytes = 0

    def __contains__(self, digest: str) -> bool:
        return digest in self._files

    def __len__(self) -> int:
        return len(self._files)

    @property
    def nbytes(self) -> int:
        return self._bytes

    def touch(self, digest: str) -> bool:
        """Whether it is there; it then counts as just used."""
        if digest in self._files:
            self._files.move_to_end(digest)
            return True
        return False

    def put(self, digest: str, data: bytes) -> None:
        """Keep a file that was checked. NurieError ``busy`` where the jobs that wait need all the room."""
        if self.touch(digest):
            return
        self._make_room(len(data))
        self._files[digest] = apart(data)
        self._bytes += len(data)

    def hold(self, digests: Iterable[str]) -> list[mmap]:
        """The files, kept until ``release``. NurieError ``unknown_image`` holds nothing."""
        names = list(digests)
        for name in names:
            if name not in self._files:
                raise NurieError(
                    f"The image {name[:12]}… is not here.", f"PUT it to /v1/images/{name} first.", code="unknown_image"
                )
        self._needed.update(names)
        for name in names:
            self._files.move_to_end(name)
        return [self._files[name] for name in names]

    def release(self, digests: Iterable[str]) -> None:
        """Undo one ``hold``."""
        self._needed.subtract(list(digests))
        self._needed += Counter()  # forgets those at zero

    def _make_room(self, size: int) -> None:
        limits = self._limits
        free = [name for name in self._files if not self._needed[name]]
        while self._bytes + size > limits.stored_bytes or len(self._files) >= limits.stored_images:
            if not free:
                raise NurieError("The jobs that wait need all the room for images.", "Try again later.", code="busy")
            self._bytes -= len(self._files.pop(free.pop(0)))
