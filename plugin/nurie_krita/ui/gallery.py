# SPDX-License-Identifier: GPL-3.0-or-later
"""The references as tiles. A click uses one alone, Ctrl and a click several; drag, drop, paste, rename, remove."""

from __future__ import annotations

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets, Signal
from nurie_krita.references import MIME_TYPE, ReferenceModel, Role
from nurie_krita.ui import drops, geometry
from nurie_krita.ui.delegate import ReferenceDelegate
from nurie_krita.ui.events import position
from nurie_krita.ui.theme import theme
from nurie_krita.ui.tile_view import TileView

__all__ = ["Gallery"]

_Key = QtCore.Qt.Key
_Modifier = QtCore.Qt.KeyboardModifier
_OWN_KEYS = (_Key.Key_Delete, _Key.Key_Backspace, _Key.Key_F2, _Key.Key_Space, _Key.Key_Return, _Key.Key_Enter)


class Gallery(TileView):
    """Binds to a ``ReferenceModel``. ``keyboard``: the last input came from the keyboard, so its place is shown."""

    dropped = Signal(object)  # drops.Dropped: by drag or paste
    add_asked = Signal()
    sample_asked = Signal()
    menu_asked = Signal(str, QtCore.QPoint)  # digest, place on the screen

    def __init__(self, model: ReferenceModel, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(model, parent)
        self._references = model
        self._indicator: QtCore.QRect | None = None
        self._press: QtCore.QPoint | None = None
        self._press_digest = ""
        self.keyboard = False
        self.setObjectName("nurie_gallery")
        self.add_tile.clicked.connect(self.add_asked)
        self.empty.add.clicked.connect(self.add_asked)
        self.empty.sample.clicked.connect(self.sample_asked)
        self.setItemDelegate(ReferenceDelegate(self))
        self.retranslate()

    @property
    def several(self) -> bool:
        """Whether more than one is used, so that their order matters."""
        return len(self._references.enabled) > 1

    def current_digest(self) -> str:
        return str(self.currentIndex().data(Role.DIGEST) or "")

    def retranslate(self) -> None:
        self.setAccessibleName(tr("References"))
        self.setAccessibleDescription(tr("Enter uses a reference alone, Space switches it on or off, F2 renames it."))
        self.add_tile.retranslate()
        self.empty.retranslate()

    def rename_current(self) -> None:
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def remove_current(self) -> None:
        if self.current_digest():
            self._references.remove([self.current_digest()])

    def paste(self) -> None:
        clipboard = QtGui.QGuiApplication.clipboard()
        self.dropped.emit(drops.read(clipboard.mimeData() if clipboard is not None else None))

    # Keys and mouse

    def event(self, event: QtCore.QEvent | None) -> bool:
        if isinstance(event, QtGui.QKeyEvent) and event.type() == QtCore.QEvent.Type.ShortcutOverride:
            # Otherwise Krita's own Delete and Ctrl+V would act on the drawing while the gallery has the focus.
            undoes = event.matches(QtGui.QKeySequence.StandardKey.Undo) and bool(self._references.undo_text)
            if event.key() in _OWN_KEYS or event.matches(QtGui.QKeySequence.StandardKey.Paste) or undoes:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        if event is None:
            return
        if not self.hasFocus():  # what the field for a new name leaves over, such as the Return that ends it
            event.ignore()
            return
        self.keyboard = True
        digest = self.current_digest()
        key = event.key()
        if event.matches(QtGui.QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.matches(QtGui.QKeySequence.StandardKey.Undo):
            self._references.undo()
        elif digest and key in (_Key.Key_Return, _Key.Key_Enter):
            self._references.enable_only([digest])
        elif digest and key == _Key.Key_Space:
            self._toggle(digest)
        elif digest and key == _Key.Key_F2:
            self.rename_current()
        elif digest and key in (_Key.Key_Delete, _Key.Key_Backspace):
            self.remove_current()
        elif digest and (
            key == _Key.Key_Menu or (key == _Key.Key_F10 and event.modifiers() == _Modifier.ShiftModifier)
        ):
            self._ask_menu(digest, self.visualRect(self.currentIndex()).center())
        else:
            super().keyPressEvent(event)
        (self.viewport() or self).update()

    def focusInEvent(self, event: QtGui.QFocusEvent | None) -> None:  # noqa: N802
        super().focusInEvent(event)
        # By the mouse, the press itself says which is current; to choose the first one now would scroll it away.
        self.keyboard = event is not None and event.reason() != QtCore.Qt.FocusReason.MouseFocusReason
        if self.keyboard and not self.currentIndex().isValid() and self._references.rowCount():
            self.setCurrentIndex(self._references.index(0))

    def mousePressEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        if event is None:
            return
        self.keyboard = False
        index = self.indexAt(position(event))
        if index.isValid():
            self.setCurrentIndex(index)
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            self._press = position(event)
            self._press_digest = str(index.data(Role.DIGEST) or "")

    def mouseMoveEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        if event is None:
            return
        if self._press is None:
            super().mouseMoveEvent(event)
            return
        far = (position(event) - self._press).manhattanLength() >= QtWidgets.QApplication.startDragDistance()
        if far and self._press_digest:
            self._press = None
            self._drag(self._press_digest)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        if event is None or event.button() != QtCore.Qt.MouseButton.LeftButton or self._press is None:
            return
        self._press = None
        index = self.indexAt(position(event))
        digest = str(index.data(Role.DIGEST) or "")
        if not digest or digest != self._press_digest:
            return
        badge = geometry.badge_rect(self.visualRect(index), self.layoutDirection()).adjusted(-3, -3, 3, 3)
        several = _Modifier.ControlModifier | _Modifier.ShiftModifier
        if badge.contains(position(event)) or event.modifiers() & several:
            self._toggle(digest)
        else:
            self._references.enable_only([digest])

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802
        """The second press of a double click is a press like any other, unless it is on the name."""
        if event is None:
            return
        index = self.indexAt(position(event))
        if index.isValid() and geometry.name_rect(self.visualRect(index)).contains(position(event)):
            self.edit(index)
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent | None) -> None:  # noqa: N802
        if event is not None:
            digest = str(self.indexAt(event.pos()).data(Role.DIGEST) or "")
            self.menu_asked.emit(digest, event.globalPos())

    def _ask_menu(self, digest: str, at: QtCore.QPoint) -> None:
        self.menu_asked.emit(digest, (self.viewport() or self).mapToGlobal(at))

    def _toggle(self, digest: str) -> None:
        self._references.enable(digest, digest not in self._references.enabled)

    # Drag and drop

    def _drag(self, digest: str) -> None:
        index = self._references.index(self._references.digests.index(digest))
        drag = QtGui.QDrag(self)
        drag.setMimeData(self._references.mimeData([index]))
        image = index.data(Role.THUMBNAIL)
        if isinstance(image, QtGui.QImage) and not image.isNull():
            side = 2 * self.gridSize().width() // 3
            keep, smooth = QtCore.Qt.AspectRatioMode.KeepAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
            drag.setPixmap(QtGui.QPixmap.fromImage(image.scaled(side, side, keep, smooth)))
        drag.exec(QtCore.Qt.DropAction.MoveAction | QtCore.Qt.DropAction.CopyAction)
        self._point_at(None)

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent | None) -> None:  # noqa: N802
        self._dragged(event)

    def dragMoveEvent(self, event: QtGui.QDragMoveEvent | None) -> None:  # noqa: N802
        self._dragged(event)

    def dragLeaveEvent(self, event: QtGui.QDragLeaveEvent | None) -> None:  # noqa: N802
        self._point_at(None)
        self._hint(False)

    def dropEvent(self, event: QtGui.QDropEvent | None) -> None:  # noqa: N802
        self._point_at(None)
        self._hint(False)
        mime = event.mimeData() if event is not None else None
        if event is None or mime is None:
            return
        if mime.hasFormat(MIME_TYPE):
            digests = bytes(mime.data(MIME_TYPE).data()).decode().split("\n")
            event.setDropAction(QtCore.Qt.DropAction.MoveAction)
            event.accept()
            self._references.move(digests, self._row_at(position(event)))
            return
        found = drops.read(mime)
        if found:
            event.setDropAction(QtCore.Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(found)

    def _dragged(self, event: QtGui.QDragMoveEvent | None) -> None:
        mime = event.mimeData() if event is not None else None
        if event is None or mime is None:
            return
        own = mime.hasFormat(MIME_TYPE)
        if not own and not drops.acceptable(mime):
            event.ignore()
            return
        event.setDropAction(QtCore.Qt.DropAction.MoveAction if own else QtCore.Qt.DropAction.CopyAction)
        event.accept()
        self._hint(not own)
        self._point_at(self._row_at(position(event)) if own else None)

    def _row_at(self, at: QtCore.QPoint) -> int:
        """The row before which something dropped here belongs."""
        for row in range(self._references.rowCount()):
            cell = self.cell_rect(row)
            middle = cell.center().x()
            before = at.x() > middle if self.isRightToLeft() else at.x() < middle
            if at.y() < cell.top() or (at.y() <= cell.bottom() and before):
                return row
        return self._references.rowCount()

    def _point_at(self, row: int | None) -> None:
        place = None
        if row is not None:
            cell = self.cell_rect(row)
            place = QtCore.QRect(
                cell.right() if self.isRightToLeft() else cell.left(), cell.top() + 4, 2, cell.width() - 8
            )
        if place != self._indicator:
            self._indicator = place
            (self.viewport() or self).update()

    def _hint(self, over: bool) -> None:
        self.add_tile.set_inviting(over)
        self.empty.set_inviting(over)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        super().paintEvent(event)
        if self._indicator is not None:
            painter = QtGui.QPainter(self.viewport())
            painter.fillRect(self._indicator, theme(self.palette()).ring)
            painter.end()
