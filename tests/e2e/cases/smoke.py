# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness itself: Krita starts, draws, undoes, tells its history, and shows itself."""

from __future__ import annotations

from nurie_e2e.api import Api, Steps
from nurie_e2e.qt import QtCore, QtGui, QtWidgets

from e2e.cases._panel import Panel, drawing


def case(api: Api) -> Steps:
    document = yield from api.new_document(256, 200)
    image = QtGui.QImage(256, 200, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(240, 128, 32))
    before = api.history()
    layer = api.add_layer(document, "Orange", image)
    yield from api.settle(document)
    api.equal("one entry", api.history()[len(before) :], ["Add Layer"])
    api.equal("pixels go in", bytes(layer.pixelData(0, 0, 1, 1)), b"\x20\x80\xf0\xff")
    api.equal("pixel is seen", api.pixel(document, 10, 10), (240, 128, 32))
    api.screenshot("window")
    yield from api.undo(document)
    api.equal("undone", api.names(document).count("Orange"), 0)
    yield from api.redo(document)
    api.equal("redone", api.names(document).count("Orange"), 1)


def case_shortcuts(api: Api) -> Steps:
    """The panel names the keys that the artist has chosen, not those that it came with."""
    yield from drawing(api, 64, 64)
    panel = Panel(api)
    yield from panel.open()
    yield from panel.drop_reference()
    action = api.krita.action("nurie_colorize")
    keys, button = action.shortcut(), panel.button
    api.require("the action has keys", not keys.isEmpty())
    api.check("its keys are named", f"({keys.toString()})" in button.toolTip(), button.toolTip())
    action.setShortcut(QtGui.QKeySequence("Ctrl+Alt+9"))
    named = yield from api.wait_for(lambda: "(Ctrl+Alt+9)" in button.toolTip(), 3000)
    api.check("others are named at once", named, button.toolTip())
    action.setShortcut(keys)
    back = yield from api.wait_for(lambda: f"({keys.toString()})" in button.toolTip(), 3000)
    api.check("and the first again", back, button.toolTip())


def case_hands(api: Api) -> Steps:
    taken: list[str] = []

    class Target(QtWidgets.QPushButton):
        def dragEnterEvent(self, event: QtGui.QDragEnterEvent | None) -> None:  # noqa: N802
            assert event is not None
            event.acceptProposedAction()

        def dropEvent(self, event: QtGui.QDropEvent | None) -> None:  # noqa: N802
            assert event is not None
            data = event.mimeData()
            assert data is not None
            taken.append(data.text())
            event.acceptProposedAction()

        def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802
            assert event is not None
            taken.append(event.text() or "key")

    target = Target("Target")
    target.setAcceptDrops(True)
    target.clicked.connect(lambda: taken.append("click"))
    target.show()
    yield 100
    api.hands.click(target)
    data = QtCore.QMimeData()
    data.setText("dropped")
    api.check("the drop is taken", api.hands.drop(target, data))
    api.hands.key(target, QtCore.Qt.Key.Key_Delete)
    api.equal("hands work", taken, ["click", "dropped", "key"])
    target.close()


def case_blocks(api: Api) -> Steps:
    api.blocks.reset()
    QtCore.QTimer.singleShot(0, lambda: QtCore.QThread.msleep(120))
    yield 300
    api.check("a block of the GUI thread is measured", 120 <= api.blocks.longest + 6 < 1000, api.blocks.longest)
