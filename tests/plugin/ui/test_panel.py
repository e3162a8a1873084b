"""The panel as a whole: what the artist sees of the state, and what it says of the artist's wishes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes import panel as fake
from fakes.desk import Desk, MakeDesk
from nurie_krita.host import Region, Source
from nurie_krita.pace import Pace
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.settings import Settings
from nurie_krita.state import Activity, Notice, Status
from nurie_krita.ui.panel import build_panel

Key = QtCore.Qt.Key


def ready(desk: Desk, *names: str) -> None:
    """A drawing is open and a reference chosen."""
    digests = desk.add(*(names or ("Alice",)))
    desk.state.references.enable_only(digests[:1])
    desk.state.document = fake.document()
    desk.settle()


def test_choose_and_color(desk: Desk) -> None:
    button = desk.panel.button.main
    assert not button.isEnabled()
    assert button.toolTip() == "Open a drawing first"
    desk.state.document = fake.document()
    assert button.toolTip() == "Choose a reference first"
    desk.add("Alice")
    desk.click(desk.viewport(desk.panel.references.gallery), desk.tile(0))
    assert button.isEnabled()
    desk.click(button)
    assert desk.heard == [("colorize",)]


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        (Activity("starting"), "Cancel · starting the engine"),
        (Activity("sending"), "Cancel · sending the drawing"),
        (Activity("queued", waiting=2), "Cancel · waiting, number 2 in line"),
        (Activity("queued"), "Cancel · waiting"),
        (Activity("loading"), "Cancel · loading the model"),
        (Activity("running", 0, 12), "Cancel · coloring"),
        (Activity("running", 8, 12), "Cancel · step 8 of 12"),
        (Activity("finishing", 12, 12), "Cancel · finishing"),
    ],
)
def test_colorize_becomes_cancel_with_a_word_for_each_phase(desk: Desk, activity: Activity, words: str) -> None:
    ready(desk)
    desk.state.activity = activity
    button, bar = desk.panel.button, desk.panel.button.bar
    assert button.main.text() == words
    assert button.main.accessibleName() == words
    assert bar.active
    shares = {"running": activity.step / 12 if activity.step else 0.0, "finishing": 1.0}
    assert bar.share == shares.get(activity.phase)
    desk.click(button.main)
    assert desk.heard == [("cancel",)]
    desk.state.activity = Activity()
    assert button.main.text() == "Colorize"
    assert not bar.active


def test_a_job_can_be_cancelled_even_when_its_document_is_closed(desk: Desk) -> None:
    ready(desk)
    desk.state.activity = Activity("running", 1, 4)
    desk.state.document = None
    assert desk.panel.button.main.isEnabled()


def test_a_queue_says_where_it_is_and_can_pause(desk: Desk) -> None:
    ready(desk)
    desk.state.activity = Activity("running", 2, 8, 11.0, item=3, items=24)
    button = desk.panel.button
    assert button.detail.text() == "Picture 3 of 24 · about 10 s left"
    desk.click(button.pause_button)
    assert desk.heard == [("pause", True)]
    assert "paused" in button.detail.text()
    desk.click(button.pause_button)
    assert desk.heard[-1] == ("pause", False)
    desk.click(button.pause_button)
    desk.state.activity = Activity()
    assert not button.pause_button.isChecked()
    assert desk.heard[-1] == ("pause", True)  # that the queue ended is no wish of the artist's


def test_the_menu_beside_it_colors_more_and_says_where(desk: Desk) -> None:
    ready(desk)
    desk.state.document = fake.document(frames=24)
    menu = desk.panel.button.menu
    menu.aboutToShow.emit()
    found = {action.text().split("\t")[0]: action for action in menu.actions()}
    found["Color all 24 frames of this layer"].trigger()
    found["Color all open drawings"].trigger()
    assert desk.heard == [("frames",), ("all_documents",)]
    assert found["Where they fit best"].isChecked()
    found["On top of everything"].trigger()
    assert desk.state.options.values.placement == "top"
    desk.state.document = fake.document()
    menu.aboutToShow.emit()
    assert not menu.actions()[0].isEnabled()


def test_the_line_art_is_chosen_among_the_document_s_sources(desk: Desk) -> None:
    desk.state.document = fake.document()
    box = desk.panel.source.box
    words = [box.itemText(place) for place in range(box.count())]
    assert words == ["Active layer · Ink", "Ink", "Group · Lines", "All visible layers"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert desk.state.options.values.source == "group-1"
    desk.state.document = fake.document(sources=(Source("active", "", "active"),))
    assert box.currentText() == "Active layer"
    desk.state.document = None
    assert not box.isEnabled()


def test_a_selection_is_offered_with_its_size(desk: Desk) -> None:
    desk.state.document = fake.document()
    check = desk.panel.source.selection
    assert not check.isVisible()
    desk.state.document = fake.document(selection=Region(3, 4, 312, 280))
    assert check.isVisible()
    assert check.text() == "Selection only · 312 × 280 px"
    assert check.isChecked()
    desk.click(check, QtCore.QPoint(8, check.height() // 2))
    assert not desk.state.options.values.selection_only


@pytest.mark.parametrize(
    ("action", "wish"),
    [
        ("retry", ("notice_action", "retry")),
        ("how_to_install", ("notice_action", "how_to_install")),
        ("settings", ("open_settings",)),
        ("copy_diagnostics", ("copy_diagnostics",)),
        ("convert_to_rgb", ("convert_to_rgb",)),
    ],
)
def test_a_notice_is_a_sentence_with_one_button(desk: Desk, action: str, wish: tuple[str, ...]) -> None:
    bar = desk.panel.notice
    assert not bar.isVisible()
    desk.state.notice = Notice("The engine stopped.", "Your drawing was not changed.", "Do it", action)
    assert bar.isVisible()
    desk.settle()
    assert (bar.text.text(), bar.advice.text(), bar.button.text()) == (
        "The engine stopped.",
        "Your drawing was not changed.",
        "Do it",
    )
    desk.click(bar.button)
    assert desk.heard == [wish]
    desk.click(bar.cross)
    assert not bar.isVisible()
    assert desk.state.notice is None


def test_a_notice_without_a_button_has_none(desk: Desk) -> None:
    desk.state.notice = Notice("<b>No</b> markup", level="info")
    assert not desk.panel.notice.button.isVisible()
    assert desk.panel.notice.text.textFormat() == QtCore.Qt.TextFormat.PlainText


def test_the_status_promises_only_what_is_true(qtbot: QtBot, tmp_path: Path) -> None:
    state, settings = fake.state(tmp_path / "state"), Settings(tmp_path / "settings")
    panel = build_panel(state, settings)
    qtbot.addWidget(panel)
    state.status = Status("ready", "Ready", "CPU")
    assert panel.status.label.text() == "Ready · CPU · Nothing is uploaded"
    settings.set(server_address="http://192.168.1.20:7860")
    assert "uploaded" not in panel.status.label.text()
    assert "never uploaded" not in panel.status.label.toolTip()
    settings.flush()


def test_a_narrow_status_says_what_matters_most(desk: Desk) -> None:
    desk.state.status = Status("ready", "Ready", "NVIDIA GeForce RTX 4090 Laptop GPU")
    assert desk.panel.status.label.shown() == "Ready · Nothing is uploaded"
    desk.state.status = Status("problem", "The engine has been stopped by the system", "NVIDIA GeForce RTX 4090")
    assert desk.panel.status.label.shown().startswith("The engine has been")
    assert "NVIDIA" in desk.panel.status.label.toolTip()


def test_licences_and_settings_are_a_click_away(desk: Desk) -> None:
    desk.click(desk.panel.status.licence_button)
    desk.click(desk.panel.status.settings_button)
    assert desk.heard == [("open_licence",), ("open_settings",)]


def test_the_time_is_learnt(qtbot: QtBot, tmp_path: Path) -> None:
    state, pace = fake.state(tmp_path), Pace(tmp_path)
    for _ in range(20):
        pace.learn(state.options.values.steps, 3.0, 30.0)
    panel = build_panel(state, None, pace)
    qtbot.addWidget(panel)
    assert panel.options.time.text() == ""
    state.status = Status("ready", "Ready")
    state.document = fake.document()
    before = pace.text(state.options.values.steps, 3.0)
    assert panel.options.time.text() == before
    state.options.set(steps=50)
    assert panel.options.time.text() == pace.text(50, 3.0) != before
    state.document = fake.document(selection=Region(0, 0, 10, 10))
    assert panel.options.time.text() == pace.text(50, 0.0001)


def test_what_was_unfolded_stays_so(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    first = build_panel(fake.state(tmp_path / "a"), settings)
    qtbot.addWidget(first)
    assert not first.options.fold.open
    first.options.fold.heading.click()
    second = build_panel(fake.state(tmp_path / "b"), settings)
    qtbot.addWidget(second)
    assert second.options.fold.open
    second.options.fold.heading.click()
    assert settings.values.unfolded == ()
    settings.flush()


def _reachable(panel: QtWidgets.QWidget) -> list[QtWidgets.QWidget]:
    """What Tab comes to within the panel, in order, from the first on."""
    policy = QtCore.Qt.FocusPolicy
    by_tab = (policy.TabFocus, policy.StrongFocus, policy.WheelFocus)
    found: list[QtWidgets.QWidget] = []
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        if (
            panel.isAncestorOf(widget)
            and widget.isVisible()
            and widget.isEnabled()
            and widget.focusProxy() is None  # a number's text field
            and widget.focusPolicy() in by_tab
        ):
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def test_the_keyboard_reaches_everything_in_the_order_of_the_eye(desk: Desk) -> None:
    ready(desk, "Alice", "Bob")
    fake.add_results(desk.state.results, 2)
    desk.state.results.shown = desk.state.results.ids[0]
    desk.panel.options.fold.set_open(True)
    desk.state.notice = Notice("A sentence.", action="Do it", action_id="x")
    desk.settle()
    wanted = [widget for widget in desk.panel.focus_order if widget.isVisible() and widget.isEnabled()]
    assert _reachable(desk.panel) == wanted
    wanted[0].setFocus(QtCore.Qt.FocusReason.TabFocusReason)
    came: list[QtWidgets.QWidget] = []
    for _ in wanted:
        focused = QtWidgets.QApplication.focusWidget()
        if focused is None or focused in came:
            break
        came.append(focused)
        desk.qtbot.keyClick(focused, Key.Key_Tab)
        desk.settle()
    qualities = set(desk.panel.options.presets.buttons.values())  # one stop for the three, arrows go on from there
    assert [widget for widget in came if widget not in qualities] == [w for w in wanted if w not in qualities]
    assert len(qualities.intersection(came)) == 1


def test_everything_has_a_name_and_a_tooltip(desk: Desk) -> None:
    ready(desk)
    fake.add_results(desk.state.results, 1)
    desk.state.results.shown = desk.state.results.ids[0]
    desk.state.activity = Activity("running", 1, 4, item=1, items=2)
    desk.state.notice = Notice("A sentence.", action="Do it", action_id="x")
    seen = [widget for widget in desk.panel.focus_order if widget.isVisible()]
    assert len(seen) > 15
    for widget in seen:
        text = getattr(widget, "text", lambda: "")()
        assert widget.accessibleName() or text, widget.objectName()
        if not text and not isinstance(widget, QtWidgets.QListView):
            assert widget.toolTip(), widget.objectName()
    assert "Ctrl+Alt+X" in desk.panel.button.main.toolTip()


@pytest.mark.parametrize("height", [240, 300, 420, 900])
def test_colorize_is_in_sight_however_short_the_docker_is(make_desk: MakeDesk, height: int) -> None:
    desk = make_desk(300, height)
    ready(desk, *(f"Name {number}" for number in range(12)))
    fake.add_results(desk.state.results, 2)
    desk.panel.options.fold.set_open(True)
    desk.settle()
    bar = desk.panel.scroller.verticalScrollBar()
    assert bar is not None
    for value in (0, bar.maximum() // 2, bar.maximum()):
        bar.setValue(value)
        button = desk.panel.button.main
        assert desk.panel.height() == height
        place = QtCore.QRect(button.mapTo(desk.panel, QtCore.QPoint(0, 0)), button.size())
        assert desk.panel.rect().contains(place)
        assert desk.panel.childAt(place.center()) is button
    desk.click(desk.panel.button.main)
    assert desk.heard == [("colorize",)]


@pytest.mark.parametrize("width", [262, 300, 360])
def test_nothing_is_wider_than_the_docker(make_desk: MakeDesk, width: int) -> None:
    desk = make_desk(width, 900)
    long = "An exceedingly long name of a character that nobody would ever type in full " * 2
    ready(desk, long, "Bob")
    desk.state.references.add_set(long)
    desk.state.references.show_set(desk.state.references.sets[0].id)
    desk.state.document = fake.document(sources=(Source("active", long, "active"), Source("x", long, "layer")))
    desk.state.status = Status("ready", long, long)
    desk.panel.options.fold.set_open(True)
    desk.state.notice = Notice(long, long, "A button", "x")
    fake.add_results(desk.state.results, 30)
    desk.state.activity = Activity("running", 1, 4, 3.0, item=3, items=999)
    desk.settle()
    assert desk.panel.width() == width
    assert desk.panel.minimumSizeHint().width() <= width
    view = desk.panel.scroller.viewport()
    assert view is not None
    content = desk.panel.scroller.widget()
    assert content is not None
    assert content.width() == view.width()
    for widget in desk.panel.findChildren(QtWidgets.QWidget):
        if widget.isVisible() and view.isAncestorOf(widget):
            left = widget.mapTo(desk.panel, QtCore.QPoint(0, 0)).x()
            inner = widget.parentWidget()
            while inner is not None and not isinstance(inner, QtWidgets.QAbstractScrollArea):
                inner = inner.parentWidget()
            if inner is desk.panel.scroller:
                assert left >= 0, widget
                assert left + widget.width() <= width, widget


def test_another_theme_recolors_everything(make_desk: MakeDesk) -> None:
    desk = make_desk(scheme="dark")
    ready(desk)
    dark = desk.panel.grab().toImage()
    fake.dress("bright")
    desk.settle()
    bright = desk.panel.grab().toImage()
    fake.dress("dark")
    desk.settle()
    again = desk.panel.grab().toImage()
    corner = QtCore.QPoint(2, 2)
    assert dark.pixelColor(corner) == QtGui.QColor(71, 71, 71)
    assert bright.pixelColor(corner) == QtGui.QColor(212, 212, 212)
    assert again == dark


def test_another_language_is_spoken_at_once(desk: Desk) -> None:
    from nurie_krita import i18n

    ready(desk)
    texts = [desk.panel.button.main.text(), desk.panel.references.heading.text()]
    i18n._sentences.update({"Colorize": "Kolorieren", "References": "Vorlagen"})
    desk.panel.retranslate()
    assert [desk.panel.button.main.text(), desk.panel.references.heading.text()] == ["Kolorieren", "Vorlagen"] != texts


def test_right_to_left_mirrors(make_desk: MakeDesk) -> None:
    desk = make_desk(rtl=True)
    ready(desk)
    button = desk.panel.button
    assert button.arrow.x() < button.main.x()
    assert desk.panel.status.dot.x() > desk.panel.status.settings_button.x()
    first, second = (desk.panel.references.gallery.cell_rect(row) for row in (0, 1))
    assert second.x() < first.x()


def test_the_wheel_changes_nothing_in_passing(desk: Desk) -> None:
    """What a widget leaves over, Qt gives to what lies around it: the panel scrolls."""
    ready(desk)
    desk.state.options.set(steps=20)
    for widget in (desk.panel.source.box, desk.panel.options.slider, desk.panel.options.number):
        before = desk.state.options.values
        desk.panel.button.main.setFocus()
        assert not turn(widget)
        assert desk.state.options.values == before
        widget.setFocus()
        assert turn(widget)
        assert desk.state.options.values != before


def turn(widget: QtWidgets.QWidget) -> bool:
    """One notch of the wheel, towards the artist, over the widget; whether it took it."""
    middle = QtCore.QPointF(widget.rect().center())
    event = QtGui.QWheelEvent(
        middle,
        QtCore.QPointF(widget.mapToGlobal(widget.rect().center())),
        QtCore.QPoint(),
        QtCore.QPoint(0, -120),
        QtCore.Qt.MouseButton.NoButton,
        QtCore.Qt.KeyboardModifier.NoModifier,
        QtCore.Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QtWidgets.QApplication.sendEvent(widget, event)
    return event.isAccepted()
