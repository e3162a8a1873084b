# SPDX-License-Identifier: GPL-3.0-or-later
"""What was colored, newest first: a click shows it on the canvas, a double click applies it."""

from __future__ import annotations

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.results import ResultModel, ResultRole
from nurie_krita.ui import tiles
from nurie_krita.ui.events import position
from nurie_krita.ui.geometry import BADGE
from nurie_krita.ui.theme import theme

__all__ = ["ResultDelegate", "ResultsStrip"]

_CELL = 76
_PAD = 4
_Key = QtCore.Qt.Key
_OWN_KEYS = (_Key.Key_Delete, _Key.Key_Backspace, _Key.Key_Space, _Key.Key_Return, _Key.Key_Enter)


class ResultDelegate(QtWidgets.QStyledItemDelegate):
    """A square picture; a ring while it is shown, a tick once a layer was made of it."""

    def __init__(self, view: QtWidgets.QListView) -> None:
        super().__init__(view)
        self._view = view
        self._scaled = tiles.Scaled()

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(_CELL, _CELL)

    def paint(
        self, painter: QtGui.QPainter | None, option: QtWidgets.QStyleOptionViewItem, index: QtCore.QModelIndex
    ) -> None:
        if painter is None:
            return
        colors = theme(option.palette)
        box = option.rect.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        image = index.data(ResultRole.THUMBNAIL)
        pixmap = None
        if isinstance(image, QtGui.QImage) and not image.isNull():
            pixmap = self._scaled.get(image, box.size(), self._view.devicePixelRatioF())
        flags = QtWidgets.QStyle.StateFlag
        hover = bool(option.state & flags.State_MouseOver)
        focus = self._view.hasFocus() and self._view.currentIndex() == index
        painter.save()
        tiles.paint_tile(painter, QtCore.QRectF(box), pixmap, colors)
        shown = bool(index.data(ResultRole.SHOWN))
        tiles.paint_frame(painter, QtCore.QRectF(box), colors, chosen=shown, hover=hover, focus=focus)
        if index.data(ResultRole.APPLIED):
            x = box.left() + 3 if self._view.isRightToLeft() else box.right() - BADGE - 2
            badge = QtCore.QRectF(x, box.top() + 3, BADGE, BADGE)
            tiles.paint_badge(painter, badge, colors, 0, on=True)
        painter.restore()


class ResultsStrip(QtWidgets.QListView):
    """Binds to a ``ResultModel``."""

    show_asked = Signal(object)  # id, or None to show nothing
    apply_asked = Signal(str)
    menu_asked = Signal(str, QtCore.QPoint)

    def __init__(self, model: ResultModel, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = model
        self._second = False
        self.setObjectName("nurie_results")
        self.setFlow(QtWidgets.QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setItemDelegate(ResultDelegate(self))
        view = self.viewport()
        if view is not None:
            view.setAutoFillBackground(False)
        self.setModel(model)
        model.rowsInserted.connect(self._arranged)
        model.rowsRemoved.connect(self._arranged)
        model.modelReset.connect(self._arranged)
        self._arranged()
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Results"))
        self.setAccessibleDescription(tr("Space shows a result on the canvas, Enter applies it."))

    def current_id(self) -> str:
        return str(self.currentIndex().data(ResultRole.ID) or "")

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(4 * _CELL, _CELL + self._bar_height())

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        return QtCore.QSize(2 * _CELL, self.sizeHint().height())

    def _bar_height(self) -> int:
        bar = self.horizontalScrollBar()
        overflows = self._results.rowCount() * _CELL > self.width()
        return bar.sizeHint().height() if overflows and bar is not None else 0

    def _arranged(self) -> None:
        policy = QtCore.Qt.ScrollBarPolicy
        wanted = policy.ScrollBarAlwaysOn if self._bar_height() else policy.ScrollBarAlwaysOff
        if wanted != self.horizontalScrollBarPolicy():
            self.setHorizontalScrollBarPolicy(wanted)
        self.setFixedHeight(self.sizeHint().height())

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._arranged()

    def wheelEvent(self, event: QtGui.QWheelEvent | None) -> None:  # noqa: N802
        """A plain wheel moves along the strip while there is somewhere to go, else the panel."""
        bar = self.horizontalScrollBar()
        if event is None or bar is None or not bar.maximum():
            if event is not None:
                event.ignore()
            return
        bar.setValue(bar.value() - (event.angleDelta().x() or event.angleDelta().y()))
        event.accept()

    def event(self, event: QtCore.QEvent | None) -> bool:
        if (
            isinstance(event, QtGui.QKeyEvent)
            and event.type() == QtCore.QEvent.Type.ShortcutOverride
            and event.key() in _OWN_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        if event is None:
            return
        found, key = self.current_id(), event.key()
        if found and key in (_Key.Key_Return, _Key.Key_Enter):
            self.apply_asked.emit(found)
        elif found and key == _Key.Key_Space:
            self._toggle(found)
        elif found and key in (_Key.Key_Delete, _Key.Key_Backspace):
            self._results.remove(found)
        elif found and key == _Key.Key_Menu:
            view = self.viewport() or self
            self.menu_asked.emit(found, view.mapToGlobal(self.visualRect(self.currentIndex()).center()))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QtGui.QFocusEvent | None) -> None:  # noqa: N802
        super().focusInEvent(event)
        by_mouse = event is not None and event.reason() == QtCore.Qt.FocusReason.MouseFocusReason
        if not by_mouse and not self.currentIndex().isValid() and self._results.rowCount():
            self.setCurrentIndex(self._results.index(0))

    def mousePressEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        self._second = False
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        if event is not None and event.button() == QtCore.Qt.MouseButton.LeftButton and not self._second:
            found = str(self.indexAt(position(event)).data(ResultRole.ID) or "")
            if found:
                self._toggle(found)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        self._second = True
        found = str(self.indexAt(position(event)).data(ResultRole.ID) or "") if event is not None else ""
        if found:
            self.apply_asked.emit(found)

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent | None) -> None:  # noqa: N802
        found = str(self.indexAt(event.pos()).data(ResultRole.ID) or "") if event is not None else ""
        if found and event is not None:
            self.menu_asked.emit(found, event.globalPos())

    def _toggle(self, found: str) -> None:
        self.show_asked.emit(None if self._results.shown == found else found)
