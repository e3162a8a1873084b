# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells when the active document, its layers or its selection changed. Krita has signals for documents and views,
none for layers, so those are looked at a few times a second while somebody looks at the panel."""

from __future__ import annotations

from collections.abc import Callable

from krita import Krita

from .qt import QtCore

__all__ = ["Watch"]

_EVERY_MS = 400
_SIGNALS = ("imageCreated", "imageClosed", "imageSaved", "viewCreated", "viewClosed")


class Watch(QtCore.QObject):
    """Calls ``changed`` when ``state()`` differs from what it was."""

    def __init__(self, state: Callable[[], object], changed: Callable[[], None]) -> None:
        super().__init__()
        self._state = state
        self._changed = changed
        self._last: object = None
        self._looking = False
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._soon = QtCore.QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.look)
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        for name in _SIGNALS:
            getattr(notifier, name).connect(self._look_soon)
        notifier.applicationClosing.connect(self.stop)

    def start(self) -> None:
        """Look now and from time to time."""
        self._timer.start()
        self._look_soon()

    def stop(self) -> None:
        """Only what Krita signals is noticed from now on."""
        self._timer.stop()

    def look(self) -> None:
        """Compare now."""
        if self._looking:
            return  # Krita 5.3 and newer handle events while they tell the active layer, this timer's among them
        self._looking = True
        try:
            state = self._state()
        finally:
            self._looking = False
        if state != self._last:
            self._last = state
            self._changed()

    def _look_soon(self, *_: object) -> None:
        self._soon.start(0)  # a document that is just being closed is still in Krita's list
