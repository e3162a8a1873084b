"""The picture over the canvas lies exactly where the document's pixels are, and is in nobody's way."""

from __future__ import annotations

import math

import pytest
from pytestqt.qtbot import QtBot

from nurie_krita.composing import composed, halved
from nurie_krita.host import Canvas, Region
from nurie_krita.qt import QtCore, QtGui, QtWidgets
from nurie_krita.ui.overlay import Overlay

Map = tuple[float, float, float, float, float, float]
GROUND = QtGui.QColor(10, 20, 30)
BLOCK = 16
BLOCKS = 6


def board() -> QtGui.QImage:
    """Blocks of one colour each, all different."""
    image = QtGui.QImage(BLOCK * BLOCKS, BLOCK * BLOCKS, QtGui.QImage.Format.Format_ARGB32)
    painter = QtGui.QPainter(image)
    for row in range(BLOCKS):
        for column in range(BLOCKS):
            painter.fillRect(column * BLOCK, row * BLOCK, BLOCK, BLOCK, block_color(column, row))
    painter.end()
    return image


def block_color(column: int, row: int) -> QtGui.QColor:
    return QtGui.QColor(40 + 40 * column, 40 + 40 * row, (column * 7 + row * 3) % 5 * 50)


def affine(zoom: float, degrees: float, *, mirror: bool = False, x: float = 150.0, y: float = 130.0) -> Map:
    """Zoomed, mirrored and turned about the middle of the board at (20, 10), which comes to lie at (x, y)."""
    turn = math.radians(degrees)
    a, b = zoom * math.cos(turn), zoom * math.sin(turn)
    sign = -1 if mirror else 1
    m11, m12, m21, m22 = sign * a, sign * b, -b, a
    middle = (20 + BLOCK * BLOCKS / 2, 10 + BLOCK * BLOCKS / 2)
    return (m11, m12, m21, m22, x - m11 * middle[0] - m21 * middle[1], y - m12 * middle[0] - m22 * middle[1])


