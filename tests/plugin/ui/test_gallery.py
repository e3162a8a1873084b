"""References by mouse, keys, drag, drop and paste."""

from __future__ import annotations

import pytest

from fakes import panel as fake
from fakes.desk import Desk, MakeDesk
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui import geometry

Key = QtCore.Qt.Key


def clipboard() -> QtGui.QClipboard:
    found = QtGui.QGuiApplication.clipboard()
    assert found is not None
    return found


def used(desk: Desk) -> list[str]:
    return [desk.state.references.name(digest) for digest in desk.state.references.enabled]


def names(desk: Desk) -> list[str]:
    model = desk.state.references
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def test_a_click_uses_one_alone_and_control_several(desk: Desk) -> None:
    desk.add("Alice", "Bob", "Mira")
    view = desk.viewport(desk.panel.references.gallery)
    desk.click(view, desk.tile(1))
    assert used(desk) == ["Bob"]
    desk.click(view, desk.tile(2), ctrl=True)
    assert used(desk) == ["Bob", "Mira"]
    desk.click(view, desk.tile(1), ctrl=True)
    assert used(desk) == ["Mira"]
    desk.click(view, desk.tile(0))
    assert used(desk) == ["Alice"]


def test_the_badge_switches_one_on_and_off(desk: Desk) -> None:
    desk.add("Alice", "Bob")
    gallery = desk.panel.references.gallery
    desk.click(desk.viewport(gallery), desk.tile(0))
    for wanted in (["Alice", "Bob"], ["Alice"]):
        cell = gallery.visualRect(desk.state.references.index(1))
        desk.click(desk.viewport(gallery), geometry.badge_rect(cell, gallery.layoutDirection()).center())
        assert used(desk) == wanted


