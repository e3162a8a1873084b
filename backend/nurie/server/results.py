"""Results: the pictures of jobs that are done, for a stated time and size; encoded when asked for, or soon after."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from mmap import mmap
from typing import TYPE_CHECKING

from nurie.protocol import PARTS, NurieError
from nurie.server.limits import Limits
from nurie.server.memory import apart

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["ALL_PARTS", "Picture", "Results"]

ALL_PARTS = ("color", "image", *PARTS)
"""The first two has every result."""


class Picture:
    """One part of a result: pixels until somebody asks for it, a PNG file from then on; or JSON."""

    def __init__(self, content: Image.Image | bytes, encoding: threading.Lock) -> None:
        self.media_type = "application/json" if isinstance(content, bytes) else "image/png"
        self._content: Image.Image | mmap = apart(content) if isinstance(content, bytes) else content
        self._encoding = encoding

    @property
    def nbytes(self) -> int:
        content = self._content
        return len(content) if isinstance(content, mmap) else content.width * content.height * len(content.getbands())

    @property
    def encoded(self) -> bool:
        return isinstance(self._content, mmap)

    def encode(self) -> bytes:
        """The file; takes a moment the first time. Any thread."""
        with self._encoding:
            if isinstance(self._content, mmap):
                return bytes(self._content)
            from nurie.imaging.encode import encode_png  # Pillow comes with the first job

            file = encode_png(self._content)
            self._content = apart(file)
            return file


@dataclass
class _Kept:
    since: float
    parts: dict[str, Picture] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self.parts.values())


class Results:
    """The newest results, at most ``kept_bytes`` of them (but always the last one) for ``kept_seconds`` each."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._encoding = threading.Lock()  # one for all: each picture takes all cores

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        return sum(kept.nbytes for kept in self._kept.values())

    def put(self, job: str, parts: Mapping[str, Image.Image | bytes], now: float) -> None:
        """Keep a job's pictures from ``now`` (seconds of any clock) on."""
        pictures = {name: Picture(image, self._encoding) for name, image in parts.items()}
        self._kept[job] = _Kept(now, pictures)
        while len(self._kept) > 1 and self.nbytes > self._limits.kept_bytes:
            self._kept.popitem(last=False)

    def get(self, job: str, part: str) -> Picture:
        """NurieError ``gone`` when its time is over or newer results needed the room, ``not_available`` for a part that
        was not asked for."""
        if job not in self._kept:
            raise NurieError("The result is no longer kept.", "Colour the drawing again.", code="gone")
        parts = self._kept[job].parts
        if part not in parts:
            raise NurieError(f"This result has no {part}.", "Ask for them with the job.", code="not_available")
        return parts[part]

    def drop(self, job: str) -> None:
        """Let go of a job's pictures, if there are any."""
        self._kept.pop(job, None)

    def sweep(self, now: float) -> None:
        """Let go of everything whose time is over."""
        limit = now - self._limits.kept_seconds
        for job in [job for job, kept in self._kept.items() if kept.since <= limit]:
            del self._kept[job]

    def loose(self, now: float) -> list[Picture]:
        """The pictures that have been pixels for ``pixel_seconds``: encoded, each takes a tenth of the room."""
        limit = now - self._limits.pixel_seconds
        old = [kept for kept in self._kept.values() if kept.since <= limit]
        return [picture for kept in old for picture in kept.parts.values() if not picture.encoded]
