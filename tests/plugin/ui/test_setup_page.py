"""The setup in the docker: one button for each state, errors as sentences, everything by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from fakes import panel as fake
from fakes.setup import EXTRAS, MEGA, FakeSetup
from nurie_krita import i18n
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtCore, QtWidgets
from nurie_krita.settings import Settings
from nurie_krita.setup import Extra, SetupChoices, SetupState
from nurie_krita.setup.state import NAMES, STAGES
from nurie_krita.ui.elided import ElidedLabel
from nurie_krita.ui.setup_page import SetupPage
from nurie_krita.ui.setup_words import folder_words, primary_words, size_words, stage_words
from nurie_krita.ui.theme import contrast, theme

Key = QtCore.Qt.Key

STATES: dict[str, dict[str, Any]] = {
    "not_installed": {},
    "installing": {"stage": "downloading", "done": 34 * MEGA, "total": 118 * MEGA, "seconds_left": 21.0},
    "update_needed": {"installed": "0.1.0"},
    "damaged": {"installed": "0.2.0", "error": NurieError("Three files are missing.", "Repair it.", "damaged")},
    "removing": {"installed": "0.2.0"},
}
FULL = NurieError("The disk of /home/me is full.", "Make room on the disk, and try again.", "disk_full")


class Bench:
    """A shown page with a setup that does what the test says."""

    def __init__(self, qtbot: QtBot, folder: Path, width: int, height: int) -> None:
        self.qtbot: Any = qtbot
        self.settings = Settings(folder)
        self.setup = FakeSetup(folder / "krita" / "nurie")
        self.page = SetupPage(self.setup, self.settings)
        qtbot.addWidget(self.page)
        self.page.resize(width, height)
        self.page.show()
        qtbot.waitExposed(self.page)
        self.page.activateWindow()
        fake.pump(20)

    def click(self, widget: QtWidgets.QWidget) -> None:
        self.qtbot.mouseClick(widget, QtCore.Qt.MouseButton.LeftButton)

    def be(self, name: str, **state: Any) -> None:
        self.setup.be(name, **state)
        fake.pump(20)

    @property
    def sentence(self) -> str:
        notice = self.page.notice
        return notice.text.text() if notice.isVisibleTo(self.page) else ""


MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench(qtbot: QtBot, tmp_path: Path) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(width: int = 320, height: int = 640, scheme: str = "dark", *, rtl: bool = False) -> Bench:
        fake.dress(scheme, rtl=rtl)
        made.append(Bench(qtbot, tmp_path / f"bench {len(made)}", width, height))
        return made[-1]

    yield make
    for bench in made:
        bench.settings.flush()
    fake.dress("dark")


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    return make_bench()


def test_first_it_says_what_where_and_how_much(bench: Bench) -> None:
    page = bench.page
    assert page.title.text() == "Set up Nurie"
    assert "never uploaded" in page.lead.text()
    rows = [(name.text(), value.text()) for name, value in page.facts.table._rows]
    assert rows == [
        ("Download", "119 MB"),
        ("Space needed", "416 MB"),
        ("Runs on", "CPU"),
        ("Python", "Python 3.11, /usr/bin/python3"),
        ("Folder", str(bench.setup.folder / "server")),
    ]
    assert page.primary.text() == "Set up · 119 MB"
    assert not bench.setup.heard  # nothing happens before the button is pressed
    bench.click(page.primary)
    assert bench.setup.heard == [("install", SetupChoices())]


def test_the_parts_can_be_looked_at(bench: Bench) -> None:
    heading = bench.page.facts.fold.heading
    assert heading.text() == "What is installed (7 parts)"
    assert not bench.page.facts.items.isVisible()
    bench.click(heading)
    assert bench.page.facts.items.isVisible()
    rows = [(name.text(), value.text()) for name, value in bench.page.facts.items._rows]
    assert rows[0] == ("nurie 0.2.0", "is here")
    assert ("platformdirs 4.14.7", "under 1 MB") in rows


@pytest.mark.parametrize(
    ("name", "words", "asked"),
    [
        ("not_installed", "Set up · 119 MB", "install"),
        ("installing", "Cancel · 34 of 118 MB · 20 s", "cancel"),
        ("update_needed", "Update · 119 MB", "install"),
        ("damaged", "Repair · 119 MB", "repair"),
        ("removing", "Removing…", None),
    ],
)
def test_each_state_has_one_button(bench: Bench, name: str, words: str, asked: str | None) -> None:
    bench.be(name, **STATES[name])
    primary = bench.page.primary
    assert primary.text() == words
    assert primary.accessibleName() == words
    assert primary.isEnabled() == (asked is not None)
    bench.click(primary)
    assert [call[0] for call in bench.setup.heard] == ([] if asked is None else [asked])
    others = [b for b in bench.page.findChildren(QtWidgets.QAbstractButton) if b.isVisible() and b is not primary]
    folds = (bench.page.facts.fold.heading, bench.page.fold.heading)
    assert set(others) <= {*folds, bench.page.later_button, *bench.page.status.chain()}
    assert bench.page.later_button.isVisible() == (name == "update_needed")


def test_an_error_is_one_sentence_and_the_button_tries_again(bench: Bench) -> None:
    bench.be("not_installed", error=FULL, kept=30 * MEGA)
    assert bench.sentence == "The disk of /home/me is full."
    assert bench.page.notice.advice.text() == "Make room on the disk, and try again."
    assert not bench.page.notice.button.isVisible()
    assert not bench.page.notice.cross.isVisible()
    assert bench.page.primary.text() == "Try again · 119 MB"
    bench.click(bench.page.primary)
    bench.be("installing", stage="checking")
    assert bench.sentence == ""
    assert bench.page.primary.text() == "Cancel"


def test_what_was_wrong_with_other_choices_is_not_said_of_these(bench: Bench) -> None:
    bench.be("not_installed", error=FULL)
    bench.settings.set(wheels="/elsewhere")
    assert bench.sentence == ""
    assert bench.page.primary.text() == "Set up"
    bench.be("not_installed", error=NurieError("The network is gone."))
    assert bench.sentence == "The network is gone."
    damaged = NurieError("The installed backend is damaged.")
    bench.be("damaged", installed="0.1.0", error=damaged)
    bench.settings.set(wheels="")
    assert bench.sentence == "The installed backend is damaged."


def test_after_a_cancel_it_goes_on(bench: Bench) -> None:
    bench.be("not_installed", kept=30 * MEGA)
    assert bench.sentence == ""
    assert bench.page.primary.text() == "Continue · 119 MB"


def test_what_cannot_be_done_is_said_before_and_can_be_tried_again(bench: Bench) -> None:
    bench.setup.impossible = NurieError("No Python was found.", "Install it.", "no_python")
    bench.be("not_installed")
    assert bench.sentence == "No Python was found."
    assert not bench.page.facts.isVisible()
    bench.click(bench.page.primary)
    assert bench.setup.heard == []
    bench.setup.impossible = None
    bench.click(bench.page.primary)
    assert bench.sentence == ""
    assert [call[0] for call in bench.setup.heard] == ["install"]


@pytest.mark.parametrize("stage", STAGES)
def test_progress_says_the_stage_and_a_share_while_it_downloads(bench: Bench, stage: str) -> None:
    bench.be("installing", stage=stage, done=30 * MEGA, total=120 * MEGA)
    assert bench.page.bar.active
    assert bench.page.bar.share == (0.25 if stage == "downloading" else None)
    assert bench.page.stages.accessibleDescription() == (stage_words(stage) if stage else "")
    assert bench.page.primary.text() == ("Cancel · 30 of 120 MB" if stage == "downloading" else "Cancel")
    assert not bench.page.fold.isVisible()


def test_an_update_names_both_versions_and_may_wait(bench: Bench) -> None:
    bench.be("update_needed", installed="0.1.0")
    assert "0.2.0" in bench.page.lead.text()
    assert "0.1.0" in bench.page.lead.text()
    with bench.qtbot.waitSignal(bench.page.later):
        bench.click(bench.page.later_button)


def test_an_engine_of_the_same_version_that_does_not_fit_is_told_of(bench: Bench) -> None:
    bench.be("update_needed", installed="0.2.0")
    assert bench.page.lead.text().startswith("The engine that is installed speaks another version of Nurie's protocol")
    assert bench.page.primary.text() == "Update · 119 MB"


def test_a_sentence_stays_until_something_begins(bench: Bench) -> None:
    bench.page.say("Nurie's engine was removed.")
    assert bench.sentence == "Nurie's engine was removed."
    bench.be("installing", stage="checking")
    bench.be("not_installed")
    assert bench.sentence == ""


def test_advanced_choices_hold_and_are_kept(bench: Bench) -> None:
    page = bench.page
    bench.click(page.fold.heading)
    fake.pump(20)
    advanced = page.advanced
    for field, text in (
        (advanced.index, "https://example.org/simple/"),
        (advanced.proxy, "socks5://localhost:1080"),
        (advanced.wheels, "/media/stick/färbe wheels"),
    ):
        page.scroller.reveal(field)
        field.setFocus()
        field.setText(text)
        bench.qtbot.keyClick(field, Key.Key_Return)
    values = bench.settings.values
    assert (values.package_index, values.proxy) == ("https://example.org/simple/", "socks5://localhost:1080")
    assert page.primary.text() == "Set up"  # a folder has it all: nothing is downloaded
    advanced.extras.switches["openvino"].click()
    assert values.extras is None
    assert bench.settings.values.extras == ("openvino",)
    bench.click(page.primary)
    wheels = Path("/media/stick/färbe wheels")
    index, proxy = "https://example.org/simple/", "socks5://localhost:1080"
    assert bench.setup.heard == [("install", SetupChoices(wheels, index, proxy, frozenset({"openvino"})))]
    bench.settings.flush()
    again = Settings(bench.settings._path.parent)
    assert again.values.extras == ("openvino",)
    assert again.values.wheels == str(wheels)


def test_what_is_typed_counts_even_if_the_field_was_not_left(bench: Bench) -> None:
    bench.page.fold.set_open(True)
    bench.page.advanced.index.setText("https://example.org/simple/")
    bench.page.primary.click()
    assert bench.setup.heard == [("install", SetupChoices(index="https://example.org/simple/"))]


def test_extras_say_their_size_and_gain_and_what_suits_is_suggested(bench: Bench) -> None:
    bench.setup.offered_extras = (replace(EXTRAS[0], on=True), EXTRAS[1])
    bench.be("not_installed")
    switches = bench.page.advanced.extras.switches
    assert [switch.text() for switch in switches.values()] == ["OpenVINO · 45 MB", "Photoshop files · 3 MB"]
    assert [switch.isChecked() for switch in switches.values()] == [True, False]
    assert switches["openvino"].toolTip() == EXTRAS[0].gain
    assert bench.page.primary.text() == "Set up · 164 MB"
    bench.settings.set(extras=("gone", "psd"))  # an extra of another version is no choice any more
    assert [switch.isChecked() for switch in switches.values()] == [False, True]
    bench.click(bench.page.primary)
    assert bench.setup.heard == [("install", SetupChoices(extras=frozenset({"psd"})))]


def test_the_keyboard_reaches_everything_in_the_order_of_the_eye(bench: Bench) -> None:
    page = bench.page
    page.fold.set_open(True)
    fake.pump(20)
    chain = [widget for widget in page.chain() if widget.isVisible()]
    chain[0].setFocus()
    seen = []
    for _ in chain:
        focused = page.focusWidget()
        assert focused is not None
        seen.append(focused)
        bench.qtbot.keyClick(focused, Key.Key_Tab)
    assert seen == chain
    assert [type(widget).__name__ for widget in chain[:3]] == ["_Heading", "FaceButton", "_Heading"]
    page.primary.setFocus()
    bench.qtbot.keyClick(page.primary, Key.Key_Return)
    assert [call[0] for call in bench.setup.heard] == ["install"]


def test_settings_and_licences_are_at_hand(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.page.open_settings):
        bench.click(bench.page.status.settings_button)
    with bench.qtbot.waitSignal(bench.page.open_licence):
        bench.click(bench.page.status.licence_button)
    assert bench.page.status.label.text() == "Not set up · Nothing is uploaded"


def test_all_that_takes_the_focus_has_a_name(bench: Bench) -> None:
    for widget in bench.page.chain():
        assert widget.accessibleName(), widget
    for field in (bench.page.primary, bench.page.advanced.index, bench.page.advanced.proxy, bench.page.advanced.wheels):
        assert field.toolTip(), field


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [300, 360])
@pytest.mark.parametrize("name", STATES)
def test_nothing_is_wider_than_the_docker(make_bench: MakeBench, name: str, width: int, language: str) -> None:
    i18n.use(language)
    bench = make_bench(width=width)
    bench.page.fold.set_open(True)
    bench.page.facts.fold.set_open(True)
    bench.setup.folder = Path('/home/色塗り/it\'s "my" very long folder/' + "x" * 120)
    bench.be(name, **STATES[name])
    content = bench.page.scroller.widget()
    view = bench.page.scroller.viewport()
    assert content is not None
    assert view is not None
    assert content.width() <= view.width() <= width
    assert bench.page.minimumSizeHint().width() <= 300
    for label in bench.page.findChildren(QtWidgets.QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.sizeHint().width() <= label.width(), label.text()
    text = bench.page.primary.text()
    assert bench.page.primary.fontMetrics().horizontalAdvance(text) <= bench.page.primary.width() - 16, text


def test_a_long_folder_is_whole_in_its_tooltip(bench: Bench) -> None:
    bench.setup.folder = Path("/home/色塗り/" + "x" * 120)
    bench.be("not_installed")
    label = bench.page.facts.table._rows[-1][1]
    assert isinstance(label, ElidedLabel)
    assert label.text() == str(bench.setup.folder / "server")
    assert label.shown() != label.text()
    assert label.shown().endswith("server")


@pytest.mark.parametrize("scheme", ["dark", "darker", "bright"])
@pytest.mark.parametrize("rtl", [False, True])
def test_every_theme_is_readable(make_bench: MakeBench, scheme: str, rtl: bool) -> None:
    bench = make_bench(scheme=scheme, rtl=rtl)
    for name, state in STATES.items():
        bench.be(name, **state)
        assert not bench.page.grab().isNull()
        colors = theme(bench.page.palette())
        lead = bench.page.lead.palette().color(bench.page.lead.foregroundRole())
        assert contrast(lead, colors.window) >= 4.5
        assert contrast(colors.on_accent, colors.accent) >= 4.5


def test_it_speaks_another_language_at_once(bench: Bench) -> None:
    i18n.use("de")
    bench.page.retranslate()
    assert bench.page.title.text() == "Nurie einrichten"
    assert bench.page.primary.text() == "Einrichten · 119 MB"
    assert bench.page.facts.table._rows[0][0].text() == "Herunterladen"
    assert bench.page.fold.heading.text() == "Erweitert"


def test_extras_that_change_are_built_anew(bench: Bench) -> None:
    bench.setup.offered_extras = (Extra("cuda", "CUDA", "Far faster.", 900 * MEGA, on=True),)
    bench.be("not_installed")
    assert list(bench.page.advanced.extras.switches) == ["cuda"]
    assert bench.page.advanced.extras.switches["cuda"] in bench.page.chain()
    bench.setup.offered_extras = ()
    bench.be("not_installed")
    assert not bench.page.advanced.labels[0].isVisibleTo(bench.page.advanced)


@given(
    state=st.builds(
        SetupState,
        name=st.sampled_from(NAMES),
        stage=st.sampled_from(STAGES),
        done=st.integers(0, 2**40),
        total=st.integers(0, 2**40),
        seconds_left=st.none() | st.floats(0, 1e6),
        error=st.none() | st.just(FULL),
        installed=st.none() | st.just("0.1.0"),
        kept=st.integers(0, 2**40),
    )
)
def test_the_button_always_says_something(state: SetupState) -> None:
    assert primary_words(state, None).strip()


@given(count=st.integers(0, 2**50))
def test_sizes_are_never_understated(count: int) -> None:
    words = size_words(count)
    if count < MEGA:
        assert words == "under 1 MB"
    elif words.endswith(" MB"):
        assert count <= int(words.removesuffix(" MB")) * MEGA < count + MEGA


def test_ones_own_folder_is_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert folder_words(tmp_path / "a" / "b") == str(Path("~/a/b"))
    assert folder_words(Path("/elsewhere")) == str(Path("/elsewhere"))
