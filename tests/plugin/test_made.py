"""Forms of a result: what is asked for, in which order it comes, and what is made of it for the document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nurie_krita import png
from nurie_krita.forms import COLOR, FORMS, Fetching, Parts, parts_of, style_of
from nurie_krita.made import KeyStrokes, Sheets, make
from nurie_krita.protocol import PARTS, JobRequest, NurieError
from nurie_krita.qt import QtCore, QtGui

SIZE = QtCore.QSize(30, 20)
ARGB = QtGui.QImage.Format.Format_ARGB32
RED, BLUE = (200, 30, 40), (20, 40, 220)


def filled(color: str, size: QtCore.QSize = SIZE) -> QtGui.QImage:
    image = QtGui.QImage(size, ARGB)
    image.fill(QtGui.QColor(color))
    return image


def numbers(size: QtCore.QSize = SIZE) -> QtGui.QImage:
    """Ground, with a rectangle of 1 at (3, 4), 10 x 6, and one pixel of 2 at (29, 19)."""
    image = QtGui.QImage(size, QtGui.QImage.Format.Format_Grayscale8)
    image.fill(0)
    for y in range(4, 10):
        for x in range(3, 13):
            image.setPixelColor(x, y, QtGui.QColor(1, 1, 1))
    image.setPixelColor(29, 19, QtGui.QColor(2, 2, 2))
    return image


def strokes(colors: Any = (RED, BLUE), dabs: Any = ((1, 7, 6, 2), (2, 29, 19, 0), (0, 0, 0, 1))) -> bytes:
    return json.dumps({"colors": colors, "dabs": dabs}).encode()


def two_colors() -> Parts:
    return Parts({"swatches": png.encode(numbers()), "strokes": strokes()})


def test_forms_ask_for_parts_that_there_are_in_a_style_that_has_them() -> None:
    for form in FORMS:
        assert set(parts_of(form)) <= set(PARTS)
        for style in (None, "flats", "shaded", "soft"):
            assert style_of(form, style) is not None or form == "layer"
    assert [style_of("layer", style) for style in (None, "soft")] == [None, "soft"]
    assert [style_of("tones", style) for style in (None, "flats", "soft")] == ["shaded", "shaded", "soft"]


def test_parts_come_before_the_color_and_each_once() -> None:
    fetching = Fetching(("flats", "shadows", "highlights"))
    job = JobRequest("0" * 64, ("1" * 64,), style="shaded")
    assert fetching.asked(job, {"parts": [*PARTS]}, 2).parts == ("flats", "shadows", "highlights")
    summary = {"parts": ["highlights", "flats"]}
    for part in ("flats", "highlights"):
        assert fetching.due(summary) == fetching.due(summary) == part
        assert not fetching.take(part.encode())
    assert fetching.due(summary) == COLOR
    assert fetching.take(b"color")
    assert fetching.parts == Parts({"flats": b"flats", "highlights": b"highlights"}, 2)
    assert fetching.parts is not None
    assert fetching.parts.bytes == 15


@pytest.mark.parametrize("info", [None, {}, {"parts": None}, {"parts": "flats"}, {"parts": ["lines"]}])
def test_a_server_that_knows_no_parts_is_not_asked(info: Any) -> None:
    fetching = Fetching(("flats",))
    assert fetching.asked(JobRequest("0" * 64, ("1" * 64,), style="flats"), info, 1).parts == ()
    assert fetching.due({}) == COLOR


@pytest.mark.parametrize("summary", [{}, {"parts": 3}, {"parts": [["flats"]]}, {"parts": ["lines"]}])
def test_only_what_was_asked_for_and_is_there_is_fetched(summary: Any) -> None:
    assert Fetching(("flats",)).due(summary) == COLOR


def test_tones_are_flats_below_shadows_below_highlights() -> None:
    nothing = filled("transparent")
    files = {"flats": filled("red"), "shadows": filled("gray"), "highlights": nothing}
    made = make("tones", Parts({name: png.encode(image) for name, image in files.items()}), SIZE)
    assert isinstance(made, Sheets)
    assert [(sheet.name, sheet.blending) for sheet in made.sheets] == [("Flats", "normal"), ("Shadows", "multiply")]
    assert made.sheets[0].image == files["flats"]


def test_highlights_are_added() -> None:
    files = {name: png.encode(filled("red")) for name in ("flats", "highlights")}
    made = make("tones", Parts(files), SIZE)
    assert isinstance(made, Sheets)
    assert [sheet.blending for sheet in made.sheets] == ["normal", "add"]


def test_a_layer_for_each_color_lies_where_the_color_is() -> None:
    made = make("colors", two_colors(), SIZE)
    assert isinstance(made, Sheets)
    one, other = made.sheets
    assert (one.name, other.name) == ("#C81E28", "#1428DC")
    assert (one.left, one.top, one.image.width(), one.image.height()) == (3, 4, 10, 6)
    assert (other.left, other.top, other.image.width(), other.image.height()) == (29, 19, 1, 1)
    whole = QtGui.QImage(SIZE, ARGB)
    whole.fill(0)
    for sheet in made.sheets:
        shown = sheet.image.convertToFormat(ARGB)
        for y in range(shown.height()):
            for x in range(shown.width()):
                if shown.pixelColor(x, y).alpha():
                    whole.setPixelColor(sheet.left + x, sheet.top + y, shown.pixelColor(x, y))
    drawn = numbers()
    for y in range(SIZE.height()):
        for x in range(SIZE.width()):
            wanted = {0: (0, 0, 0, 0), 1: (*RED, 255), 2: (*BLUE, 255)}[drawn.pixelColor(x, y).red()]
            assert whole.pixelColor(x, y).getRgb() == wanted


def test_a_color_that_is_nowhere_has_no_layer() -> None:
    made = make("colors", Parts({"swatches": png.encode(numbers()), "strokes": strokes((RED, BLUE, RED))}), SIZE)
    assert isinstance(made, Sheets)
    assert len(made.sheets) == 2


def test_key_strokes_outside_of_the_selection_are_ground() -> None:
    mask = QtGui.QImage(SIZE, QtGui.QImage.Format.Format_Grayscale8)
    mask.fill(0)
    mask.setPixelColor(7, 6, QtGui.QColor("white"))
    made = make("mask", two_colors(), SIZE, mask)
    assert made == KeyStrokes((RED, BLUE), ((1, 7, 6, 2), (0, 29, 19, 0), (0, 0, 0, 1)), SIZE)
    everywhere = make("mask", two_colors(), SIZE)
    assert isinstance(everywhere, KeyStrokes)
    assert [number for number, *_ in everywhere.dabs] == [1, 2, 0]


def test_what_was_sent_at_half_the_size_comes_back_at_its_own() -> None:
    size = QtCore.QSize(59, 40)
    parts = Parts(two_colors().files, 2)
    made = make("mask", parts, size)
    assert isinstance(made, KeyStrokes)
    assert made.dabs[0] == (1, 14, 12, 4)
    sheets = make("colors", parts, size)
    assert isinstance(sheets, Sheets)
    one = sheets.sheets[0]
    assert abs(one.left - 6) <= 1
    assert abs(one.image.width() - 20) <= 1
    tones = make("tones", Parts({"flats": png.encode(filled("red"))}, 2), size)
    assert isinstance(tones, Sheets)
    assert tones.sheets[0].image.size() == size


@pytest.mark.parametrize("form", FORMS)
def test_without_its_parts_a_form_is_a_plain_layer(form: str) -> None:
    assert make(form, None, SIZE) is None
    assert make(form, Parts({"shadows": b""}), SIZE) is None


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b'{"colors": []}',
        strokes([[1, 2]]),
        strokes([[1, 2, 256]]),
        strokes([[1, 2, 3.5]]),
        strokes([[True, 2, 3]]),
        strokes(dabs=[[3, 1, 1, 1]]),
        strokes(dabs=[[1, -1, 1, 1]]),
        strokes(dabs=[[1, 30, 1, 1]]),
        strokes(dabs=[[1, 1, 1]]),
        strokes(dabs=5),
        strokes([[0, 0, 0]] * 256),
        b"[" * 100_000,
    ],
)
def test_nonsense_is_said_to_be_nonsense(told: bytes) -> None:
    parts = Parts({"strokes": told, "swatches": png.encode(numbers())})
    with pytest.raises(NurieError) as caught:
        make("mask", parts, SIZE)
    assert caught.value.code == "garbage"


@pytest.mark.parametrize("picture", [b"", png.encode(filled("red")), png.encode(numbers(QtCore.QSize(31, 20)))])
def test_swatches_of_another_size_or_kind_are_nonsense(picture: bytes) -> None:
    with pytest.raises(NurieError) as caught:
        make("colors", Parts({"strokes": strokes(), "swatches": picture}), SIZE)
    assert caught.value.code == "garbage"
