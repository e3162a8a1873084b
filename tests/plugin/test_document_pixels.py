"""Krita's bytes as pictures and back, strips, and the selection's soft edge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie_krita.document_pixels import assembled, borrowed, from_gray, from_rgba, gathered, limited, strips, within
from nurie_krita.qt import QtCore, QtGui

ARGB32 = QtGui.QImage.Format.Format_ARGB32
GRAY = QtGui.QImage.Format.Format_Grayscale8


def test_bytes_are_blue_green_red_alpha_and_come_back_unchanged() -> None:
    data = QtCore.QByteArray(bytes(range(2 * 3 * 4)))
    image = from_rgba(data, 2, 3)
    color = image.pixelColor(1, 0)
    assert (color.blue(), color.green(), color.red(), color.alpha()) == (4, 5, 6, 7)
    assert borrowed(image) == data


def test_a_picture_outlives_the_bytes_it_was_made_of() -> None:
    data = QtCore.QByteArray(b"\x20\x80\xf0\xff" * 4)
    image = from_rgba(data, 2, 2)
    data.fill(b"\0")
    assert image.pixelColor(1, 1).getRgb() == (240, 128, 32, 255)


def test_rows_of_a_mask_need_no_padding() -> None:
    image = from_gray(QtCore.QByteArray(bytes(range(15))), 5, 3)
    assert [image.pixelColor(x, 2).red() for x in range(5)] == [10, 11, 12, 13, 14]


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="12 bytes for 2 x 2 pixels"):
        from_rgba(QtCore.QByteArray(bytes(12)), 2, 2)


@given(st.integers(1, 9), st.integers(1, 900))
def test_what_is_gathered_in_strips_is_the_whole(width: int, height: int) -> None:
    whole = QtCore.QByteArray(bytes(at * 31 % 251 for at in range(4 * width * height)))

    def fetch(top: int, rows: int) -> QtCore.QByteArray:
        return whole.mid(4 * width * top, 4 * width * rows)

    assert gathered(width, height, fetch) == from_rgba(whole, width, height)


def test_a_large_picture_is_gathered_in_several_strips() -> None:
    fetched: list[tuple[int, int]] = []

    def fetch(top: int, rows: int) -> QtCore.QByteArray:
        fetched.append((top, rows))
        return QtCore.QByteArray(4 * 3000 * rows, bytes([len(fetched)]))

    image = gathered(3000, 1000, fetch)
    assert len(fetched) > 1
    for number, (top, rows) in enumerate(fetched, 1):
        assert {image.pixelColor(x, y).red() for x in (0, 2999) for y in (top, top + rows - 1)} == {number}
    with pytest.raises(ValueError, match="0 bytes"):
        gathered(3000, 1000, lambda top, rows: QtCore.QByteArray())


@given(st.integers(1, 50_000), st.integers(1, 50_000), st.integers(1, 9))
def test_strips_cover_every_row_once(height: int, width: int, divide: int) -> None:
    end = 0
    for top, rows in strips(height, width, divide):
        assert top == end
        assert top % divide == 0
        assert 0 < rows <= max(divide, 8_000_000 // width)
        end = top + rows
    assert end == height


def test_a_divided_picture_has_the_mean_of_what_it_stands_for() -> None:
    def strip(top: int, rows: int) -> QtGui.QImage:
        image = QtGui.QImage(4000, rows, ARGB32)
        image.fill(0xFF000000 if top == 0 else 0xFFFFFFFF)
        return image

    image = assembled(4000, 4001, 2, strip, ARGB32)
    assert (image.width(), image.height()) == (2000, 2001)
    assert image.pixelColor(7, 0).red() == 0
    assert image.pixelColor(7, 999).red() == 0
    assert image.pixelColor(7, 1001).red() == 255
    assert image.pixelColor(7, 2000).red() == 255


@pytest.mark.parametrize("alpha", [0, 1, 100, 254, 255])
def test_colour_is_nowhere_more_opaque_than_the_mask(alpha: int) -> None:
    color = QtGui.QImage(256, 1, ARGB32)
    mask = QtGui.QImage(256, 1, GRAY)
    for x in range(256):
        color.setPixelColor(x, 0, QtGui.QColor(200, 100, 50, x))
        mask.setPixelColor(x, 0, QtGui.QColor(alpha, alpha, alpha))
    cut = limited(color, mask)
    assert cut.format() == ARGB32
    assert [cut.pixelColor(x, 0).alpha() for x in range(256)] == [min(x, alpha) for x in range(256)]
    assert all(cut.pixelColor(x, 0).getRgb()[:3] == (200, 100, 50) for x in range(1, 256) if min(x, alpha))


def test_a_mask_of_another_size_is_scaled() -> None:
    color = QtGui.QImage(4, 4, ARGB32)
    color.fill(0xFF00FF00)
    mask = QtGui.QImage(2, 2, GRAY)
    mask.fill(0)
    mask.setPixelColor(1, 1, QtGui.QColor(255, 255, 255))
    cut = limited(color, mask)
    assert cut.pixelColor(3, 3).alpha() == 255
    assert cut.pixelColor(0, 0).alpha() == 0


def test_color_is_kept_where_another_picture_has_any() -> None:
    color = QtGui.QImage(3, 1, QtGui.QImage.Format.Format_ARGB32)
    color.fill(QtGui.QColor(10, 20, 30))
    drawn = QtGui.QImage(3, 1, QtGui.QImage.Format.Format_ARGB32)
    for x, alpha in enumerate((0, 128, 255)):
        drawn.setPixelColor(x, 0, QtGui.QColor(200, 0, 0, alpha))
    kept = within(color, drawn)
    assert [kept.pixelColor(x, 0).getRgb() for x in (1, 2)] == [(10, 20, 30, 128), (10, 20, 30, 255)]
    assert kept.pixelColor(0, 0).alpha() == 0
