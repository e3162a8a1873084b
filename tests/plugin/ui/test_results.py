"""Results: show, apply, compare, and what their menu offers."""

from __future__ import annotations

from fakes import panel as fake
from fakes.desk import Desk
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.results import ResultRole

Key = QtCore.Qt.Key


def place(desk: Desk, row: int) -> QtCore.QPoint:
    return desk.panel.results.strip.visualRect(desk.state.results.index(row)).center()


def test_without_any_there_is_no_strip(desk: Desk) -> None:
    assert not desk.panel.results.isVisible()
    fake.add_results(desk.state.results, 1)
    assert desk.panel.results.isVisible()
    desk.state.results.clear()
    assert not desk.panel.results.isVisible()


def test_a_click_shows_and_hides_a_double_click_applies(desk: Desk) -> None:
    ids = fake.add_results(desk.state.results, 3)
    desk.settle()
    view = desk.viewport(desk.panel.results.strip)
    desk.click(view, place(desk, 1))
    assert desk.heard == [("show_result", ids[1])]
    desk.state.results.shown = ids[1]
    desk.click(view, place(desk, 1))
    assert desk.heard[-1] == ("show_result", None)
    desk.heard.clear()
    desk.qtbot.mouseDClick(view, QtCore.Qt.MouseButton.LeftButton, pos=place(desk, 2))
    assert ("apply", ids[2], "") in desk.heard


def test_keys_show_apply_and_remove(desk: Desk) -> None:
    ids = fake.add_results(desk.state.results, 3)
    strip = desk.panel.results.strip
    strip.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
    desk.qtbot.keyClick(strip, Key.Key_Right)
    desk.qtbot.keyClick(strip, Key.Key_Space)
    desk.qtbot.keyClick(strip, Key.Key_Return)
    assert desk.heard == [("show_result", ids[1]), ("apply", ids[1], "")]
    desk.qtbot.keyClick(strip, Key.Key_Delete)
    assert desk.state.results.ids == (ids[0], ids[2])


def test_what_is_shown_can_be_applied_and_compared(desk: Desk) -> None:
    ids = fake.add_results(desk.state.results, 2)
    section = desk.panel.results
    assert not section.apply_button.isVisible()
    desk.state.results.shown = ids[0]
    desk.settle()
    desk.click(section.apply_button)
    desk.qtbot.mousePress(section.compare_button, QtCore.Qt.MouseButton.LeftButton)
    desk.qtbot.mouseRelease(section.compare_button, QtCore.Qt.MouseButton.LeftButton)
    assert desk.heard == [("apply", ids[0], ""), ("compare", True), ("compare", False)]
    desk.heard.clear()
    section.compare_button.setFocus()
    desk.qtbot.keyPress(section.compare_button, Key.Key_Space)
    desk.qtbot.keyRelease(section.compare_button, Key.Key_Space)
    assert desk.heard == [("compare", True), ("compare", False)]


def test_the_menu_of_a_result(desk: Desk) -> None:
    ids = fake.add_results(desk.state.results, 2)
    menu = QtWidgets.QMenu(desk.panel)
    desk.panel.results.fill_menu(menu, ids[1])
    found = {action.text().split("\t")[0]: action for action in menu.actions()}
    for text in ("Show on the canvas", "Apply", "Use its settings again", "Add to the references", "Save picture…"):
        found[text].trigger()
    places = next(child for child in menu.findChildren(QtWidgets.QMenu) if child.title() == "Apply elsewhere")
    {action.text(): action for action in places.actions()}["On top of everything"].trigger()
    assert desk.heard == [
        ("show_result", ids[1]),
        ("apply", ids[1], ""),
        ("reuse", ids[1]),
        ("use_as_reference", ids[1]),
        ("save_result", ids[1]),
        ("apply", ids[1], "top"),
    ]
    found["Copy seed 1000"].trigger()
    clipboard = QtGui.QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == "1000"
    found["Remove"].trigger()
    assert desk.state.results.ids == (ids[0],)


def test_many_scroll_sideways_and_the_panel_does_not_grow(desk: Desk) -> None:
    fake.add_results(desk.state.results, 30)
    desk.settle()
    strip = desk.panel.results.strip
    bar = strip.horizontalScrollBar()
    assert bar is not None
    assert bar.maximum() > 0
    assert strip.width() <= desk.panel.width()
    height = strip.height()
    for result in desk.state.results.ids[2:]:
        desk.state.results.remove(result)
    desk.settle()
    assert strip.height() < height  # the scroll bar's room is given back


def test_a_preview_is_shown_where_the_canvas_cannot(desk: Desk) -> None:
    desk.panel.set_preview(fake.portrait(1))
    desk.settle()
    preview = desk.panel.results.preview
    assert preview.isVisible()
    middle = preview.grab().toImage().pixelColor(preview.width() // 2, preview.height() // 3)
    assert middle != desk.panel.grab().toImage().pixelColor(2, 2)
    desk.panel.set_preview(None)
    assert not desk.panel.results.isVisible()


def test_pictures_are_never_tinted(desk: Desk) -> None:
    """Their colours are what the artist chooses by: shown, applied or not, the middle of a picture stays as it is."""
    ids = fake.add_results(desk.state.results, 1)
    desk.settle()
    strip = desk.panel.results.strip
    at = place(desk, 0) - QtCore.QPoint(0, 12)
    plain = desk.viewport(strip).grab().toImage().pixelColor(at)
    desk.state.results.shown = ids[0]
    desk.state.results.mark_applied(ids[0])
    assert desk.state.results.index(0).data(ResultRole.APPLIED)
    desk.settle()
    assert desk.viewport(strip).grab().toImage().pixelColor(at) == plain
