"""What kind of picture it is: lines, nothing, or coloured already."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurie_krita.document_lineart import look
from nurie_krita.qt import QtCore, QtGui

ARGB32 = QtGui.QImage.Format.Format_ARGB32
SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


def picture(ground: str, width: int = 600, height: int = 800) -> QtGui.QImage:
    image = QtGui.QImage(width, height, ARGB32)
    image.fill(QtGui.QColor(ground))
    return image


def draw(image: QtGui.QImage, pen: str, thickness: float = 4.0) -> QtGui.QImage:
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtGui.QPen(QtGui.QColor(pen), thickness))
    for number in range(6):
        painter.drawEllipse(QtCore.QRectF(20 + 15 * number, 30 + 20 * number, 400 - 40 * number, 600 - 50 * number))
    painter.end()
    return image


@pytest.mark.parametrize("pen", ["black", "#3060ff", "#c03020", "#808080"])
@pytest.mark.parametrize("ground", ["transparent", "white", "#d8c090", "#202830"])
def test_lines_of_any_colour_on_any_ground_are_lines(ground: str, pen: str) -> None:
    seen = look(draw(picture(ground), pen))
    assert seen.state == "lines"
    assert seen.opaque == (ground != "transparent")
    assert seen.dark == (ground == "#202830" and pen != "black")


@pytest.mark.parametrize("ground", ["transparent", "white", "#d8c090"])
def test_a_uniform_picture_is_empty_and_one_pixel_makes_it_lines(ground: str) -> None:
    image = picture(ground)
    assert look(image).state == "empty"
    image.setPixelColor(251, 397, QtGui.QColor("black"))
    assert look(image).state == "lines"


def test_erased_colour_is_not_seen() -> None:
    image = picture("transparent")
    image.setPixelColor(5, 5, QtGui.QColor(200, 30, 40, 0))
    assert look(image).state == "empty"


@pytest.mark.parametrize("ground", ["transparent", "white"])
def test_areas_of_colour_are_told(ground: str) -> None:
    image = draw(picture(ground), "black")
    painter = QtGui.QPainter(image)
    painter.fillRect(150, 200, 200, 300, QtGui.QColor("#e08060"))
    painter.end()
    assert look(image).state == "colored"


def test_grey_shading_is_no_colour() -> None:
    image = draw(picture("white"), "black")
    painter = QtGui.QPainter(image)
    painter.fillRect(150, 200, 200, 300, QtGui.QColor("#909090"))
    painter.end()
    assert look(image).state == "lines"


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (64, 3000), (95, 97)])
def test_every_size_can_be_looked_at(size: tuple[int, int]) -> None:
    assert look(picture("white", *size)).state == "empty"


def test_the_samples() -> None:
    from PIL import Image  # Qt reads no WebP everywhere

    def sample(name: str) -> QtGui.QImage:
        image = Image.open(SAMPLES / "princess" / name).convert("RGBA")
        data = image.tobytes()
        return (
            QtGui.QImage(data, image.width, image.height, image.width * 4, QtGui.QImage.Format.Format_RGBA8888)
            .copy()
            .convertToFormat(ARGB32)
        )

    assert look(sample("sketch.webp")).state == "lines"
    assert look(sample("reference.webp")).state == "colored"
