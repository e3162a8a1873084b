# SPDX-License-Identifier: GPL-3.0-or-later
"""A bar of four pixels."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui.theme import mix, theme

__all__ = ["ThinBar"]

_BAR_HEIGHT = 4
_FRAME_MS = 40
_STEADY = 0.02 / _FRAME_MS
"""Of the bar's length in a millisecond."""


class ThinBar(QtWidgets.QWidget):
    """A bar of four pixels: a share from 0 to 1, a wandering piece for None, nothing when idle."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = 0.0
        self._active = False
        self._offset = 0.0
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._wander)
        self._since = QtCore.QElapsedTimer()
        self.setFixedHeight(_BAR_HEIGHT)

    @property
    def share(self) -> float | None:
        return self._share

    @property
    def active(self) -> bool:
        return self._active

    def show_share(self, share: float | None) -> None:
        self._active, self._share = True, share
        self._run()
        self.update()

    def rest(self) -> None:
        self._active, self._share = False, 0.0
        self._run()
        self.update()

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:  # noqa: N802
        self._run()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:  # noqa: N802
        self._timer.stop()

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        if not self._active:
            return
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(mix(colors.window, colors.text, 0.12))
        box = QtCore.QRectF(self.rect())
        painter.drawRoundedRect(box, 2, 2)
        start, share = (0.0, self._share) if self._share is not None else (self._offset, 0.25)
        if self.layoutDirection() == QtCore.Qt.LayoutDirection.RightToLeft:
            start = 1.0 - start - share
        painter.setBrush(colors.ring)
        clip = QtGui.QPainterPath()
        clip.addRoundedRect(box, 2, 2)
        painter.setClipPath(clip)
        painter.drawRoundedRect(QtCore.QRectF(start * box.width(), 0, share * box.width(), box.height()), 2, 2)
        painter.end()

    def _run(self) -> None:
        if self._active and self._share is None and self.isVisible():
            if not self._timer.isActive():
                self._since.start()
                self._timer.start(_FRAME_MS)
        else:
            self._timer.stop()

    def _wander(self) -> None:
        """A frame, and the next one all the later where the GUI thread has no time: drawn without a graphics card,
        Krita's window takes a tenth of a second, and frame upon frame would let nothing else happen."""
        passed = self._since.restart()
        late = max(0, passed - self._timer.interval())
        self._offset = -0.25 if self._offset >= 1.0 else self._offset + _STEADY * passed
        self.update()
        self._timer.start(_FRAME_MS + 4 * late)
