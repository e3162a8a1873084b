# SPDX-License-Identifier: GPL-3.0-or-later
"""A scroll area in which one widget never scrolls out of sight."""

from __future__ import annotations

from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui.theme import theme

__all__ = ["StickyScroll"]

_MARGIN = 6


class _Band(QtWidgets.QWidget):
    """Holds the widget on an opaque ground, with a hairline above it while something is hidden beneath."""

    def __init__(self, parent: QtWidgets.QWidget, widget: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.afloat = False
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, _MARGIN, 0, _MARGIN)
        layout.addWidget(widget)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), colors.window)
        if self.afloat:
            painter.fillRect(QtCore.QRect(0, 0, self.width(), 1), colors.line)
        painter.end()


class StickyScroll(QtWidgets.QScrollArea):
    """Scrolls its content vertically; ``sticky`` lies at ``place`` in it, but at the lower edge when that is below.

    content's layout must hold ``place``, an empty widget, where the sticky widget belongs.
    """

    def __init__(
        self, content: QtWidgets.QWidget, place: QtWidgets.QWidget, sticky: QtWidgets.QWidget, margin: int
    ) -> None:
        super().__init__()
        self._place, self._margin, self._content = place, margin, content
        self._band = _Band(self, sticky)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        view = self.viewport()
        for surface in (self, content, view):  # let the docker's own ground show
            if surface is not None:
                surface.setAutoFillBackground(False)
        self._band.installEventFilter(self)
        place.installEventFilter(self)
        content.installEventFilter(self)
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.valueChanged.connect(self._put)
        self._resize_place()

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        kind = event.type() if event is not None else None
        if watched is self._band and kind == QtCore.QEvent.Type.LayoutRequest:
            self._resize_place()
        elif watched in (self._place, self._content) and kind in (QtCore.QEvent.Type.Move, QtCore.QEvent.Type.Resize):
            self._put()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._resize_place()

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Room for the sticky widget and a little of what scrolls."""
        return QtCore.QSize(200, self._band.minimumSizeHint().height() + 60)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return self._content.sizeHint()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Scroll what gets the focus into sight, above the sticky widget too."""
        moved = super().focusNextPrevChild(forward)
        focused = self.focusWidget()
        if moved and focused is not None and self._content.isAncestorOf(focused):
            self.reveal(focused)
        return moved

    def reveal(self, widget: QtWidgets.QWidget) -> None:
        """Scroll so that a widget of the content is in sight."""
        hidden = self._band.height() if self._band.afloat else 0
        self.ensureWidgetVisible(widget, 0, hidden + 4)

    def _view(self) -> QtWidgets.QWidget:
        return self.viewport() or self

    def _resize_place(self) -> None:
        layout = self._band.layout()
        width = max(1, self._view().width() - 2 * self._margin)
        hint = self._band.sizeHint().height()
        if layout is not None and layout.hasHeightForWidth():
            hint = layout.totalHeightForWidth(width)
        self._place.setFixedHeight(hint)
        self._put()

    def _put(self) -> None:
        view = self._view()
        height = self._place.height()
        natural = self._place.mapTo(self._content, QtCore.QPoint(0, 0)).y() + self._content.y()
        y = min(natural, view.height() - height)
        self._band.afloat = y < natural
        self._band.setGeometry(view.x() + self._margin, view.y() + y, view.width() - 2 * self._margin, height)
        self._band.raise_()
        self._band.update()
