"""Results: newest first, exact, within the stated memory, the oldest on disk and then gone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from nurie_krita.host import LineArt, Region, Source
from nurie_krita.options import OptionValues
from nurie_krita.protocol import InputError
from nurie_krita.qt import QtCore, QtGui
from nurie_krita.result_pictures import ResultPictures
from nurie_krita.results import MAX_RESULTS, Result, ResultModel, ResultRole

SIDE = 64
BYTES = 4 * SIDE * SIDE


def color(number: int, side: int = SIDE) -> QtGui.QImage:
    """Straight alpha: colour under almost nothing has to survive."""
    image = QtGui.QImage(side, side, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(number % 256, 128, 7, 255))
    image.setPixelColor(3, 3, QtGui.QColor(number % 256, 200, 31, 1))
    return image


def pixels(image: QtGui.QImage) -> str:
    bits = image.constBits()
    assert bits is not None
    return hashlib.sha256(bits.asstring(image.sizeInBytes())).hexdigest()


def line_art(side: int = SIDE, **changes: Any) -> LineArt:
    lines = QtGui.QImage(side, side, QtGui.QImage.Format.Format_ARGB32)
    lines.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(lines)
    painter.fillRect(0, 0, side, side // 4, QtGui.QColor("black"))
    painter.end()
    given = {"image": lines, "region": Region(10, 20, side, side), "layer": "ink", **changes}
    return LineArt("document", Source("active", "Ink", "active"), **given)


@pytest.fixture
def pictures(qapp: object, tmp_path: Path) -> ResultPictures:
    """Room for three in memory and two on disk."""
    return ResultPictures(max_bytes=3 * BYTES, max_bytes_on_disk=2 * BYTES, folder=tmp_path)


@pytest.fixture
def model(pictures: ResultPictures, qtmodeltester: Any) -> ResultModel:
    made = ResultModel(pictures=pictures)
    qtmodeltester.check(made)
    return made


def add(model: ResultModel, number: int, **changes: Any) -> Result:
    values = OptionValues(seed=number)
    return model.add(color(number), line_art(**changes), values, ("ab" * 32,), "Alice", 4.0)


def seeds(model: ResultModel) -> list[int]:
    return [found.values.seed for name in model.ids if (found := model.get(name))]


def test_the_newest_is_first(model: ResultModel) -> None:
    for number in range(3):
        add(model, number)
    assert seeds(model) == [2, 1, 0]
    assert model.index(0).data() == "Alice · seed 2"


def test_all_that_is_needed_to_apply_and_repeat_is_kept(model: ResultModel) -> None:
    mask = QtGui.QImage(SIDE, SIDE, QtGui.QImage.Format.Format_Grayscale8)
    mask.fill(255)
    result = model.get(add(model, 7, mask=mask).id)
    assert result is not None
    assert result.art.region == Region(10, 20, SIDE, SIDE)
    assert (result.art.document, result.art.layer, result.art.mask) == ("document", "ink", mask)
    assert result.art.image.isNull()
    assert (result.values.seed, result.references, result.seconds) == (7, ("ab" * 32,), 4.0)


def test_memory_is_bounded_and_nothing_in_it_is_lost_or_changed(
    model: ResultModel, pictures: ResultPictures, qtbot: QtBot
) -> None:
    for number in range(5):
        add(model, number)
        qtbot.waitUntil(lambda: model.bytes_in_memory <= 3 * BYTES)
    assert pictures.bytes_on_disk == 2 * BYTES
    assert seeds(model) == [4, 3, 2, 1, 0]
    for name in model.ids:
        found = model.get(name)
        assert found is not None
        image = model.color(name)
        assert image.format() == QtGui.QImage.Format.Format_ARGB32
        assert pixels(image) == pixels(color(found.values.seed))


def test_less_memory_sends_the_oldest_to_the_disk_at_once(
    model: ResultModel, pictures: ResultPictures, qtbot: QtBot
) -> None:
    for number in range(3):
        add(model, number)
    assert pictures.bytes_on_disk == 0
    model.limit_memory(0)
    qtbot.waitUntil(lambda: pictures.bytes_on_disk == 2 * BYTES)  # the newest stays
    assert [pixels(model.color(name)) for name in model.ids] == [pixels(color(number)) for number in (2, 1, 0)]


def test_the_oldest_go_when_the_disk_is_used_up(model: ResultModel, pictures: ResultPictures, qtbot: QtBot) -> None:
    for number in range(9):
        add(model, number)
        qtbot.waitUntil(lambda: model.bytes_in_memory <= 3 * BYTES)
    assert seeds(model) == [8, 7, 6, 5, 4]
    assert pictures.bytes_on_disk == 2 * BYTES


def test_many_at_once_are_bounded_as_well(model: ResultModel, qtbot: QtBot) -> None:
    for number in range(12):
        add(model, number)
    qtbot.waitUntil(lambda: model.rowCount() == 5)
    assert seeds(model) == [11, 10, 9, 8, 7]


def test_the_newest_stays_in_memory_however_large_it_is(qapp: object, tmp_path: Path) -> None:
    model = ResultModel(pictures=ResultPictures(max_bytes=10, folder=tmp_path))
    result = add(model, 1)
    assert model.bytes_in_memory == BYTES
    assert pixels(model.color(result.id)) == pixels(color(1))


def test_where_no_disk_takes_them_the_oldest_go(qapp: object, tmp_path: Path, qtbot: QtBot) -> None:
    model = ResultModel(pictures=ResultPictures(max_bytes=2 * BYTES, folder=tmp_path / "nowhere"))
    for number in range(4):
        add(model, number)
    qtbot.waitUntil(lambda: seeds(model) == [3, 2])


def test_a_file_that_somebody_deleted_is_one_sentence(model: ResultModel, tmp_path: Path, qtbot: QtBot) -> None:
    for number in range(4):
        add(model, number)
    qtbot.waitUntil(lambda: model.bytes_in_memory <= 3 * BYTES)
    (file,) = tmp_path.rglob("*.argb")
    file.unlink()
    with pytest.raises(InputError, match="not kept any more"):
        model.color(model.ids[-1])


def test_files_go_with_their_results(
    model: ResultModel, pictures: ResultPictures, tmp_path: Path, qtbot: QtBot
) -> None:
    for number in range(4):
        add(model, number)
    qtbot.waitUntil(lambda: pictures.bytes_on_disk == BYTES)
    model.remove(model.ids[-1])
    assert not list(tmp_path.rglob("*.argb"))
    add(model, 4)
    qtbot.waitUntil(lambda: pictures.bytes_on_disk == BYTES)
    pictures.clear()
    assert not list(tmp_path.iterdir())


def test_a_result_removed_on_its_way_to_the_disk_leaves_nothing(
    model: ResultModel, pictures: ResultPictures, tmp_path: Path, qtbot: QtBot
) -> None:
    for number in range(4):
        add(model, number)
    model.remove(model.ids[-1])
    for number in range(4, 6):
        add(model, number)
    qtbot.waitUntil(lambda: pictures.bytes_on_disk == 2 * BYTES)
    qtbot.waitUntil(lambda: len(list(tmp_path.rglob("*.argb"))) == 2)
    assert seeds(model) == [5, 4, 3, 2, 1]


def test_there_are_never_more_than_can_be_looked_through(qapp: object) -> None:
    model = ResultModel()
    for number in range(MAX_RESULTS + 3):
        add(model, number)
    assert model.rowCount() == MAX_RESULTS
    assert seeds(model)[0] == MAX_RESULTS + 2


def test_one_selection_is_kept_once(qapp: object) -> None:
    model = ResultModel()
    for number in range(5):
        mask = QtGui.QImage(SIDE, SIDE, QtGui.QImage.Format.Format_Grayscale8)
        mask.fill(200)
        add(model, number, mask=mask)
    assert model.bytes_in_memory == 5 * BYTES + SIDE * SIDE


def test_which_one_is_shown_is_told(model: ResultModel) -> None:
    told: list[str | None] = []
    model.changed.connect(lambda: told.append(model.shown))
    result = add(model, 1)
    model.shown = result.id
    model.shown = result.id
    assert model.index(0).data(ResultRole.SHOWN) is True
    model.remove(result.id)
    assert told == [None, result.id, None]


def test_what_was_applied_is_marked(model: ResultModel) -> None:
    first, second = add(model, 1), add(model, 2)
    model.mark_applied(first.id)
    assert [model.index(row).data(ResultRole.APPLIED) for row in range(2)] == [False, True]
    assert model.get(second.id) == second


def test_clearing_leaves_nothing(model: ResultModel) -> None:
    for number in range(3):
        add(model, number)
    model.clear()
    assert (model.ids, model.bytes_in_memory) == ((), 0)
    assert model.get("gone") is None


@pytest.mark.parametrize("opaque", [False, True])
def test_the_thumbnail_shows_colour_under_the_lines(qapp: object, opaque: bool) -> None:
    art = line_art(400, opaque=opaque)
    if opaque:
        solid = QtGui.QImage(art.image.size(), QtGui.QImage.Format.Format_RGB32)
        solid.fill(QtCore.Qt.GlobalColor.white)
        painter = QtGui.QPainter(solid)
        painter.drawImage(0, 0, art.image)
        painter.end()
        art = line_art(400, opaque=True, image=solid)
    model = ResultModel()
    model.add(color(200, 400), art, OptionValues())
    image = model.index(0).data(ResultRole.THUMBNAIL)
    assert (image.width(), image.height()) == (192, 192)
    assert image.pixelColor(96, 20).name() == "#000000"
    assert image.pixelColor(96, 150).name() == QtGui.QColor(200, 128, 7).name()
