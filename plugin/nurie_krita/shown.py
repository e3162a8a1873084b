# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that lies over the canvas: the estimate while a colouring runs, else the result that was chosen.

Where Krita cannot tell where the canvas' pixels are (before 5.2), the picture goes to the panel instead.
"""

from __future__ import annotations

from .host import Canvas, Host, LineArt
from .protocol import NurieError
from .qt import QtCore, QtGui, Signal
from .state import PanelState
from .ui.overlay import Overlay

__all__ = ["ShownPicture"]

_PREVIEW_SIDE = 768
"""Pixels of the lines drawn over an estimate, which is smaller anyway; at full size each would cost the GUI 30 ms."""


class ShownPicture(QtCore.QObject):
    """At most one picture, over the canvas of the document that it belongs to."""

    for_panel = Signal(object)
    """A QImage to be shown in the panel because the canvas cannot, or None."""

    def __init__(self, state: PanelState, host: Host, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._host = host
        self._overlay: Overlay | None = None
        self._document: str | None = None
        self._previewed: tuple[LineArt, QtGui.QImage] | None = None
        self._hidden = False

    # What is shown

    def preview(self, art: LineArt, image: QtGui.QImage) -> None:
        """The present estimate of a colouring, of the line art's proportions."""
        if self._previewed is None or self._previewed[0] is not art:
            self._previewed = art, _small(art.image)
        self._draw(art, image, self._previewed[1])

    def end_preview(self) -> None:
        """The colouring has ended; a chosen result comes back."""
        if self._previewed is not None:
            self._previewed = None
            self._draw_result()

    def show(self, result: str | None) -> None:
        """Lay a result over the canvas, None takes it away. GoneError if its document is closed."""
        self._hidden = False
        self._state.results.shown = result
        if self._previewed is None:
            self._draw_result()

    def toggle(self) -> None:
        """Hide what is shown, or show it again."""
        self._hidden = not self._hidden
        if self._overlay is not None:
            self._overlay.set_compare(self._hidden)

    def compare(self, pressed: bool) -> None:
        """While pressed, the drawing as it is."""
        if self._overlay is not None:
            self._overlay.set_compare(pressed or self._hidden)

    def update(self) -> None:
        """Another document may be in front: its canvas does not show a picture of this one."""
        active = self._state.document
        if self._overlay is not None and (active is None or active.id != self._document):
            self._clear()
        elif self._overlay is None and self._previewed is None and self._state.results.shown is not None:
            self._draw_result()

    # How

    def _draw_result(self) -> None:
        result = self._state.results.get(self._state.results.shown or "")
        active = self._state.document
        if result is None or active is None or active.id != result.art.document:
            self._clear()
            return
        lines = self._lines_of(result.art)
        self._draw(result.art, self._state.results.color(result.id), lines)

    def _lines_of(self, art: LineArt) -> QtGui.QImage | None:
        """The lines as they are now, if they still cover the same place."""
        try:
            now = self._host.read(art.document, art.source.id, selection_only=art.mask is not None)
        except NurieError:
            return None
        return now.image if now.region == art.region else None

    def _draw(self, art: LineArt, color: QtGui.QImage, lines: QtGui.QImage | None) -> None:
        active = self._state.document
        if active is None or active.id != art.document:
            self._clear()
            return
        overlay = self._overlay_of(art.document)
        if overlay is not None and overlay.supported:
            overlay.show_image(color, art.region, lines, opaque=art.opaque, dark=art.dark)
            overlay.set_compare(self._hidden)
        else:
            self.for_panel.emit(color)

    def _overlay_of(self, document: str) -> Overlay | None:
        if self._overlay is None or self._document != document:
            self._clear()
            canvas: Canvas | None = self._host.canvas(document)
            if canvas is not None:
                self._overlay = Overlay(canvas)
                self._document = document
                # A closed view takes its overlay along.
                self._overlay.destroyed.connect(self._forget)
        return self._overlay

    def _clear(self) -> None:
        overlay, self._overlay, self._document = self._overlay, None, None
        if overlay is not None:
            overlay.destroyed.disconnect(self._forget)
            overlay.clear()
            overlay.deleteLater()
        self.for_panel.emit(None)

    def _forget(self) -> None:
        self._overlay = self._document = None


def _small(lines: QtGui.QImage) -> QtGui.QImage:
    if max(lines.width(), lines.height()) <= _PREVIEW_SIDE:
        return lines
    size = QtCore.QSize(_PREVIEW_SIDE, _PREVIEW_SIDE)
    # First without smoothing to twice the size: smooth scaling from full size would hold the GUI for long.
    rough = lines.scaled(size * 2, QtCore.Qt.AspectRatioMode.KeepAspectRatio)
    smooth = QtCore.Qt.TransformationMode.SmoothTransformation
    return rough.scaled(size, QtCore.Qt.AspectRatioMode.KeepAspectRatio, smooth)
