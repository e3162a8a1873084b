"""What is laid over the canvas is the same picture whether it is put together in strips or at once."""

from __future__ import annotations

import random
from typing import Any

import pytest

from nurie_krita import composing
from nurie_krita.composing import composed, halved, reduced
from nurie_krita.qt import QtCore, QtGui

_PREMULTIPLIED = QtGui.QImage.Format.Format_ARGB32_Premultiplied


def scribble(width: int, height: int, seed: int, ground: str = "transparent") -> QtGui.QImage:
    """Lines of all colours, half of them not opaque."""
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(ground))
    chance = random.Random(seed)
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    for number in range(40):
        red, green, blue = (chance.randrange(256) for _ in range(3))
        color = QtGui.QColor(red, green, blue, 255 if number % 2 else chance.randrange(256))
        painter.setPen(QtGui.QPen(color, chance.uniform(1, width / 8)))
        ends = [QtCore.QPointF(chance.uniform(0, width), chance.uniform(0, height)) for _ in range(2)]
        painter.drawLine(*ends)
    painter.end()
    return image


def furthest(one: QtGui.QImage, other: QtGui.QImage) -> int:
    """Largest difference of any channel of any pixel."""
    assert one.size() == other.size()
    assert one.format() == other.format()

    def channels(image: QtGui.QImage) -> bytes:
        bits: Any = image.constBits()
        bits.setsize(image.sizeInBytes())
        return bytes(bits)

    return max(abs(a - b) for a, b in zip(channels(one), channels(other), strict=True))


@pytest.mark.parametrize(("opaque", "dark"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("color_size", [(60, 90), (23, 31), (75, 112)])
def test_strips_leave_no_trace(
    monkeypatch: pytest.MonkeyPatch, color_size: tuple[int, int], opaque: bool, dark: bool
) -> None:
    color = scribble(*color_size, seed=1)
    lines = scribble(60, 90, seed=2, ground="white" if opaque and not dark else "black" if dark else "transparent")
    at_once = composed(color, lines, opaque=opaque, dark=dark)
    monkeypatch.setattr(composing, "_STRIP_PIXELS", 7 * max(60, color_size[0]))
    in_strips = composed(color, lines, opaque=opaque, dark=dark)
    assert at_once.width() == max(60, color_size[0])
    assert furthest(at_once, in_strips) <= 2  # where it is stretched, Qt rounds by where a strip begins


def test_halves_are_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = composed(scribble(512, 304, seed=3))
    at_once = halved(picture)
    assert [(level.width(), level.height()) for level in at_once] == [(512, 304), (256, 152), (128, 76), (64, 38)]
    monkeypatch.setattr(composing, "_STRIP_PIXELS", 4 * 256 * 9)
    for one, other in zip(at_once, halved(picture), strict=True):
        assert furthest(one, other) <= 1


def test_a_long_strip_is_halved_until_it_is_short() -> None:
    levels = halved(composed(scribble(6000, 3, seed=4)))
    assert levels[-1].width() < 128
    assert levels[-1].height() == 1


def test_lines_over_an_estimate_are_few_pixels() -> None:
    assert reduced(scribble(3000, 2000, seed=5), 768).width() == 768
    small = scribble(300, 200, seed=6)
    assert reduced(small, 768) == small