def test_keys_use_switch_rename_and_remove(desk: Desk) -> None:
    desk.add("Alice", "Bob", "Mira")
    gallery = desk.panel.references.gallery
    gallery.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
    desk.qtbot.keyClick(gallery, Key.Key_Right)
    desk.qtbot.keyClick(gallery, Key.Key_Return)
    assert used(desk) == ["Bob"]
    desk.qtbot.keyClick(gallery, Key.Key_Right)
    desk.qtbot.keyClick(gallery, Key.Key_Space)
    assert used(desk) == ["Bob", "Mira"]
    desk.qtbot.keyClick(gallery, Key.Key_F2)
    editor = gallery.findChild(QtWidgets.QLineEdit)
    assert editor is not None
    editor.setText("Mira in winter")
    desk.qtbot.keyClick(editor, Key.Key_Return)
    desk.qtbot.waitUntil(lambda: names(desk) == ["Alice", "Bob", "Mira in winter"])
    desk.qtbot.keyClick(gallery, Key.Key_Delete)
    assert names(desk) == ["Alice", "Bob"]
    desk.qtbot.keyClick(gallery, Key.Key_Z, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert names(desk) == ["Alice", "Bob", "Mira in winter"]


@pytest.mark.parametrize(
    ("key", "modifier", "taken"),
    [
        (Key.Key_Delete, QtCore.Qt.KeyboardModifier.NoModifier, True),
        (Key.Key_V, QtCore.Qt.KeyboardModifier.ControlModifier, True),
        (Key.Key_Space, QtCore.Qt.KeyboardModifier.NoModifier, True),
        (Key.Key_S, QtCore.Qt.KeyboardModifier.ControlModifier, False),
        (Key.Key_Z, QtCore.Qt.KeyboardModifier.ControlModifier, False),  # nothing to bring back: the drawing's undo
    ],
)
def test_its_keys_do_not_reach_the_drawing(
    desk: Desk, key: QtCore.Qt.Key, modifier: QtCore.Qt.KeyboardModifier, taken: bool
) -> None:
    """The program around asks the focused widget first whether a shortcut's key is its own."""
    desk.add("Alice")
    event = QtGui.QKeyEvent(QtCore.QEvent.Type.ShortcutOverride, key, modifier)
    event.setAccepted(False)
    QtWidgets.QApplication.sendEvent(desk.panel.references.gallery, event)
    assert event.isAccepted() == taken


def test_files_dropped_are_asked_for(desk: Desk) -> None:
    mime = QtCore.QMimeData()
    mime.setUrls([QtCore.QUrl.fromLocalFile("/art/a.png"), QtCore.QUrl.fromLocalFile("/art/b.jpg")])
    assert desk.drop(mime, QtCore.QPoint(40, 40))
    assert desk.heard == [("add_files", ["/art/a.png", "/art/b.jpg"])]


def test_a_layer_dropped_is_asked_for(desk: Desk) -> None:
    mime = QtCore.QMimeData()
    mime.setImageData(fake.portrait(4))
    desk.add("Alice")
    assert desk.drop(mime, desk.tile(0))
    name, image, label = desk.heard[0]
    assert (name, image.size(), label) == ("add_image", QtCore.QSize(240, 320), "")


def test_text_is_not_taken(desk: Desk) -> None:
    mime = QtCore.QMimeData()
    mime.setText("a poem")
    assert not desk.drop(mime, QtCore.QPoint(40, 40))
    assert desk.heard == []


def test_a_link_is_explained(desk: Desk) -> None:
    mime = QtCore.QMimeData()
    mime.setUrls([QtCore.QUrl("https://example.org/alice.png")])
    assert desk.drop(mime, QtCore.QPoint(40, 40))
    assert desk.state.notice is not None
    assert "link" in desk.state.notice.text
    assert desk.heard == []


def test_pasting_asks_for_the_picture(desk: Desk) -> None:
    clipboard().setImage(fake.portrait(3))
    gallery = desk.panel.references.gallery
    gallery.setFocus()
    desk.qtbot.keyClick(gallery, Key.Key_V, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert [entry[0] for entry in desk.heard] == ["add_image"]


def test_pasting_nothing_says_so(desk: Desk) -> None:
    clipboard().setText("words")
    desk.panel.references.gallery.paste()
    assert desk.heard == []
    assert desk.state.notice is not None


@pytest.mark.parametrize("rtl", [False, True])
def test_dragging_a_tile_puts_it_elsewhere(make_desk: MakeDesk, rtl: bool) -> None:
    desk = make_desk(rtl=rtl)
    desk.add("Alice", "Bob", "Mira", "Kaito")
    model, gallery = desk.state.references, desk.panel.references.gallery
    mime = model.mimeData([model.index(3)])
    cell = gallery.cell_rect(1)
    before = QtCore.QPoint(cell.right() - 4 if rtl else cell.left() + 4, cell.center().y())
    assert desk.drop(mime, before, QtCore.Qt.DropAction.MoveAction)
    assert names(desk) == ["Alice", "Kaito", "Bob", "Mira"]
    mime = model.mimeData([model.index(0)])
    assert desk.drop(mime, desk.viewport(gallery).rect().bottomRight(), QtCore.Qt.DropAction.MoveAction)
    assert names(desk) == ["Kaito", "Bob", "Mira", "Alice"]
    assert desk.heard == []


def test_double_clicking_the_name_renames(desk: Desk) -> None:
    desk.add("Alice")
    gallery = desk.panel.references.gallery
    place = geometry.name_rect(gallery.visualRect(desk.state.references.index(0))).center()
    desk.qtbot.mouseDClick(desk.viewport(gallery), QtCore.Qt.MouseButton.LeftButton, pos=place)
    assert gallery.findChild(QtWidgets.QLineEdit) is not None


@pytest.mark.parametrize("rtl", [False, True])
@pytest.mark.parametrize("width", [300, 320, 360, 520])
def test_tiles_lie_where_the_view_says_and_the_last_one_adds(make_desk: MakeDesk, width: int, rtl: bool) -> None:
    desk = make_desk(width, rtl=rtl)
    desk.add(*(f"Name {number}" for number in range(6)))
    gallery = desk.panel.references.gallery
    for row in range(6):
        assert gallery.cell_rect(row) == gallery.visualRect(desk.state.references.index(row)), row
    assert geometry.picture_rect(gallery.cell_rect(6)) == gallery.add_tile.geometry()
    assert gallery.indexAt(gallery.add_tile.geometry().center()).isValid() is False


def test_without_any_it_invites(desk: Desk) -> None:
    gallery = desk.panel.references.gallery
    assert gallery.empty.isVisible()
    assert not gallery.add_tile.isVisible()
    desk.click(gallery.empty.sample)
    assert desk.heard == [("try_sample",)]
    desk.add("Alice")
    assert not gallery.empty.isVisible()
    assert gallery.add_tile.isVisible()


def test_choosing_files_opens_a_dialog_that_does_not_block(desk: Desk) -> None:
    desk.click(desk.panel.references.gallery.empty.add)
    dialog = desk.panel.findChild(QtWidgets.QFileDialog)
    assert dialog is not None
    dialog.filesSelected.emit(["/art/a.png"])
    assert desk.heard == [("add_files", ["/art/a.png"])]
    dialog.close()


def entries(menu: QtWidgets.QMenu) -> dict[str, QtGui.QAction]:
    return {action.text().split("\t")[0]: action for action in menu.actions() if action.text()}


def test_the_menu_of_a_reference(desk: Desk) -> None:
    first, second = desk.add("Alice", "Bob")
    section, model = desk.panel.references, desk.state.references
    menu = QtWidgets.QMenu(section)
    section.fill_reference(menu, first)
    entries(menu)["Use only this"].trigger()
    assert used(desk) == ["Alice"]
    menu.clear()
    section.fill_reference(menu, second)
    entries(menu)["Use as well"].trigger()
    assert used(desk) == ["Alice", "Bob"]
    entries(menu)["Remove"].trigger()
    assert names(desk) == ["Alice"]
    assert section.undo_button.isVisible()
    desk.click(section.undo_button)
    assert names(desk) == ["Alice", "Bob"]
    assert not section.undo_button.isVisible()
    assert model.enabled == (first, second)


def test_sets_are_made_shown_and_filled(desk: Desk) -> None:
    first, _ = desk.add("Alice", "Bob")
    section, model = desk.panel.references, desk.state.references
    assert not section.sets_button.isVisible()
    menu = QtWidgets.QMenu(section)
    section.fill_add(menu)
    entries(menu)["New set of references…"].trigger()
    dialog = section.findChild(QtWidgets.QInputDialog)
    assert dialog is not None
    dialog.setTextValue("Winter & snow")
    dialog.accept()
    assert model.rowCount() == 0
    assert section.sets_button.isVisible()
    assert section.sets_button.text() == "Winter & snow"
    section.sets_button.refill()
    shown = [action.text() for action in section.sets_button.menu.actions() if action.isCheckable()]
    assert shown[-1] == "Winter && snow (0)"
    section.sets_button.menu.actions()[0].trigger()
    assert names(desk) == ["Alice", "Bob"]
    menu = QtWidgets.QMenu(section)
    section.fill_reference(menu, first)
    move = next(found for found in menu.findChildren(QtWidgets.QMenu) if found.title() == "Move to set")
    move.actions()[0].trigger()
    assert names(desk) == ["Bob"]


def test_references_can_be_taken_from_the_drawing(desk: Desk) -> None:
    section = desk.panel.references
    menu = QtWidgets.QMenu(section)
    section.fill_add(menu)
    assert not entries(menu)["From the active layer"].isEnabled()
    desk.state.document = fake.document()
    menu.clear()
    section.fill_add(menu)
    assert not entries(menu)["From the selection"].isEnabled()
    entries(menu)["From the active layer"].trigger()
    assert desk.heard == [("add_from", "active")]


def test_two_hundred_references_scroll_to_the_last(make_desk: MakeDesk) -> None:
    desk = make_desk(references=200)
    gallery = desk.panel.references.gallery
    bar = gallery.verticalScrollBar()
    assert bar is not None
    assert bar.isVisible()
    bar.setValue(bar.maximum())
    desk.settle()
    view = desk.viewport(gallery).rect()
    assert view.contains(gallery.add_tile.geometry())
    assert gallery.cell_rect(199) == gallery.visualRect(desk.state.references.index(199))
    desk.click(desk.viewport(gallery), desk.tile(199))
    assert used(desk) == ["Name 199"]


def test_only_what_is_in_sight_is_read(make_desk: MakeDesk) -> None:
    """With 200 references the panel opens as fast as with ten: a thumbnail is read when its tile is painted."""
    desk = make_desk(references=200)
    model = desk.state.references
    asked: set[str] = set()
    thumbnail = model._thumbnails.get
    model._thumbnails.get = lambda digest: asked.add(digest) or thumbnail(digest)  # type: ignore[method-assign,func-returns-value]
    desk.panel.repaint()
    desk.settle()
    assert 0 < len(asked) < 40