class Easel:
    """A canvas in its parent, and an overlay over it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.map: Map | None = affine(1, 0)
        self.parent = QtWidgets.QWidget()
        self.parent.resize(320, 280)
        self.widget = QtWidgets.QWidget(self.parent)
        self.widget.setGeometry(8, 6, 300, 260)
        palette = self.widget.palette()
        palette.setColor(QtGui.QPalette.ColorRole.Window, GROUND)
        self.widget.setPalette(palette)
        self.widget.setAutoFillBackground(True)
        self.overlay = Overlay(Canvas(self.widget, lambda: self.map))
        qtbot.addWidget(self.parent)
        self.parent.show()
        qtbot.waitExposed(self.parent)

    def show(self, color: QtGui.QImage, region: Region, lines: QtGui.QImage | None = None, **how: bool) -> None:
        """As ``ShownPicture`` has it composed."""
        self.overlay.show_image(halved(composed(color, lines, **how)), region)

    def seen(self) -> QtGui.QImage:
        """The canvas as it looks with what lies over it."""
        return self.parent.grab(self.widget.geometry()).toImage()


@pytest.fixture
def easel(qtbot: QtBot) -> Easel:
    return Easel(qtbot)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("degrees", [0, 15, 90, 200.5])
@pytest.mark.parametrize("zoom", [0.7, 1.0, 2.5])
def test_pixels_lie_where_the_transform_says(easel: Easel, zoom: float, degrees: float, mirror: bool) -> None:
    easel.map = affine(zoom, degrees, mirror=mirror)
    easel.show(board(), Region(20, 10, BLOCK * BLOCKS, BLOCK * BLOCKS))
    seen = easel.seen()
    back, possible = QtGui.QTransform(*easel.map).inverted()
    assert possible
    margin = 0.75 / min(zoom, 1) if zoom < 2 else 0.5 / zoom  # of document pixels; smoothing mixes across an edge
    checked = inside = 0
    for y in range(0, seen.height(), 5):
        for x in range(0, seen.width(), 5):
            place = back.map(QtCore.QPointF(x + 0.5, y + 0.5))
            u, v = (place.x() - 20) / BLOCK, (place.y() - 10) / BLOCK
            near = min(abs(u - round(u)), abs(v - round(v))) * BLOCK < margin + 0.5
            if near and -0.2 < u < BLOCKS + 0.2 and -0.2 < v < BLOCKS + 0.2:
                continue
            on = 0 <= u < BLOCKS and 0 <= v < BLOCKS
            wanted = block_color(int(u), int(v)) if on else GROUND
            found = seen.pixelColor(x, y)
            difference = max(
                abs(found.red() - wanted.red()), abs(found.green() - wanted.green()), abs(found.blue() - wanted.blue())
            )
            assert difference <= 1, (x, y, u, v, found.getRgb(), wanted.getRgb())  # 1: premultiplied interpolation
            checked += 1
            inside += on
    assert checked > 1000
    assert inside > 70


def test_a_small_preview_is_stretched_over_its_region(easel: Easel) -> None:
    easel.map = affine(2, 0)
    easel.show(board().scaled(BLOCKS, BLOCKS), Region(20, 10, BLOCK * BLOCKS, BLOCK * BLOCKS))
    seen, to = easel.seen(), QtGui.QTransform(*easel.map)
    for column, row in ((0, 0), (2, 3), (5, 5)):
        place = to.map(QtCore.QPointF(20 + BLOCK * (column + 0.5), 10 + BLOCK * (row + 0.5))).toPoint()
        found, wanted = seen.pixelColor(place), block_color(column, row)
        assert abs(found.red() - wanted.red()) <= 2
        assert abs(found.green() - wanted.green()) <= 2


def test_far_away_it_is_averaged_not_sampled(easel: Easel) -> None:
    stripes = QtGui.QImage(960, 960, QtGui.QImage.Format.Format_ARGB32)
    stripes.fill(QtGui.QColor(255, 255, 255))
    painter = QtGui.QPainter(stripes)
    for x in range(0, 960, 8):
        painter.fillRect(x, 0, 4, 960, QtGui.QColor(0, 0, 0))
    painter.end()
    easel.map = (0.1, 0, 0, 0.1, 50, 50)
    easel.show(stripes, Region(0, 0, 960, 960))
    seen = easel.seen()
    values = [seen.pixelColor(x, 90).red() for x in range(60, 130)]
    assert max(values) - min(values) < 60
    assert 100 < sum(values) / len(values) < 155


def test_it_follows_the_canvas_by_itself_and_rests_while_nothing_moves(easel: Easel, qtbot: QtBot) -> None:
    easel.show(board(), Region(20, 10, 96, 96))
    qtbot.wait(150)
    paints: list[int] = []

    class Watch(QtCore.QObject):
        def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
            if event is not None and event.type() == QtCore.QEvent.Type.Paint:
                paints.append(1)
            return False

    watch = Watch()
    easel.overlay.installEventFilter(watch)
    qtbot.wait(200)
    assert not paints
    easel.map = affine(2, 30)
    qtbot.waitUntil(lambda: bool(paints))
    place = QtGui.QTransform(*affine(2, 30)).map(QtCore.QPointF(20 + 40, 10 + 40)).toPoint()
    assert easel.seen().pixelColor(place) == block_color(2, 2)


def test_comparing_shows_the_drawing(easel: Easel) -> None:
    easel.show(board(), Region(20, 10, 96, 96))
    assert easel.seen().pixelColor(150, 130) != GROUND
    easel.overlay.set_compare(True)
    assert easel.seen().pixelColor(150, 130) == GROUND
    easel.overlay.set_compare(False)
    assert easel.seen().pixelColor(150, 130) != GROUND


def test_cleared_it_is_gone(easel: Easel) -> None:
    easel.show(board(), Region(20, 10, 96, 96))
    easel.overlay.clear()
    assert not easel.overlay.showing
    assert not easel.overlay.isVisible()
    assert easel.seen().pixelColor(150, 130) == GROUND


def test_the_mouse_goes_through_and_the_keys_stay(easel: Easel) -> None:
    easel.show(board(), Region(20, 10, 96, 96))
    middle = easel.widget.geometry().center()
    assert easel.parent.childAt(middle) is easel.widget
    assert easel.overlay.focusPolicy() == QtCore.Qt.FocusPolicy.NoFocus


def test_it_keeps_the_canvas_size_and_hides_with_it(easel: Easel) -> None:
    easel.show(board(), Region(20, 10, 96, 96))
    easel.widget.setGeometry(2, 3, 200, 150)
    assert easel.overlay.geometry() == easel.widget.geometry()
    easel.widget.hide()
    assert not easel.overlay.isVisible()
    easel.widget.show()
    assert easel.overlay.isVisible()


def test_it_goes_with_its_canvas(easel: Easel, qtbot: QtBot) -> None:
    easel.show(board(), Region(20, 10, 96, 96))
    with qtbot.waitSignal(easel.overlay.destroyed):
        easel.widget.deleteLater()


def test_without_a_transform_nothing_is_drawn(easel: Easel) -> None:
    easel.map = None
    assert not easel.overlay.supported
    easel.show(board(), Region(20, 10, 96, 96))
    assert easel.seen().pixelColor(150, 130) == GROUND


def test_a_view_that_is_being_closed_is_no_error(easel: Easel, qtbot: QtBot) -> None:
    easel.show(board(), Region(20, 10, 96, 96))

    def gone() -> Map:
        raise RuntimeError("wrapped C/C++ object has been deleted")

    easel.overlay._canvas = Canvas(easel.widget, gone)
    qtbot.wait(100)  # an exception in the timer's slot would fail the test
    assert not easel.overlay.supported
    assert easel.seen().pixelColor(150, 130) == GROUND


def _plain(color: str, size: int = 96) -> QtGui.QImage:
    image = QtGui.QImage(size, size, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(color))
    return image


def test_lines_lie_on_top_of_the_color_and_only_there(easel: Easel) -> None:
    color, lines = _plain("#ff8040"), _plain("#00000000")
    for image, fill in ((color, QtGui.QColor(0, 0, 0, 0)), (lines, QtGui.QColor(0, 0, 255))):
        painter = QtGui.QPainter(image)
        painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
        if image is color:
            painter.fillRect(0, 0, 96, 48, fill)  # no colour in the upper half
        else:
            painter.fillRect(40, 0, 16, 96, fill)  # a line through both
        painter.end()
    easel.map = (1, 0, 0, 1, 0, 0)
    easel.show(color, Region(0, 0, 96, 96), lines)
    seen = easel.seen()
    assert seen.pixelColor(48, 80) == QtGui.QColor(0, 0, 255)
    assert seen.pixelColor(10, 80) == QtGui.QColor("#ff8040")
    assert seen.pixelColor(10, 10) == GROUND
    assert seen.pixelColor(48, 10) == GROUND  # the canvas shows its own line there


def test_a_scan_is_multiplied_as_its_layer_will_be(easel: Easel) -> None:
    easel.map = (1, 0, 0, 1, 0, 0)
    easel.show(_plain("#ff8040"), Region(0, 0, 96, 96), _plain("#808080"), opaque=True)
    found = easel.seen().pixelColor(48, 48)
    assert (found.red(), found.green(), found.blue()) == pytest.approx((128, 64, 32), abs=1)


def test_dense_screens_get_dense_pixels(easel: Easel) -> None:
    easel.map = affine(1, 30)
    easel.show(board(), Region(20, 10, 96, 96))
    picture = QtGui.QImage(600, 520, QtGui.QImage.Format.Format_ARGB32)
    picture.setDevicePixelRatio(2)
    picture.fill(GROUND)
    painter = QtGui.QPainter(picture)
    easel.overlay.render(painter, QtCore.QPoint(), QtGui.QRegion(), QtWidgets.QWidget.RenderFlag(0))
    painter.end()
    place = QtGui.QTransform(*easel.map).map(QtCore.QPointF(20 + 24, 10 + 56))
    found = picture.pixelColor(round(place.x() * 2), round(place.y() * 2))
    assert found == block_color(1, 3)
