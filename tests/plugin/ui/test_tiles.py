"""How a picture fits its tile, on ordinary and on dense screens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import panel as fake
from nurie_krita.qt import QtCore, QtGui
from nurie_krita.ui import glyphs, tiles
from nurie_krita.ui.theme import theme

pytestmark = pytest.mark.usefixtures("qapp")
side = st.integers(1, 4000)


@given(side, side, st.floats(1, 300), st.floats(1, 300))
def test_the_part_shown_fills_the_tile_and_is_as_large_as_can_be(
    width: int, height: int, across: float, down: float
) -> None:
    part = tiles.cover(QtCore.QSize(width, height), QtCore.QSizeF(across, down))
    assert part.left() >= -1e-6
    assert part.top() >= -1e-6
    assert part.right() <= width + 1e-6 * width
    assert part.bottom() <= height + 1e-6 * height
    assert part.width() / part.height() == pytest.approx(across / down, rel=1e-6)
    assert part.width() == pytest.approx(width, rel=1e-6) or part.height() == pytest.approx(height, rel=1e-6)


def test_of_a_tall_picture_the_head_is_kept() -> None:
    part = tiles.cover(QtCore.QSize(100, 300), QtCore.QSizeF(50, 50))
    assert part.top() < 300 - part.bottom()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.0])
def test_a_tile_shows_the_picture_where_it_lies(ratio: float) -> None:
    """Four quarters of another colour each; away from the origin, where a brush could be misplaced."""
    quarters = QtGui.QImage(80, 80, QtGui.QImage.Format.Format_ARGB32)
    quarters.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(quarters)
    painter.fillRect(0, 0, 40, 40, QtGui.QColor("red"))
    painter.fillRect(40, 0, 40, 40, QtGui.QColor("green"))
    painter.fillRect(0, 40, 40, 40, QtGui.QColor("blue"))  # the last is transparent
    painter.end()
    screen = QtGui.QImage(round(200 * ratio), round(150 * ratio), QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    screen.setDevicePixelRatio(ratio)
    screen.fill(QtGui.QColor(10, 20, 30))
    box = QtCore.QRectF(83, 37, 60, 60)
    pixmap = tiles.Scaled().get(quarters, QtCore.QSize(60, 60), ratio)
    painter = QtGui.QPainter(screen)
    tiles.paint_tile(painter, box, pixmap, theme(fake.palette("dark")))
    painter.end()

    def seen(x: float, y: float) -> str:
        return screen.pixelColor(round((box.x() + x) * ratio), round((box.y() + y) * ratio)).name()

    assert [seen(15, 15), seen(45, 15), seen(15, 45), seen(45, 45)] == ["#ff0000", "#008000", "#0000ff", "#ffffff"]
    assert seen(0.4, 0.4) != "#ff0000"  # the corner is round
    assert seen(-3, 30) == seen(63, 30) == "#0a141e"


@pytest.mark.parametrize("name", sorted(glyphs.GLYPHS))
def test_every_pictogram_is_drawn_within_its_square_and_in_its_color(name: str) -> None:
    image = QtGui.QImage(48, 48, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(0, 0, 0, 0))
    painter = QtGui.QPainter(image)
    glyphs.paint(painter, name, QtCore.QRectF(8, 8, 32, 32), QtGui.QColor(200, 100, 50))
    painter.end()
    inked = [(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() > 128]
    assert len(inked) > 20
    assert all(7 <= x <= 40 and 7 <= y <= 40 for x, y in inked)
    color = image.pixelColor(*max(inked, key=lambda at: image.pixelColor(*at).alpha()))
    assert (color.red(), color.green(), color.blue()) == pytest.approx((200, 100, 50), abs=3)


def test_an_icon_has_a_dense_and_a_disabled_form() -> None:
    icon = glyphs.glyph("add", fake.palette("dark"))
    modes = QtGui.QIcon.Mode
    assert {size.width() for size in icon.availableSizes(modes.Normal)} == {16, 32, 48}
    normal, disabled = (icon.pixmap(QtCore.QSize(16, 16), mode).toImage() for mode in (modes.Normal, modes.Disabled))
    assert normal != disabled
