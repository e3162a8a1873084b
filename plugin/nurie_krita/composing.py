# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that is laid over the canvas: colour with the lines on top. For threads, strip by strip: QPainter and
QImage.scaled hold the interpreter's lock while they run, and the GUI thread would wait for a whole page of it."""

from __future__ import annotations

from .document_pixels import strips
from .qt import QtCore, QtGui

__all__ = ["composed", "halved", "reduced"]

_PREMULTIPLIED = QtGui.QImage.Format.Format_ARGB32_Premultiplied
"""What drawing is fastest with."""
_STRIP_PIXELS = 500_000
_SMALLEST = 64
"""Pixels of the longer side below which a picture is not halved any more."""
_ASPECT = QtCore.Qt.AspectRatioMode
_SMOOTH = QtCore.Qt.TransformationMode.SmoothTransformation


def composed(
    color: QtGui.QImage, lines: QtGui.QImage | None = None, *, opaque: bool = False, dark: bool = False
) -> QtGui.QImage:
    """Colour with the lines on top where there is colour, premultiplied, the larger of the two sizes.

    Opaque line art (a scan) is multiplied, or screened where its ground is dark, as the layer will be.
    """
    size = color.size() if lines is None or lines.width() < color.width() else lines.size()
    picture = QtGui.QImage(size, _PREMULTIPLIED)
    for top, rows in strips(size.height(), size.width(), pixels=_STRIP_PIXELS):
        part = QtCore.QRect(0, top, size.width(), rows)
        strip = _part(color, size, part)
        if lines is not None:
            _draw_lines(strip, _part(lines, size, part), opaque=opaque, dark=dark)
        _put(strip, picture, top)
    return picture


def halved(picture: QtGui.QImage) -> list[QtGui.QImage]:
    """The picture, and each time half of it until that is small: bilinear drawing skips pixels below one half."""
    levels = [picture]
    while max(levels[-1].width(), levels[-1].height()) >= 2 * _SMALLEST:
        levels.append(_half(levels[-1]))
    return levels


def reduced(lines: QtGui.QImage, side: int) -> QtGui.QImage:
    """Lines with at most ``side`` pixels a side, as they are where they have no more."""
    if max(lines.width(), lines.height()) <= side:
        return lines
    # First without smoothing to twice the size: smooth scaling from full size would take long in one piece.
    rough = lines.scaled(2 * side, 2 * side, _ASPECT.KeepAspectRatio)
    return rough.scaled(side, side, _ASPECT.KeepAspectRatio, _SMOOTH)


def _part(image: QtGui.QImage, size: QtCore.QSize, part: QtCore.QRect) -> QtGui.QImage:
    """A part of a picture as it is when stretched to a size."""
    if image.size() == size:
        return image.copy(part).convertToFormat(_PREMULTIPLIED)
    strip = QtGui.QImage(part.size(), _PREMULTIPLIED)
    strip.fill(0)
    painter = QtGui.QPainter(strip)
    painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QtCore.QRectF(-part.x(), -part.y(), size.width(), size.height()), image)
    painter.end()
    return strip


def _draw_lines(color: QtGui.QImage, lines: QtGui.QImage, *, opaque: bool, dark: bool) -> None:
    modes = QtGui.QPainter.CompositionMode
    if not opaque:
        mode = modes.CompositionMode_SourceAtop
    else:
        # Blended only where there is colour: elsewhere the canvas shows the scan already.
        under = QtGui.QPainter(lines)
        under.setCompositionMode(modes.CompositionMode_DestinationIn)
        under.drawImage(0, 0, color)
        under.end()
        mode = modes.CompositionMode_Screen if dark else modes.CompositionMode_Multiply
    painter = QtGui.QPainter(color)
    painter.setCompositionMode(mode)
    painter.drawImage(0, 0, lines)
    painter.end()


def _put(strip: QtGui.QImage, picture: QtGui.QImage, top: int) -> None:
    painter = QtGui.QPainter(picture)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(0, top, strip)
    painter.end()


def _half(picture: QtGui.QImage) -> QtGui.QImage:
    half = QtGui.QImage((picture.width() + 1) // 2, (picture.height() + 1) // 2, _PREMULTIPLIED)
    for top, rows in strips(half.height(), half.width(), pixels=_STRIP_PIXELS // 4):
        part = picture.copy(0, 2 * top, picture.width(), min(2 * rows, picture.height() - 2 * top))
        _put(part.scaled(half.width(), rows, _ASPECT.IgnoreAspectRatio, _SMOOTH), half, top)
    return half
