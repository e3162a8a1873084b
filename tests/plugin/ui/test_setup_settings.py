"""The engine in the settings: its version and size, its extras; update, repair, and what removing leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from fakes import panel as fake
from fakes.setup import EXTRAS, MEGA, FakeSetup
from nurie_krita.protocol import NurieError
from nurie_krita.qt import QtWidgets
from nurie_krita.settings import Settings
from nurie_krita.setup import RemoveChoices, SetupChoices
from nurie_krita.ui.backend_box import BackendBox
from nurie_krita.ui.remove_dialog import RemoveDialog
from nurie_krita.ui.setup_facts import Table


class Bench:
    """The shown part of the settings, over a folder with two files of 3 MB together."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot: Any = qtbot
        self.settings = Settings(folder)
        self.setup = FakeSetup(folder, name="ready", installed="0.2.0")
        server = folder / "server"
        (server / "current").mkdir(parents=True)
        (server / "current" / "one").write_bytes(bytes(MEGA))
        (server / "two").write_bytes(bytes(2 * MEGA))
        self.box = BackendBox(self.setup, self.settings, server)
        qtbot.addWidget(self.box)
        self.box.resize(420, 300)
        self.box.show()
        qtbot.waitExposed(self.box)

    @property
    def facts(self) -> dict[str, str]:
        return rows(self.box.table)

    @property
    def buttons(self) -> list[str]:
        shown = (self.box.primary, self.box.repair, self.box.remove)
        return [button.text() for button in shown if button.isVisible()]


def rows(table: Table) -> dict[str, str]:
    return {name.text(): value.text() for name, value in table._rows if name.isVisibleTo(table)}


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    fake.dress("dark")
    made = Bench(qtbot, tmp_path / "data")
    made.qtbot.waitUntil(lambda: made.facts["Size"] == "3 MB", timeout=60_000)
    yield made
    made.settings.flush()


def test_it_says_what_is_there(bench: Bench) -> None:
    assert bench.facts == {"Version": "0.2.0", "Size": "3 MB", "Folder": str(bench.setup.folder / "server")}
    assert bench.buttons == ["Repair", "Remove…"]
    assert not bench.box.sentence.isVisible()


@pytest.mark.parametrize(
    ("name", "state", "buttons"),
    [
        ("not_installed", {}, ["Set up"]),
        ("installing", {"stage": "installing"}, ["Cancel"]),
        ("update_needed", {"installed": "0.1.0"}, ["Update to 0.2.0", "Repair", "Remove…"]),
        ("damaged", {"error": NurieError("A file is gone.", "Repair it.")}, ["Repair", "Remove…"]),
        ("removing", {"installed": "0.2.0"}, []),
    ],
)
def test_each_state_has_its_buttons(bench: Bench, name: str, state: dict[str, Any], buttons: list[str]) -> None:
    bench.setup.be(name, **state)
    assert bench.buttons == buttons
    busy = bench.setup.state.busy
    assert bench.box.bar.isVisible() == busy
    assert bench.box.extras.isVisible() != busy


def test_the_first_button_does_what_it_says(bench: Bench) -> None:
    expected = []
    for name, asked in (("update_needed", "install"), ("damaged", "repair"), ("not_installed", "install")):
        bench.setup.be(name)
        bench.box.primary.click()
        expected.append((asked, SetupChoices()))
        assert bench.setup.heard == expected
    bench.setup.be("installing")
    bench.box.primary.click()
    assert bench.setup.heard[-1] == ("cancel",)


def test_repair_uses_what_setup_used(bench: Bench) -> None:
    bench.settings.set(package_index="https://example.org/simple/", proxy="http://localhost:1")
    bench.box.repair.click()
    assert bench.setup.heard == [("repair", SetupChoices(None, "https://example.org/simple/", "http://localhost:1"))]


def test_extras_are_installed_when_asked_for(bench: Bench) -> None:
    switch = bench.box.extras.switches["openvino"]
    switch.click()
    assert bench.buttons == ["Apply", "Repair", "Remove…"]
    switch.click()
    assert bench.buttons == ["Repair", "Remove…"]
    before = bench.settings.values
    assert before.extras is None  # looking is not choosing
    switch.click()
    bench.box.primary.click()
    assert bench.setup.heard == [("install", SetupChoices(extras=frozenset({"openvino"})))]
    after = bench.settings.values
    assert after.extras == ("openvino",)
    bench.setup.offered_extras = (replace(EXTRAS[0], on=True), *EXTRAS[1:])
    bench.setup.be("ready", installed="0.2.0")
    assert bench.buttons == ["Repair", "Remove…"]


def test_what_cannot_be_done_is_said(bench: Bench) -> None:
    bench.setup.impossible = NurieError("No Python was found.", "Install it.", "no_python")
    bench.box.repair.click()
    assert bench.setup.heard == []
    assert bench.box.sentence.text() == "No Python was found. Install it."


def test_progress_is_shown_here_too(bench: Bench) -> None:
    bench.setup.be("installing", stage="downloading", done=10 * MEGA, total=40 * MEGA, seconds_left=33.0)
    assert bench.box.sentence.text() == "Download · 10 of 40 MB · 35 s"
    assert bench.box.bar.share == 0.25


def test_all_has_a_name_and_the_keyboard_reaches_it(bench: Bench) -> None:
    bench.setup.be("update_needed", installed="0.1.0")
    for widget in bench.box.chain():
        assert widget.accessibleName() or getattr(widget, "text", str)(), widget
        assert not isinstance(widget, QtWidgets.QPushButton) or not widget.autoDefault()


def test_removing_asks_first_and_lists_what_stays(bench: Bench) -> None:
    bench.box.remove.click()
    dialog = bench.box.findChild(RemoveDialog)
    assert dialog is not None
    folder = bench.setup.folder
    assert [value.text() for _, value in dialog.table._rows] == [
        str(folder / "models"),
        str(folder / "references"),
        str(folder / "settings.json"),
    ]
    dialog.switches["models"].click()
    assert "320 MB" not in rows(dialog.table)
    assert rows(dialog.table) == {"48 MB": str(folder / "references"), "under 1 MB": str(folder / "settings.json")}
    assert bench.setup.heard == []
    dialog.remove.click()
    assert bench.setup.heard == [("remove", RemoveChoices(models=False))]
    assert not dialog.isVisible()


def test_nothing_stays_where_nothing_is_kept(bench: Bench, qtbot: QtBot) -> None:
    dialog = RemoveDialog(bench.setup, bench.setup.folder / "server")
    qtbot.addWidget(dialog)
    for switch in dialog.switches.values():
        switch.click()
    assert dialog.heading.text() == "Nothing else stays on this computer."
    assert rows(dialog.table) == {}
    dialog.cancel.click()
    assert bench.setup.heard == []
