# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document remembers in its own .kra file: which references it was coloured by, and with which options."""

from __future__ import annotations

from .annotation import decode, encode
from .host import Host
from .i18n import tr
from .qt import QtCore
from .state import Notice, PanelState

__all__ = ["KEY", "DocumentMemory"]

KEY = "panel"


class DocumentMemory(QtCore.QObject):
    """Written when a colouring starts, read once when a document comes to the front."""

    def __init__(self, state: PanelState, host: Host, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._host = host
        self._seen: set[str] = set()

    def keep(self, document: str) -> None:
        """Write the present choices into the document."""
        references = self._state.references
        data = encode(self._state.options.values, references.set_id, references.enabled)
        self._seen.add(document)
        if self._host.annotation(document, KEY) != data:
            self._host.annotate(document, KEY, data)

    def recall(self) -> None:
        """Take over what the active document remembers, the first time that it is seen."""
        document = self._state.document
        if document is None or document.id in self._seen:
            return
        self._seen.add(document.id)
        data = self._host.annotation(document.id, KEY)
        remembered = decode(data) if data else None
        if remembered is None:
            return
        self._state.options.assign(remembered.values)
        missing = self._state.references.choose(remembered.set_id, remembered.digests)
        if missing:
            text = tr("{count} references of this drawing are not on this computer.", count=len(missing))
            self._state.notice = Notice(text, tr("The others are chosen."), level="info")
