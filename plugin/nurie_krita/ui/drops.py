# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drag or the clipboard holds for the gallery: files, pixels, or the bytes of a picture file."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from dataclasses import dataclass, field

from nurie_krita.qt import QtCore, QtGui

__all__ = ["SUFFIXES", "Dropped", "acceptable", "read"]

SUFFIXES = ("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff")
"""Of the picture files that the file dialog offers; what else Qt can read may be dropped."""

_INLINE = re.compile(r"""<img[^>]+src\s*=\s*["'](data:image/[a-z+.-]+;base64,[^"']+)["']""", re.IGNORECASE)
_MAX_INLINE = 64 * 2**20


@dataclass(frozen=True)
class Dropped:
    """files: local paths. images: pixels with a name. data: bytes of picture files. links: web addresses; the panel
    fetches nothing, so they can only be told about."""

    files: tuple[str, ...] = ()
    images: tuple[tuple[QtGui.QImage, str], ...] = ()
    data: tuple[tuple[bytes, str], ...] = ()
    links: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.files or self.images or self.data or self.links)


def acceptable(mime: QtCore.QMimeData | None) -> bool:
    """Whether this may hold a picture; cheap, asked while the mouse moves."""
    return mime is not None and (
        mime.hasUrls() or mime.hasImage() or (mime.hasHtml() and "<img" in mime.html().lower())
    )


def read(mime: QtCore.QMimeData | None) -> Dropped:
    """The best that is offered: files before pixels, pixels before bytes within a page, a link only as the last."""
    if mime is None:
        return Dropped()
    urls = mime.urls() if mime.hasUrls() else []
    files = tuple(url.toLocalFile() for url in urls if url.isLocalFile())
    if files:
        return Dropped(files=files)
    links = tuple(url.toString() for url in urls if url.scheme() in ("http", "https"))
    if mime.hasImage():
        found = mime.imageData()
        image = found.toImage() if isinstance(found, QtGui.QPixmap) else found
        if isinstance(image, QtGui.QImage) and not image.isNull():
            return Dropped(images=((image, _name(links)),))
    inline = [url.toString() for url in urls if url.scheme() == "data"]
    inline += _INLINE.findall(mime.html()[:_MAX_INLINE]) if mime.hasHtml() else []
    data = tuple((found, _name(links)) for text in inline if (found := _decode(text)))
    if data:
        return Dropped(data=data[:1] if not urls else data)
    return Dropped(links=links)


def _name(links: tuple[str, ...]) -> str:
    """The file's name in a web address, without its ending; empty without one."""
    path = urllib.parse.urlparse(links[0]).path if links else ""
    return urllib.parse.unquote(path.rsplit("/", 1)[-1]).rsplit(".", 1)[0][:80]


def _decode(uri: str) -> bytes:
    head, _, body = uri.partition(",")
    if not head.endswith(";base64"):
        return b""
    try:
        return base64.b64decode(urllib.parse.unquote(body), validate=False)
    except (binascii.Error, ValueError):
        return b""
