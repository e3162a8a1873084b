"""References on disk and in rows: everything that an artist does with them, in one Krita and in two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from nurie_krita import i18n
from nurie_krita.protocol import InputError, NurieError, OutputError
from nurie_krita.qt import QtCore, QtGui
from nurie_krita.reference_store import KEPT_DAYS
from nurie_krita.references import MAX_ENABLED, MIME_TYPE, ReferenceModel, Role

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_MS = 60_000


def picture(number: int, side: int = 32) -> QtGui.QImage:
    image = QtGui.QImage(side, side, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(number % 256, number // 256, 90))
    return image


class Shelf:
    """A model, what it refused, and patience."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.model = ReferenceModel(folder)
        self.refused: list[NurieError] = []
        self.model.refused.connect(self.refused.append)
        self._qtbot = qtbot

    def add(self, *numbers: int) -> list[str]:
        """Pictures of these numbers, named by them; their digests."""
        before = set(self.model.digests)
        for number in numbers:
            self.model.add_image(picture(number), str(number))
        self.wait()
        return [digest for digest in self.model.digests if digest not in before]

    def wait(self) -> None:
        self._qtbot.waitUntil(lambda: not self.model.importing, timeout=PATIENCE_MS)

    @property
    def names(self) -> list[str]:
        return [self.model.index(row).data() for row in range(self.model.rowCount())]

    @property
    def used(self) -> list[str]:
        return [self.model.name(digest) for digest in self.model.enabled]


@pytest.fixture
def shelf(data_folder: Path, qtbot: QtBot, qtmodeltester: Any) -> Shelf:
    """Its model is checked by Qt's own tester at everything that happens."""
    made = Shelf(data_folder, qtbot)
    qtmodeltester.check(made.model)
    return made


@pytest.fixture
def reopened(data_folder: Path, qtbot: QtBot) -> Callable[[], Shelf]:
    return lambda: Shelf(data_folder, qtbot)


