# SPDX-License-Identifier: GPL-3.0-or-later
"""The first minute: a sample drawing is opened and coloured by the sample reference."""

from __future__ import annotations

from collections.abc import Callable

from .host import Host
from .i18n import tr
from .paths import samples_folder
from .protocol import InputError
from .qt import QtCore, QtGui
from .state import PanelState

__all__ = ["SampleDrawing"]

_LOOK_AGAIN_MS = 200
_LOOKS = 50


class SampleDrawing(QtCore.QObject):
    """Opens the drawing, waits until Krita shows it, and colours."""

    def __init__(
        self, state: PanelState, host: Host, colorize: Callable[..., None], parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._host = host
        self._colorize = colorize
        self._document = ""
        self._looks = 0
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(_LOOK_AGAIN_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """InputError where the files that come with the plugin are gone."""
        drawing = QtGui.QImage(str(samples_folder() / "drawing.png"))
        if drawing.isNull():
            raise InputError(tr("The sample drawing is missing."), tr("Install the plugin again."))
        self._state.references.use_sample()
        self._document = self._host.open_image(drawing, tr("Sample drawing"))
        self._looks = 0
        self._timer.start()

    def _look(self) -> None:
        """Colour as soon as the drawing is in front and the reference is ready; give up after ten seconds."""
        self._looks += 1
        active = self._host.active()
        if active is not None and active.id == self._document and self._state.references.enabled:
            self._timer.stop()
            # The topmost layer is the line art; which one is active is Krita's choice for a while after opening.
            self._colorize(source=next((source.id for source in active.sources if source.kind == "layer"), None))
        elif self._looks >= _LOOKS:
            self._timer.stop()
