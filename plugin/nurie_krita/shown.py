# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that lies over the canvas: the estimate while a colouring runs, else the result that was chosen.

Where Krita cannot tell where the canvas' pixels are (before 5.2), the picture goes to the panel instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from .composing import composed, halved, reduced
from .host import Canvas, Host, LineArt
from .protocol import NurieError
from .qt import QtCore, QtGui, Signal
from .state import PanelState
from .ui.overlay import Overlay
from .work import Task, in_thread

__all__ = ["ShownPicture"]

_PREVIEW_SIDE = 768
"""Pixels of the lines drawn over an estimate, which is smaller anyway; at full size each would take 30 ms."""


@dataclass(frozen=True)
class _Wanted:
    """What is to be seen over the canvas. lines_side: pixels that the lines are reduced to, None for all of them."""

    art: LineArt
    color: QtGui.QImage
    lines: QtGui.QImage | None
    lines_side: int | None = None


@dataclass(frozen=True)
class _Composed:
    wanted: _Wanted
    levels: list[QtGui.QImage]
    lines: QtGui.QImage | None


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
        self._previewed: tuple[LineArt, QtGui.QImage | None] | None = None
        self._task: Task | None = None
        self._next: _Wanted | None = None
        self._hidden = False

    # What is shown

    def preview(self, art: LineArt, image: QtGui.QImage) -> None:
        """The present estimate of a colouring, of the line art's proportions."""
        if self._previewed is None or self._previewed[0] is not art:
            self._previewed = art, None
        lines = self._previewed[1]
        if lines is None:
            self._draw(_Wanted(art, image, art.image, _PREVIEW_SIDE))
        else:
            self._draw(_Wanted(art, image, lines))

    def end_preview(self) -> None:
        """The colouring has ended; a chosen result comes back."""
        if self._previewed is not None:
            self._previewed = None
            self._leave()
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
        self._draw(_Wanted(result.art, self._state.results.color(result.id), lines))

    def _lines_of(self, art: LineArt) -> QtGui.QImage | None:
        """The lines as they are now, if they still cover the same place."""
        try:
            now = self._host.read(art.document, art.source.id, selection_only=art.mask is not None)
        except NurieError:
            return None
        return now.image if now.region == art.region else None

    def _draw(self, wanted: _Wanted) -> None:
        active = self._state.document
        if active is None or active.id != wanted.art.document:
            self._clear()
            return
        overlay = self._overlay_of(wanted.art.document)
        if overlay is None or not overlay.supported:
            self.for_panel.emit(wanted.color)
        elif self._task is not None:
            self._next = wanted  # what is being composed is shown first: estimates may come faster than that
        else:
            self._task = in_thread(partial(_compose, wanted), self._lay, self._drop)

    def _lay(self, made: _Composed) -> None:
        """Over the canvas with it; then what has come in the meantime."""
        self._task = None
        art = made.wanted.art
        if self._previewed is not None and self._previewed[0] is art:
            self._previewed = art, made.lines
        if self._overlay is not None and self._document == art.document:
            self._overlay.show_image(made.levels, art.region)
            self._overlay.set_compare(self._hidden)
        self._go_on()

    def _drop(self, error: NurieError) -> None:
        """There was no memory for it; the colouring goes on, and the panel has its own picture."""
        self._task = None
        self._go_on()

    def _go_on(self) -> None:
        wanted, self._next = self._next, None
        if wanted is not None:
            self._draw(wanted)

    def _leave(self) -> None:
        """What is being composed is wanted no more."""
        if self._task is not None:
            self._task.forget()
        self._task = self._next = None

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
        self._leave()
        overlay, self._overlay, self._document = self._overlay, None, None
        if overlay is not None:
            overlay.destroyed.disconnect(self._forget)
            overlay.clear()
            overlay.deleteLater()
        self.for_panel.emit(None)

    def _forget(self) -> None:
        self._overlay = self._document = None


def _compose(wanted: _Wanted) -> _Composed:
    """In a thread."""
    lines, art = wanted.lines, wanted.art
    if lines is not None and wanted.lines_side is not None:
        lines = reduced(lines, wanted.lines_side)
    return _Composed(wanted, halved(composed(wanted.color, lines, opaque=art.opaque, dark=art.dark)), lines)