def files(folder: Path, *numbers: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.png" for number in numbers]
    for path, number in zip(paths, numbers, strict=True):
        assert picture(number).save(str(path))
    return paths


# Adding


def test_nothing_is_there_and_nothing_is_written_at_first(shelf: Shelf, data_folder: Path) -> None:
    assert shelf.model.rowCount() == 0
    assert [found.name for found in shelf.model.sets] == ["My references"]
    assert shelf.model.damaged is None
    assert not data_folder.exists()


def test_files_come_in_the_order_given_by_their_names(shelf: Shelf, tmp_path: Path) -> None:
    shelf.model.add_files(files(tmp_path / "pictures", 3, 1, 2))
    assert shelf.model.importing == 3
    shelf.wait()
    assert shelf.names == ["3", "1", "2"]
    assert shelf.refused == []


def test_one_that_cannot_be_read_does_not_stop_the_others(shelf: Shelf, tmp_path: Path) -> None:
    good = files(tmp_path / "pictures", 1, 2)
    shelf.model.add_files([good[0], tmp_path / "gone.png", tmp_path, REPOSITORY / "README.md", good[1]])
    shelf.wait()
    assert shelf.names == ["1", "2"]
    assert [error.message for error in shelf.refused] == [
        "gone.png is no longer there.",
        f"{tmp_path.name} is a folder.",
        "README.md is not a picture that can be read here.",
    ]


def test_the_bytes_of_a_picture_from_a_browser(shelf: Shelf, tmp_path: Path) -> None:
    (path,) = files(tmp_path / "pictures", 9)
    shelf.model.add_data(path.read_bytes())
    shelf.wait()
    assert shelf.names == ["Pasted picture"]


def test_the_same_picture_is_kept_once(shelf: Shelf) -> None:
    shelf.add(1, 2)
    shelf.add(1)
    assert shelf.names == ["1", "2"]
    assert shelf.used == ["1"]


def test_what_is_added_is_used_as_if_it_were_clicked(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(1)
    shelf.add(2)
    assert shelf.used == ["2"]
    shelf.model.add_files(files(tmp_path / "pictures", 3, 4))
    shelf.wait()
    assert shelf.used == ["3", "4"]
    shelf.add(5)
    assert shelf.used == ["3", "4", "5"]


def test_a_first_file_that_cannot_be_read_hands_its_place_on(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add(1)
    shelf.model.add_files([tmp_path / "gone.png", tmp_path, *files(tmp_path / "pictures", 2, 3)])
    shelf.wait()
    assert shelf.used == ["2", "3"]
    shelf.model.enable_only(shelf.model.digests[:1])
    shelf.model.add_files([tmp_path / "gone.png"])
    shelf.model.add_files(files(tmp_path / "pictures", 4))
    shelf.wait()
    assert shelf.used == ["4"]


def test_a_change_of_set_does_not_misplace_what_was_asked_for_before(shelf: Shelf) -> None:
    first = shelf.model.set_id
    shelf.model.add_image(picture(1), "1")
    shelf.model.add_set("Alice")
    shelf.wait()
    assert shelf.names == []
    shelf.model.show_set(first)
    assert shelf.names == ["1"]


def test_there_is_a_bound_and_it_is_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nurie_krita.references.MAX_REFERENCES", 2)
    shelf.add(1, 2, 3)
    assert shelf.names == ["1", "2"]
    assert [error.message for error in shelf.refused] == ["There is room for 2 references."]


def test_the_sample_is_ready_to_colour_with(shelf: Shelf) -> None:
    shelf.add(1)
    shelf.model.use_sample()
    shelf.wait()
    assert shelf.refused == []
    assert shelf.names == ["Mage in blue", "Mage in lime", "Mage in green"]
    assert shelf.used == ["Mage in blue"]
    assert all(shelf.model.index(row).data(Role.SAMPLE) for row in range(3))
    assert [found.name for found in shelf.model.sets] == ["My references", "Samples"]
    shelf.model.enable_only(shelf.model.digests[1:])
    shelf.model.use_sample()
    shelf.wait()
    assert (shelf.model.rowCount(), shelf.used) == (3, ["Mage in blue"])


# Using, naming, ordering


def test_rows_tell_what_a_view_needs(shelf: Shelf) -> None:
    digest, other = shelf.add(1, 2)
    shelf.model.enable_only([other, digest])
    index = shelf.model.index(0)
    assert index.data(Role.DIGEST) == digest
    assert (index.data(Role.ENABLED), index.data(Role.ORDER)) == (True, 1)
    assert shelf.model.index(1).data(Role.ORDER) == 2
    assert index.data(Role.SIZE) == QtCore.QSize(32, 32)
    assert index.data(QtCore.Qt.ItemDataRole.ToolTipRole) == "1\n32 × 32 pixels"
    shelf.model.enable(digest, False)
    assert (index.data(Role.ENABLED), index.data(Role.ORDER)) == (False, 0)
    assert shelf.model.index(1).data(Role.ORDER) == 1


def test_no_more_are_used_than_the_backend_takes(shelf: Shelf) -> None:
    digests = shelf.add(*range(MAX_ENABLED + 1))
    shelf.model.enable_only(digests[:MAX_ENABLED])
    assert len(shelf.model.enabled) == MAX_ENABLED
    shelf.model.enable(digests[MAX_ENABLED])
    assert shelf.model.enabled == tuple(digests[:MAX_ENABLED])
    (error,) = shelf.refused
    assert error.message == "No more than 16 references can be used at once."


def test_a_change_of_use_is_told_once_and_only_then(shelf: Shelf) -> None:
    digest, _ = shelf.add(1, 2)
    told: list[tuple[str, ...]] = []
    shelf.model.changed.connect(lambda: told.append(shelf.model.enabled))
    shelf.model.enable_only([digest])
    shelf.model.enable_only([digest])
    shelf.model.rename(digest, "Alice")
    assert told == [(digest,)]


@pytest.mark.parametrize(
    ("typed", "name"), [("  Alice \n in  red ", "Alice in red"), ("", "1"), (" ", "1"), ("x" * 999, "x" * 200)]
)
def test_a_name_is_one_line_of_bounded_length(shelf: Shelf, typed: str, name: str) -> None:
    shelf.add(1)
    shelf.model.setData(shelf.model.index(0), typed)
    assert shelf.names == [name]


def test_writing_the_role_switches_it(shelf: Shelf) -> None:
    digest, _ = shelf.add(1, 2)
    shelf.model.enable_only([])
    assert shelf.model.setData(shelf.model.index(0), True, Role.ENABLED)
    assert shelf.model.enabled == (digest,)
    assert not shelf.model.setData(shelf.model.index(0), True, Role.SIZE)
    assert not shelf.model.setData(QtCore.QModelIndex(), "x")


def test_order_and_everything_else_is_there_next_time(shelf: Shelf, reopened: Callable[[], Shelf]) -> None:
    one, two, three = shelf.add(1, 2, 3)
    shelf.model.move([three], 0)
    shelf.model.rename(two, "Bob")
    shelf.model.enable_only([one, three])
    again = reopened()
    assert again.names == ["3", "1", "Bob"]
    assert again.model.enabled == (three, one)
    assert again.model.data_of(two) == shelf.model.data_of(two)
    image = QtGui.QImage.fromData(again.model.data_of(two))
    assert image.pixelColor(5, 5) == picture(2).pixelColor(5, 5)


def test_rows_that_a_view_holds_on_to_follow(shelf: Shelf) -> None:
    digests = shelf.add(*range(6))
    held = {digest: QtCore.QPersistentModelIndex(shelf.model.index(row)) for row, digest in enumerate(digests)}
    shelf.model.move([digests[5], digests[2]], 1)
    assert shelf.names == ["0", "2", "5", "1", "3", "4"]
    assert all(index.data(Role.DIGEST) == digest for digest, index in held.items())
    shelf.model.remove([digests[0], digests[3]])
    assert [digest for digest, index in held.items() if not index.isValid()] == [digests[0], digests[3]]
    shelf.model.undo()
    assert all(index.data(Role.DIGEST) == digest for digest, index in held.items() if index.isValid())


def test_references_can_be_dragged_within_the_gallery_and_into_other_programs(shelf: Shelf) -> None:
    one, two = shelf.add(1, 2)
    mime = shelf.model.mimeData([shelf.model.index(0), shelf.model.index(1)])
    assert mime.data(MIME_TYPE).data().decode().split("\n") == [one, two]
    assert [Path(url.toLocalFile()) for url in mime.urls()] == [shelf.model.path_of(one), shelf.model.path_of(two)]


# Removing


def test_removing_can_be_taken_back(shelf: Shelf, reopened: Callable[[], Shelf]) -> None:
    one, two, three, four = shelf.add(1, 2, 3, 4)
    shelf.model.enable_only([two, four])
    shelf.model.remove([one])
    shelf.model.remove([two, four])
    assert shelf.names == ["3"]
    assert shelf.model.undo_text == "Bring back 2 references"
    shelf.model.undo()
    assert (shelf.names, shelf.used) == (["2", "3", "4"], ["2", "4"])
    assert shelf.model.undo_text == "Bring back 1"
    shelf.model.undo()
    assert (shelf.names, shelf.model.undo_text) == (["1", "2", "3", "4"], "")
    shelf.model.undo()
    assert reopened().names == ["1", "2", "3", "4"]
    assert QtGui.QImage.fromData(shelf.model.data_of(three)).width() == 32


def test_removing_nothing_leaves_nothing_to_take_back(shelf: Shelf) -> None:
    shelf.add(1)
    shelf.model.remove(["ab" * 32])
    assert shelf.model.undo_text == ""


def test_pictures_that_nothing_uses_go_in_the_end(
    shelf: Shelf, data_folder: Path, qtbot: QtBot, reopened: Callable[[], Shelf]
) -> None:
    one, two, three = shelf.add(1, 2, 3)
    shelf.model.remove([one, two])
    long_ago = time.time() - (KEPT_DAYS + 1) * 86400
    for digest in (one, three):
        for path in data_folder.glob(f"*/{digest}.png"):
            os.utime(path, (long_ago, long_ago))
    again = reopened()
    qtbot.waitUntil(lambda: again.model.path_of(one) is None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not list(data_folder.glob(f"*/{one}.png")), timeout=PATIENCE_MS)
    assert len(list(data_folder.glob(f"*/{two}.png"))) == len(list(data_folder.glob(f"*/{three}.png"))) == 2


# Sets


def test_sets_are_made_named_shown_and_removed(shelf: Shelf, reopened: Callable[[], Shelf]) -> None:
    first = shelf.model.set_id
    shelf.add(1)
    alice = shelf.model.add_set(" Alice ")
    shelf.add(2, 3)
    assert [(found.name, found.count) for found in shelf.model.sets] == [("My references", 1), ("Alice", 2)]
    shelf.model.rename_set(alice, "Alice in red")
    shelf.model.rename_set(alice, " ")
    again = reopened()
    assert (again.model.set_id, again.names, again.used) == (alice, ["2", "3"], ["3"])
    assert [found.name for found in again.model.sets] == ["My references", "Alice in red"]
    shelf.model.show_set(first)
    assert (shelf.names, shelf.used) == (["1"], ["1"])
    shelf.model.remove_set(alice)
    assert [found.id for found in shelf.model.sets] == [first]
    shelf.model.undo()
    assert (shelf.model.set_id, shelf.names, shelf.used) == (alice, ["2", "3"], ["3"])


def test_the_last_set_leaves_an_empty_one(shelf: Shelf) -> None:
    shelf.add(1)
    shelf.model.remove_set(shelf.model.set_id)
    assert (len(shelf.model.sets), shelf.names) == (1, [])
    shelf.model.undo()
    assert shelf.names == ["1"]


def test_references_move_between_sets(shelf: Shelf) -> None:
    first = shelf.model.set_id
    one, _, three = shelf.add(1, 2, 3)
    alice = shelf.model.add_set("Alice")
    shelf.model.show_set(first)
    shelf.model.move_to_set([three, one], alice)
    assert shelf.names == ["2"]
    shelf.model.show_set(alice)
    assert shelf.names == ["1", "3"]


def test_a_document_gets_its_choice_back(shelf: Shelf) -> None:
    first = shelf.model.set_id
    one, two = shelf.add(1, 2)
    alice = shelf.model.add_set("Alice")
    shelf.add(3)
    assert shelf.model.choose(first, (two,)) == ()
    assert (shelf.model.set_id, shelf.model.enabled) == (first, (two,))
    assert shelf.model.choose("gone", (one, "ab" * 32)) == ("ab" * 32,)
    assert (shelf.model.set_id, shelf.model.enabled) == (first, (one,))
    shelf.model.move_to_set([one, two], alice)
    assert shelf.model.choose(first, (one, two)) == ()
    assert shelf.model.set_id == alice


def test_sets_are_named_in_the_artists_language(shelf: Shelf) -> None:
    i18n.use("de")
    assert [found.name for found in shelf.model.sets] == ["Meine Referenzen"]


# Thumbnails


def test_thumbnails_are_read_when_they_are_looked_at_and_not_before(
    shelf: Shelf, data_folder: Path, qtbot: QtBot, reopened: Callable[[], Shelf]
) -> None:
    digests = shelf.add(*range(200))
    assert len(digests) == 200
    looked_at, other = digests[150], digests[3]
    again = reopened()
    (data_folder / "thumbnails" / f"{other}.png").unlink()
    (data_folder / "references" / f"{other}.png").unlink()
    assert again.model.rowCount() == 200
    index = again.model.index(150)
    told: list[int] = []
    again.model.dataChanged.connect(lambda first, last, roles: told.append(first.row()))
    assert index.data(Role.THUMBNAIL) is None
    qtbot.waitUntil(lambda: told == [150], timeout=PATIENCE_MS)
    assert index.data(Role.THUMBNAIL).pixelColor(5, 5) == picture(150).pixelColor(5, 5)
    assert again.model.path_of(looked_at) is not None


def test_a_thumbnail_that_is_gone_is_made_again(
    shelf: Shelf, data_folder: Path, qtbot: QtBot, reopened: Callable[[], Shelf]
) -> None:
    (digest,) = shelf.add(1)
    path = data_folder / "thumbnails" / f"{digest}.png"
    path.unlink()
    again = reopened()
    index = again.model.index(0)
    qtbot.waitUntil(lambda: index.data(Role.THUMBNAIL) is not None, timeout=PATIENCE_MS)
    assert path.exists()


def test_a_picture_that_is_gone_is_one_sentence(
    shelf: Shelf, data_folder: Path, qtbot: QtBot, reopened: Callable[[], Shelf]
) -> None:
    (digest,) = shelf.add(7)
    for path in data_folder.glob(f"*/{digest}.png"):
        path.unlink()
    again = reopened()
    index = again.model.index(0)
    qtbot.waitUntil(lambda: index.data(Role.THUMBNAIL) is not None, timeout=PATIENCE_MS)
    assert index.data(Role.THUMBNAIL).isNull()
    with pytest.raises(InputError, match="The picture of “7” is gone"):
        again.model.data_of(digest)


# Trouble


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xff", b"[]"])
def test_a_damaged_arrangement_is_put_aside_and_told(
    data_folder: Path, qtbot: QtBot, content: bytes, reopened: Callable[[], Shelf]
) -> None:
    data_folder.mkdir()
    (data_folder / "references.json").write_bytes(content)
    shelf = reopened()
    assert shelf.model.damaged is not None
    assert "references.json" in shelf.model.damaged.message
    (aside,) = data_folder.glob("references.json.damaged-*")
    assert aside.read_bytes() == content
    shelf.add(1)
    assert reopened().names == ["1"]


def test_an_arrangement_damaged_or_deleted_while_krita_runs_is_written_anew(shelf: Shelf, data_folder: Path) -> None:
    shelf.add(1, 2)
    path = data_folder / "references.json"
    path.write_bytes(b"{")
    shelf.add(3)
    assert shelf.names == ["1", "2", "3"]
    path.unlink()
    shelf.add(4)
    assert shelf.names == ["1", "2", "3", "4"]
    assert len(json.loads(path.read_text(encoding="utf-8"))["sets"][0]["references"]) == 4


def test_a_folder_that_cannot_be_written_is_told(data_folder: Path, qtbot: QtBot) -> None:
    data_folder.write_text("no folder", encoding="utf-8")
    shelf = Shelf(data_folder, qtbot)
    assert shelf.add(1) == []
    (error,) = shelf.refused
    assert isinstance(error, OutputError)
    shelf.model.add_set("Alice")
    assert [found.name for found in shelf.model.sets] == ["My references", "Alice"]


# Two Kritas


def test_two_kritas_see_each_others_references_but_not_their_choices(
    shelf: Shelf, reopened: Callable[[], Shelf]
) -> None:
    (one,) = shelf.add(1)
    other = reopened()
    other.add(2)
    assert other.names == ["1", "2"]
    assert shelf.names == ["1"]
    shelf.model.refresh()
    assert (shelf.names, shelf.used) == (["1", "2"], ["1"])
    shelf.model.remove([one])
    other.model.refresh()
    assert (other.names, other.used) == (["2"], ["2"])
    shelf.model.undo()
    other.model.rename(one, "Alice")
    assert other.names == ["Alice", "2"]


PROCESS = """
import sys
sys.path[:0] = {paths!r}
import importlib; importlib.import_module(sys.argv[1])
from pathlib import Path
from nurie_krita.qt import QtGui, QtWidgets
from nurie_krita.references import ReferenceModel
application = QtWidgets.QApplication([])
model = ReferenceModel(Path(sys.argv[2]))
model.refused.connect(lambda error: sys.exit(str(error)))
for number in range(int(sys.argv[3]), int(sys.argv[3]) + 15):
    image = QtGui.QImage(32, 32, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(number, 0, 90))
    model.add_image(image, str(number))
    while model.importing:
        application.processEvents()
    model.rename(model.digests[-1], f"n{{number}}")
"""


def test_two_processes_writing_at_once_lose_nothing(data_folder: Path, qtbot: QtBot) -> None:
    script = PROCESS.format(paths=[str(REPOSITORY / "plugin")])
    binding = QtCore.QObject.__module__.split(".")[0] + ".QtWidgets"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, binding, str(data_folder), str(start)],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for start in (0, 100)
    ]
    for process in running:
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors
    names = Shelf(data_folder, qtbot).names
    assert sorted(names) == sorted(f"n{number}" for start in (0, 100) for number in range(start, start + 15))
    assert [name for name in names if len(name) < 4] == [f"n{number}" for number in range(15)]
