"""PNG files of our own: read alike by Qt and by Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nurie.imaging.load import check_bytes, from_bytes, open_image
from nurie_krita import png
from nurie_krita.protocol import InputError, NurieError
from nurie_krita.qt import QtCore, QtGui

FORMATS = QtGui.QImage.Format


def picture(width: int, height: int, seed: int, kind: str) -> tuple[QtGui.QImage, Image.Image]:
    """The same noise for Qt and for Pillow."""
    formats = {"RGBA": FORMATS.Format_RGBA8888, "RGB": FORMATS.Format_RGB888, "L": FORMATS.Format_Grayscale8}
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, len(kind)), np.uint8)
    image = Image.fromarray(noise[..., 0] if kind == "L" else noise, kind if kind == "L" else None)
    return QtGui.QImage(noise.tobytes(), width, height, width * len(kind), formats[kind]).copy(), image


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99), st.sampled_from(["RGBA", "RGB", "L"]))
def test_what_is_written_is_what_was_there(width: int, height: int, seed: int, kind: str) -> None:
    image, same = picture(width, height, seed, kind)
    data = png.encode(image)
    read = Image.open(io.BytesIO(data))
    assert (read.mode, read.size) == (kind, (width, height))
    assert read.tobytes() == same.tobytes()
    assert png.decode(data, image.size()) == image.convertToFormat(FORMATS.Format_ARGB32)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99), st.booleans())
def test_black_ink_takes_one_byte_a_pixel_and_is_read_as_it_was(width: int, height: int, seed: int, spot: bool) -> None:
    ink = np.zeros((height, width, 4), np.uint8)
    ink[..., 3] = np.random.default_rng(seed).integers(0, 256, (height, width))
    if spot:
        ink[-1, -1] = 1, 0, 0, 9  # as good as black, and yet another colour
    image = QtGui.QImage(ink.tobytes(), width, height, 4 * width, FORMATS.Format_RGBA8888).copy()
    data = png.encode(image.convertToFormat(FORMATS.Format_ARGB32))
    assert Image.open(io.BytesIO(data)).mode == ("RGBA" if spot else "P")
    check_bytes(data)
    np.testing.assert_array_equal(np.asarray(open_image(from_bytes(data)).convert("RGBA")), ink)
    assert png.decode(data, image.size()) == image.convertToFormat(FORMATS.Format_ARGB32)


def test_krita_s_own_kind_of_image_comes_back_as_it_was_even_in_several_strips() -> None:
    image, same = picture(700, 600, 1, "RGBA")
    image = image.convertToFormat(FORMATS.Format_ARGB32)
    data = png.encode(image)
    back = png.decode(data, image.size())
    assert back.format() == FORMATS.Format_ARGB32
    assert back == image
    assert Image.open(io.BytesIO(data)).tobytes() == same.tobytes()


@pytest.mark.parametrize(("side", "limit", "divide"), [(7999, 8000, 1), (8000, 8000, 1), (8001, 8000, 2), (9, 3, 3)])
def test_large_drawings_are_divided_by_a_whole_number(side: int, limit: int, divide: int) -> None:
    assert png.reduction(QtGui.QImage(side, 1, FORMATS.Format_Mono), limit) == divide
    assert png.reduction(QtGui.QImage(1, side, FORMATS.Format_Mono), limit) == divide


@pytest.mark.parametrize(("width", "height"), [(64, 48), (65, 47), (1201, 900)])
def test_a_divided_drawing_comes_back_at_its_size(width: int, height: int) -> None:
    image = QtGui.QImage(width, height, FORMATS.Format_ARGB32)
    image.fill(QtGui.QColor(10, 200, 90))
    painter = QtGui.QPainter(image)
    painter.fillRect(0, 0, width // 2, height // 2, QtGui.QColor(250, 20, 30))
    painter.end()
    data = png.encode(image, 3)
    assert Image.open(io.BytesIO(data)).size == (-(-width // 3), -(-height // 3))
    back = png.decode(data, image.size(), 3)
    assert (back.size(), back.format()) == (image.size(), FORMATS.Format_ARGB32)
    for x, y in ((width // 4, height // 4), (3 * width // 4, height // 4), (width // 4, 3 * height // 4)):
        assert back.pixelColor(x, y) == image.pixelColor(x, y)


def test_an_empty_picture_is_told() -> None:
    with pytest.raises(InputError, match="empty"):
        png.encode(QtGui.QImage())


@pytest.mark.parametrize("harm", ["cut", "flipped", "other size", "no png", "nothing", "huge"])
def test_what_is_not_the_picture_is_told(harm: str) -> None:
    image, _ = picture(40, 50, 3, "RGBA")
    data = png.encode(image)
    broken = {
        "cut": data[: len(data) // 2],
        "flipped": data[:60] + bytes([data[60] ^ 255]) + data[61:],
        "other size": png.encode(image.copy(0, 0, 40, 49)),
        "no png": b"<html>" * 100,
        "nothing": b"",
        "huge": data[:16] + b"\x7f\xff\xff\xff" * 2 + data[24:],
    }[harm]
    with pytest.raises(NurieError, match="not the colored picture") as caught:
        png.decode(broken, image.size())
    assert caught.value.code == "garbage"


def test_previews_are_small_pictures_or_none() -> None:
    small, large = (io.BytesIO() for _ in range(2))
    Image.new("RGB", (256, 200), (10, 20, 30)).save(small, "JPEG")
    Image.new("RGB", (1025, 10)).save(large, "JPEG")
    preview = png.decode_preview(small.getvalue())
    assert preview is not None
    assert preview.size() == QtCore.QSize(256, 200)
    assert png.decode_preview(large.getvalue()) is None
    assert png.decode_preview(b"nothing of the kind") is None
