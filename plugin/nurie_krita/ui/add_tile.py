# SPDX-License-Identifier: GPL-3.0-or-later
"""What invites to add a reference: a dashed tile after the last one, and a friendly sentence while there is none."""

from __future__ import annotations

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui import glyphs
from nurie_krita.ui.theme import Theme, mix, theme

__all__ = ["AddTile", "EmptyState"]

_RADIUS = 6.0


def _dashed(painter: QtGui.QPainter, box: QtCore.QRectF, colors: Theme, *, lit: bool, inviting: bool) -> None:
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    edge = colors.ring if inviting else mix(colors.faint, colors.text, 0.4 if lit else 0.0)
    pen = QtGui.QPen(edge, 1.4)
    pen.setDashPattern([3.5, 3.0])
    painter.setPen(pen)
    ground = mix(colors.window, colors.accent, 0.18) if inviting else QtGui.QColor(0, 0, 0, 0)
    painter.setBrush(ground)
    painter.drawRoundedRect(box.adjusted(0.7, 0.7, -0.7, -0.7), _RADIUS, _RADIUS)


class AddTile(QtWidgets.QAbstractButton):
    """The dashed tile; lit while a picture is dragged over the gallery."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._inviting = False
        self.setObjectName("nurie_add_tile")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)

    def retranslate(self) -> None:
        self.setText(tr("Add"))
        self.setAccessibleName(tr("Add reference pictures"))
        self.setToolTip(tr("Add pictures: drop them here, paste them, or click to choose files"))

    def set_inviting(self, inviting: bool) -> None:
        if inviting != self._inviting:
            self._inviting = inviting
            self.update()

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
        if event is not None and event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        lit = self.underMouse() or self.hasFocus() or self.isDown()
        painter = QtGui.QPainter(self)
        box = QtCore.QRectF(self.rect())
        _dashed(painter, box, colors, lit=lit, inviting=self._inviting)
        ink = colors.text if lit or self._inviting else colors.dim
        fits = self.fontMetrics().horizontalAdvance(self.text()) <= box.width() - 6
        text_height = self.fontMetrics().height() if fits else 0
        middle = box.center()
        size = 18.0 if fits else 22.0
        top = middle.y() - (size + text_height) / 2
        glyphs.paint(painter, "add", QtCore.QRectF(middle.x() - size / 2, top, size, size), ink)
        if fits:
            painter.setPen(ink)
            below = QtCore.QRectF(0, top + size, box.width(), text_height + 2)
            painter.drawText(below, QtCore.Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class EmptyState(QtWidgets.QWidget):
    """Fills the gallery while it is empty: what a reference is, how to add one, and a way to try without any."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._inviting = False
        self.title = QtWidgets.QLabel(self)
        self.text = QtWidgets.QLabel(self)
        for label in (self.title, self.text):
            label.setWordWrap(True)
            label.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
            label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.add = QtWidgets.QPushButton(self)
        self.add.setObjectName("nurie_add_first")
        self.sample = QtWidgets.QPushButton(self)
        self.sample.setObjectName("nurie_sample")
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(14, 38, 14, 10)
        column.setSpacing(5)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(3)
        column.addWidget(self.add, 0, QtCore.Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sample, 0, QtCore.Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
        self.retranslate()
        self._recolor()

    def retranslate(self) -> None:
        self.title.setText(tr("Which colors should it have?"))
        self.text.setText(tr("Drop a colored picture of your character here, or paste one."))
        self.add.setText(tr("Choose pictures…"))
        self.sample.setText(tr("Try it on a sample drawing"))
        self.sample.setToolTip(tr("Opens a drawing that comes with Nurie, with references to go with it"))

    def wanted_height(self, width: int) -> int:
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout is not None else 160

    def set_inviting(self, inviting: bool) -> None:
        if inviting != self._inviting:
            self._inviting = inviting
            self.update()

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802
        if event is not None and event.type() == QtCore.QEvent.Type.PaletteChange and hasattr(self, "sample"):
            self._recolor()
        super().changeEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802
        colors = theme(self.palette())
        painter = QtGui.QPainter(self)
        _dashed(painter, QtCore.QRectF(self.rect()), colors, lit=False, inviting=self._inviting)
        icon = QtCore.QRectF(self.width() / 2 - 12, 10, 24, 24)
        glyphs.paint(painter, "picture", icon, colors.accent if self._inviting else colors.dim)
        painter.end()

    def _recolor(self) -> None:
        palette = QtGui.QPalette(self.palette())
        wanted = theme(palette).dim
        if self.text.palette().color(QtGui.QPalette.ColorRole.WindowText) != wanted:
            palette.setColor(QtGui.QPalette.ColorRole.WindowText, wanted)
            self.text.setPalette(palette)
