# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a picture as a new document. Krita's own createDocument would overwrite what the artist last chose in its
New Image window, so a file is written and opened instead."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from krita import Krita

from .document_tree import key, node, root, walk
from .host import GoneError
from .i18n import tr
from .protocol import OutputError
from .qt import QtCore, QtGui

__all__ = ["open_picture"]

_EVERY_MS = 100
_TIMES = 20


def open_picture(image: QtGui.QImage, name: str) -> Any:
    """The new document, untitled and shown: the picture as a layer, above white where it is transparent."""
    window = Krita.instance().activeWindow()
    with tempfile.TemporaryDirectory(prefix="nurie-") as folder:
        path = Path(folder) / "drawing.ora"
        _write_openraster(path, image)
        document = Krita.instance().openDocument(str(path))
    if document is None or window is None:
        raise OutputError(tr("Krita could not open the drawing."), tr("Open it with File > Open."))
    document.waitForDone()
    document.setFileName("")  # so that Save asks where to
    document.setName(name)
    document.setModified(False)
    window.addView(document)
    document.waitForDone()
    lines = next(iter(walk(root(document))), None)
    if lines is not None:
        document.setActiveNode(lines)
        _activate(document, key(lines), _TIMES)
    return document


def _activate(document: Any, lines: str, left: int) -> None:
    """Make the lines active once the new view is ready for it, which takes Krita 5.2 a moment."""

    def again() -> None:
        with suppress(GoneError):
            layer = node(document, lines)
            if key(document.activeNode() or layer) != lines or left == _TIMES:
                document.setActiveNode(layer)
                _activate(document, lines, left - 1)

    if left > 0:
        QtCore.QTimer.singleShot(_EVERY_MS, again)


def _write_openraster(path: Path, image: QtGui.QImage) -> None:
    """An OpenRaster file: https://www.openraster.org, baseline."""
    layers = [(tr("Line art"), image)]
    if image.hasAlphaChannel():
        ground = QtGui.QImage(image.size(), QtGui.QImage.Format.Format_RGB32)
        ground.fill(QtGui.QColor("white"))
        layers.append((tr("Background"), ground))
    entries = "".join(
        f'<layer name={quoteattr(name)} src="data/layer{number}.png" x="0" y="0"/>'
        for number, (name, _) in enumerate(layers)
    )
    stack = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<image version="0.0.3" w="{image.width()}" h="{image.height()}" xres="300" yres="300">'
        f"<stack>{entries}</stack></image>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("mimetype", "image/openraster")
        file.writestr("stack.xml", stack)
        for number, (_, picture) in enumerate(layers):
            file.writestr(f"data/layer{number}.png", _png(picture))
        file.writestr("mergedimage.png", _png(image))


def _png(image: QtGui.QImage) -> bytes:
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    written: Any = buffer.data()
    return bytes(written)
