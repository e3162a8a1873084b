# SPDX-License-Identifier: GPL-3.0-or-later
"""Which groups in a document are this panel's results, and which of them another one stands in for.

To hide a layer is no undo step in Krita, so "replace" stays one step: the new group is added, the old one hidden. Undo
takes only the new group away; the old one is shown again as soon as that is noticed, and hidden again after redo.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .document_tree import key, node
from .host import GoneError
from .qt import QtCore

__all__ = ["Results"]

_KEY = "nurie/results"
_MOST = 50


@dataclass
class _Replaced:
    document: str
    old: str
    new: str
    hidden: bool = True


class Results:
    """What was added is remembered in the document itself, so that it can still be replaced after a reload."""

    def __init__(self) -> None:
        self._replaced: list[_Replaced] = []

    def last(self, document: Any) -> Any | None:
        """The group that was added last of those that are still there."""
        found = (_find(document, id_) for id_ in reversed(_ids(document)))
        return next((group for group in found if group is not None), None)

    def added(self, document: Any, id_: str, made: str, instead_of: Any | None = None) -> None:
        """Remember a group added to the document called ``id_``, and hide the one it replaces."""
        kept = ",".join([*_ids(document), made][-_MOST:])
        document.setAnnotation(_KEY, "Nurie", QtCore.QByteArray(kept.encode("ascii")))
        if instead_of is not None:
            _show(document, instead_of, shown=False)
            self._replaced.append(_Replaced(id_, key(instead_of), made))

    def keep_one_visible(self, documents: Iterable[tuple[str, Any]]) -> None:
        """Show what was replaced where its replacement has been undone, and hide it where that was done again."""
        opened = dict(documents)
        self._replaced = [entry for entry in self._replaced if entry.document in opened]
        for entry in self._replaced:
            document = opened[entry.document]
            there = _find(document, entry.new) is not None
            old = _find(document, entry.old)
            if old is not None and there != entry.hidden:
                _show(document, old, shown=not there)
                entry.hidden = there


def _show(document: Any, group: Any, *, shown: bool) -> None:
    group.setVisible(shown)
    document.refreshProjection()  # scripts' setVisible does not draw anything anew


def _ids(document: Any) -> list[str]:
    kept = bytes(document.annotation(_KEY)).decode("ascii", "replace")
    return [id_ for id_ in kept.split(",") if id_]


def _find(document: Any, id_: str) -> Any | None:
    try:
        return node(document, id_)
    except GoneError:
        return None
