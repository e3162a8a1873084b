# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents and layers by ids that outlive Krita's wrapper objects, which are new at every call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from krita import Krita

from .host import GoneError, Region, Source
from .i18n import tr
from .qt import QtCore

__all__ = ["MASK_TYPE", "Documents", "bounds", "key", "layer_of", "node", "page", "readable", "root", "sources", "walk"]

MASK_TYPE = "colorizemask"
"""Krita's Colorize Mask, a child of the layer with the lines."""

_READABLE = ("paintlayer", "grouplayer", "vectorlayer", "filelayer", "clonelayer")
_MOST_SOURCES = 500


class Documents:
    """The open documents and their ids.

    An id is that of the document's root layer. Krita gives a copy of a document the same one, so a second document
    with it gets a number behind; who had it first is remembered for as long as it is open.
    """

    def __init__(self) -> None:
        self._known: list[tuple[str, Any]] = []

    def all(self) -> list[tuple[str, Any]]:
        """Id and document of everything that is open and shown."""
        opened = [document for document in Krita.instance().documents() if document.rootNode() is not None]
        self._known = [(id_, known) for id_, known in self._known if any(known == document for document in opened)]
        return [(self._id(document), document) for document in opened]

    def active(self) -> tuple[str, Any] | None:
        """Id and document of what the artist looks at."""
        document = Krita.instance().activeDocument()
        if document is None or document.rootNode() is None:
            return None
        return next(((id_, found) for id_, found in self.all() if found == document), None)

    def find(self, id_: str) -> Any:
        """GoneError when it has been closed."""
        for found, document in self.all():
            if found == id_:
                return document
        raise GoneError(tr("The drawing has been closed."), tr("Open it again; its result is still in the panel."))

    def _id(self, document: Any) -> str:
        for id_, known in self._known:
            if known == document:
                return id_
        plain = key(root(document))
        taken = {id_ for id_, _ in self._known}
        number = 1
        while (id_ := plain if number == 1 else f"{plain}/{number}") in taken:
            number += 1
        self._known.append((id_, document))
        return id_


def root(document: Any) -> Any:
    """The group that holds all layers. GoneError while Krita is taking the document apart."""
    found = document.rootNode()
    if found is None:
        raise GoneError(tr("The drawing has been closed."), tr("Open it again; its result is still in the panel."))
    return found


def key(layer: Any) -> str:
    """The id of a layer; Krita keeps it in the file."""
    return str(layer.uniqueId().toString(QtCore.QUuid.StringFormat.WithoutBraces))


def walk(parent: Any) -> Iterator[Any]:
    """All nodes below a node, as the Layers docker shows them from top to bottom."""
    for child in reversed(parent.childNodes()):
        yield child
        yield from walk(child)


def node(document: Any, id_: str) -> Any:
    """GoneError when the layer is no longer in the document. (Krita 5.1 has no nodeByUniqueID.)"""
    for layer in walk(root(document)):
        if key(layer) == id_:
            return layer
    raise GoneError(tr("The layer is no longer there."), tr("Choose the line art again."))


def readable(layer: Any) -> bool:
    """Whether line art can be in it: no mask, no filter, no fill."""
    return layer.type() in _READABLE


def layer_of(document: Any) -> Any:
    """The active layer, for an active mask the layer it belongs to; None where there is none that can be read."""
    layer = document.activeNode()
    while layer is not None and layer.type().endswith("mask"):
        layer = layer.parentNode()
    return layer if layer is not None and layer.parentNode() is not None and readable(layer) else None


def sources(document: Any) -> tuple[Source, ...]:
    """Where line art can be read from: the active layer first, then all that is visible, then every layer."""
    active = layer_of(document)
    found = [] if active is None else [Source("active", active.name(), "active")]
    found.append(Source("visible", tr("All that is visible"), "visible"))
    for layer in walk(root(document)):
        if len(found) >= _MOST_SOURCES:
            break
        if readable(layer):
            found.append(Source(key(layer), layer.name(), "group" if layer.type() == "grouplayer" else "layer"))
    return tuple(found)


def page(document: Any) -> Region:
    """The page, whose upper left corner Krita keeps at (0, 0)."""
    return Region(0, 0, max(1, document.width()), max(1, document.height()))


def bounds(layer: Any) -> Region | None:
    """Where a layer has anything, which may lie off the page; None where it is empty."""
    box = layer.bounds()
    return None if box.isEmpty() else Region(box.x(), box.y(), box.width(), box.height())
