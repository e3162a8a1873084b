# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture shown over the canvas: never a layer, never an undo entry, exactly where the document's pixels are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita.qt import QtCore, QtGui, QtWidgets

if TYPE_CHECKING:
    from nurie_krita.host import Canvas, Region

__all__ = ["Overlay"]

_POLL_MS = 33
_CRISP_FROM = 2.0
"""Magnification of a full-size picture from which its pixels are shown as squares, as the canvas shows its own."""


class Overlay(QtWidgets.QWidget):
    """Draws a picture over a region of the document.

    It lies beside the canvas in the canvas' parent, lets every mouse event through and never takes focus. While shown
    it asks for the canvas' transform 30 times a second and repaints only when that or the picture has changed. Krita
    before 5.2 cannot tell the transform; then nothing is drawn and ``supported`` is False.
    """

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.widget.parentWidget())
        self._canvas = canvas
        self._levels: list[QtGui.QImage] = []
        self._target = QtCore.QRectF()
        self._transform: QtGui.QTransform | None = None
        self._compare = False
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._follow)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setObjectName("nurie_overlay")
        self.hide()
        canvas.widget.installEventFilter(self)
        # The canvas may go at any time (its view is closed); its overlay goes with it.
        canvas.widget.destroyed.connect(self._orphaned)

    @property
    def supported(self) -> bool:
        """Whether this canvas can tell where its pixels are."""
        return self._current() is not None

    def show_image(self, levels: list[QtGui.QImage], region: Region) -> None:
        """Show a picture over a region of the document: of any size, stretched over the region, then smaller and
        smaller halves of it as ``composing.halved`` gives them."""
        self._levels = levels
        self._target = QtCore.QRectF(region.x, region.y, region.width, region.height)
        self._transform = self._current()
        self.setGeometry(self._canvas.widget.geometry())
        self.setVisible(self._canvas.widget.isVisible())
        self.raise_()
        self.update()
        self._timer.start()

    def clear(self) -> None:
        """Show nothing and stop asking."""
        self._timer.stop()
        self._levels = []
        self.hide()

    @property
    def showing(self) -> bool:
        return bool(self._levels)

    def set_compare(self, pressed: bool) -> None:
        """While pressed, show the drawing as it is."""
        if pressed != self._compare:
            self._compare = pressed
            self.update()

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        kind = event.type() if event is not None else None
        moved = (QtCore.QEvent.Type.Resize, QtCore.QEvent.Type.Move)
        if kind in moved:
            self.setGeometry(self._canvas.widget.geometry())
        elif kind in (QtCore.QEvent.Type.Show, QtCore.QEvent.Type.Hide):
            self.setVisible(self.showing and kind == QtCore.QEvent.Type.Show)
        return False

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        if self._compare or not self._levels or self._transform is None:
            return
        magnification = self._magnification(self._transform)
        picture = self._level(magnification)
        crisp = self._levels[0].width() >= self._target.width() and magnification >= _CRISP_FROM
        painter = QtGui.QPainter(self)
        painter.setTransform(self._transform, True)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, not crisp)
        painter.drawImage(self._target, picture)
        painter.end()

    def _magnification(self, transform: QtGui.QTransform) -> float:
        """Screen pixels for one pixel of the picture."""
        area = abs(transform.determinant()) * self._target.width() * self._target.height()
        picture = self._levels[0]
        return float((area / (picture.width() * picture.height())) ** 0.5) * self.devicePixelRatioF()

    def _level(self, magnification: float) -> QtGui.QImage:
        """The picture halved until at most two of its pixels share one of the screen: bilinear drawing skips more."""
        level = 0
        while magnification < 0.5 and level + 1 < len(self._levels):
            magnification *= 2
            level += 1
        return self._levels[level]

    def _current(self) -> QtGui.QTransform | None:
        try:
            found = self._canvas.to_widget()
        except RuntimeError:  # the view is just being closed; this is called by a timer, where nobody could catch it
            return None
        return None if found is None else QtGui.QTransform(*found)

    def _follow(self) -> None:
        transform = self._current()
        if transform != self._transform:
            self._transform = transform
            self.update()

    def _orphaned(self) -> None:
        self._timer.stop()
        self._levels = []
        self.deleteLater()
