# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the click: the backend has the references, and for them loads its model, while the artist still looks."""

from __future__ import annotations

import time
from typing import Any

from .client import Client
from .process import Backend
from .protocol import NurieError
from .qt import QtCore
from .state import PanelState

__all__ = ["Ahead"]

_AGAIN_SECONDS = 60.0


class Ahead(QtCore.QObject):
    """Sends what will be needed to a backend on this computer; never to one elsewhere, which is given pictures only
    when a colouring is asked for. What fails here is left to the colouring: it will meet the same and say so."""

    def __init__(self, state: PanelState, backend: Backend, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._backend = backend
        self._busy: Client | None = None  # sends just now; one that was closed meanwhile never answers
        self._sent = 0.0
        backend.state_changed.connect(lambda _state: self.send())
        state.references.changed.connect(self.send)

    def send(self) -> None:
        """Send the references in use that are not there yet, one after the other."""
        client = self._backend.client
        for digest in self._state.references.enabled:
            if client is not None and digest not in client.known:
                self._put(client, digest)
                return

    def remind(self) -> None:
        """The artist's hand is near: a backend that has let its model go loads it anew for a picture sent again."""
        client, references = self._backend.client, self._state.references.enabled
        if client is not None and references and time.monotonic() - self._sent > _AGAIN_SECONDS:
            self._put(client, references[0])

    def _put(self, client: Client, digest: str) -> None:
        if self._backend.state != "ready" or self._busy is client or self._state.activity.busy:
            return
        try:
            data = self._state.references.data_of(digest)
        except NurieError:
            return
        self._busy, self._sent = client, time.monotonic()
        client.put_image(digest, data, self._on_sent, self._on_failed)

    def _on_sent(self, _answer: dict[str, Any]) -> None:
        self._busy = None
        self.send()

    def _on_failed(self, _error: NurieError) -> None:
        self._busy = None
