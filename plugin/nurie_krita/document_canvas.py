# SPDX-License-Identifier: GPL-3.0-or-later
"""The canvas that shows a document, and where on it a pixel of the document is."""

from __future__ import annotations

from typing import Any

from krita import Krita

from .host import Canvas
from .qt import QtWidgets

__all__ = ["canvas_of", "floating_message"]

_CANVAS_CLASSES = ("KisOpenGLCanvas2", "KisQPainterCanvas", "KisOpenGLWidget")
_MESSAGE_MS = 4000


def canvas_of(document: Any) -> Canvas | None:
    """The canvas of the active window when it shows this document."""
    view = _view(document)
    widget = None if view is None else _widget()
    if widget is None:
        return None

    def to_widget() -> tuple[float, float, float, float, float, float] | None:
        shown = _view(document)  # asked anew: Krita's wrapper objects do not live long
        if shown is None or not hasattr(shown, "flakeToCanvasTransform"):  # before Krita 5.2
            return None
        to_flake, possible = shown.flakeToImageTransform().inverted()
        if not possible:
            return None
        map_ = to_flake * shown.flakeToCanvasTransform()
        return map_.m11(), map_.m12(), map_.m21(), map_.m22(), map_.dx(), map_.dy()

    return Canvas(widget, to_widget)


def floating_message(text: str) -> None:
    """Show a sentence over the canvas for some seconds; nothing where no document is open."""
    window = Krita.instance().activeWindow()
    view = window.activeView() if window is not None else None
    if view is not None:
        view.showFloatingMessage(text, Krita.instance().icon("krita_tool_colorpicker"), _MESSAGE_MS, 1)


def _view(document: Any) -> Any | None:
    window = Krita.instance().activeWindow()
    view = window.activeView() if window is not None else None
    return view if view is not None and view.document() == document else None


def _widget() -> QtWidgets.QWidget | None:
    """The drawing surface in the subwindow that has the focus."""
    area = Krita.instance().activeWindow().qwindow().findChild(QtWidgets.QMdiArea)
    inside = area.currentSubWindow() if area is not None else None
    if inside is None:
        return None
    widgets = inside.findChildren(QtWidgets.QWidget)
    return next((widget for widget in widgets if _class(widget) in _CANVAS_CLASSES), None)


def _class(widget: QtWidgets.QWidget) -> str:
    meta = widget.metaObject()
    return "" if meta is None else str(meta.className())
