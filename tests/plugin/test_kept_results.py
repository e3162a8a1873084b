"""Results in the .kra: kept where wished, back with the document, bounded, and no obstacle to anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.krita import FakeDocument, FakeHost
from nurie_krita import kept_results
from nurie_krita.annotation import RESULTS_KEY, decode
from nurie_krita.host import LineArt, Region, Source
from nurie_krita.kept_results import KeptResults
from nurie_krita.options import Options, OptionValues
from nurie_krita.qt import QtGui
from nurie_krita.references import ReferenceModel
from nurie_krita.results import Result, ResultModel
from nurie_krita.settings import Settings
from nurie_krita.state import PanelState

PATIENCE_MS = 60_000
LAYER = Source("layer 7", "Ink", "layer")


def color(number: int, side: int = 40) -> QtGui.QImage:
    image = QtGui.QImage(side, side, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(number, 90, 20, 255))
    image.setPixelColor(1, 2, QtGui.QColor(number, 90, 20, 3))
    return image


def selection(side: int = 40) -> QtGui.QImage:
    image = QtGui.QImage(side, side, QtGui.QImage.Format.Format_Grayscale8)
    image.fill(130)
    return image


class Krita:
    """One run of Krita with the panel, on documents that outlive it."""

    def __init__(self, folder: Path, *documents: FakeDocument, kept: bool = True) -> None:
        self.host = FakeHost(*documents)
        self.settings = Settings(folder)
        self.settings.set(results_in_document=kept)
        self.state = PanelState(ReferenceModel(folder), ResultModel(), Options())
        self.keeper = KeptResults(self.state, self.host, self.settings)
        self.state.document = self.host.active()

    def add(self, document: str, number: int, mask: QtGui.QImage | None = None) -> Result:
        region = Region(-3, 4, 40, 40)
        art = LineArt(
            document, LAYER, color(0), region, "ink", mask, True, time=5, anchor=Region(1, 2, 3, 4), page=(90, 80)
        )
        return self.state.results.add(color(number), art, OptionValues(seed=number), ("ab" * 32,), "Alice", 2.5)

    def stored(self, document: str) -> list[int]:
        """Seeds of what the document carries, newest first."""
        data = self.host.open[document].notes.get(RESULTS_KEY) or b""
        found = decode(data)
        return [] if found is None else [result.values.seed for result in found.results]

    @property
    def seeds(self) -> list[int]:
        results = self.state.results
        return [found.values.seed for name in results.ids if (found := results.get(name))]


@pytest.fixture
def page() -> FakeDocument:
    return FakeDocument("page")


def test_a_result_is_there_again_with_all_that_applying_needs(
    data_folder: Path, page: FakeDocument, qtbot: QtBot
) -> None:
    krita = Krita(data_folder, page)
    for number in (1, 2, 3):
        krita.add("page", number, selection())
    qtbot.waitUntil(lambda: krita.stored("page") == [3, 2, 1], timeout=PATIENCE_MS)
    again = Krita(data_folder, page)
    qtbot.waitUntil(lambda: again.seeds == [3, 2, 1], timeout=PATIENCE_MS)
    name = again.state.results.ids[0]
    before, after = krita.state.results.get(krita.state.results.ids[0]), again.state.results.get(name)
    assert before is not None
    assert after is not None
    assert after.art == before.art
    assert (after.values, after.references, after.name, after.seconds) == (
        before.values,
        before.references,
        before.name,
        before.seconds,
    )
    assert again.state.results.color(name) == color(3)
    assert after.art.mask == selection()


def test_nothing_is_kept_where_it_is_not_wished(data_folder: Path, page: FakeDocument, qtbot: QtBot) -> None:
    krita = Krita(data_folder, page, kept=False)
    krita.add("page", 1)
    qtbot.wait(900)  # longer than the keeper waits
    assert page.notes == {}
    krita.settings.set(results_in_document=True)
    krita.add("page", 2)
    qtbot.waitUntil(lambda: krita.stored("page") == [2, 1], timeout=PATIENCE_MS)


def test_each_document_has_its_own(data_folder: Path, page: FakeDocument, qtbot: QtBot) -> None:
    krita = Krita(data_folder, page, FakeDocument("cover"))
    krita.add("page", 1)
    krita.add("cover", 2)
    krita.add("page", 3)
    qtbot.waitUntil(lambda: (krita.stored("page"), krita.stored("cover")) == ([3, 1], [2]), timeout=PATIENCE_MS)


def test_what_is_deleted_is_deleted_from_the_document(data_folder: Path, page: FakeDocument, qtbot: QtBot) -> None:
    krita = Krita(data_folder, page)
    first, second = krita.add("page", 1), krita.add("page", 2)
    qtbot.waitUntil(lambda: krita.stored("page") == [2, 1], timeout=PATIENCE_MS)
    krita.state.results.remove(second.id)
    qtbot.waitUntil(lambda: krita.stored("page") == [1], timeout=PATIENCE_MS)
    krita.state.results.remove(first.id)
    qtbot.waitUntil(lambda: page.notes[RESULTS_KEY] == b"", timeout=PATIENCE_MS)


def test_results_brought_back_and_new_ones_stay_together(data_folder: Path, page: FakeDocument, qtbot: QtBot) -> None:
    krita = Krita(data_folder, page)
    krita.add("page", 1)
    qtbot.waitUntil(lambda: krita.stored("page") == [1], timeout=PATIENCE_MS)
    again = Krita(data_folder, page)
    qtbot.waitUntil(lambda: again.seeds == [1], timeout=PATIENCE_MS)
    again.add("page", 2)
    qtbot.waitUntil(lambda: again.stored("page") == [2, 1], timeout=PATIENCE_MS)


def test_a_document_holds_no_more_than_the_bound(
    data_folder: Path, page: FakeDocument, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    krita = Krita(data_folder, page)
    krita.add("page", 1)
    qtbot.waitUntil(lambda: krita.stored("page") == [1], timeout=PATIENCE_MS)
    found = decode(page.notes[RESULTS_KEY])
    assert found is not None
    monkeypatch.setattr(kept_results, "MAX_BYTES", 2 * len(found.results[0].png) + 10)
    for number in (2, 3, 4):
        krita.add("page", number)
    qtbot.waitUntil(lambda: krita.stored("page") == [4, 3], timeout=PATIENCE_MS)
    assert krita.seeds == [4, 3, 2, 1]


def test_a_document_closed_meanwhile_is_no_matter(data_folder: Path, page: FakeDocument, qtbot: QtBot) -> None:
    krita = Krita(data_folder, page, FakeDocument("cover"))
    krita.add("page", 1)
    krita.host.close("page")
    krita.add("cover", 2)
    qtbot.waitUntil(lambda: krita.stored("cover") == [2], timeout=PATIENCE_MS)
    assert krita.seeds == [2, 1]


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"version": 1, "results": [{"png": "aGFsbG8=", "region": [0, 0, 9, 9]}]}']
)
def test_what_cannot_be_read_is_left_out(data_folder: Path, page: FakeDocument, qtbot: QtBot, data: bytes) -> None:
    page.notes[RESULTS_KEY] = data
    krita = Krita(data_folder, page)
    krita.add("page", 5)
    qtbot.waitUntil(lambda: krita.stored("page") == [5], timeout=PATIENCE_MS)
    assert krita.seeds == [5]
