# SPDX-License-Identifier: GPL-3.0-or-later
"""How a picture looks in the gallery and among the results. Nothing is ever laid over it: its colours matter."""

from __future__ import annotations

from collections import OrderedDict

from nurie_krita.qt import QtCore, QtGui
from nurie_krita.ui import glyphs
from nurie_krita.ui.theme import Theme, mix

__all__ = ["RADIUS", "Scaled", "cover", "paint_badge", "paint_frame", "paint_tile"]

RADIUS = 5.0
_RING = 2.0
_KEPT = 400
_TOP_BIAS = 0.05
"""Of what is cut off a tall picture, the share that goes at the top: faces are there."""


def cover(picture: QtCore.QSize, target: QtCore.QSizeF) -> QtCore.QRectF:
    """The largest part of a picture with the target's proportions; a tall one loses more of its foot than its head."""
    if picture.isEmpty() or target.isEmpty():
        return QtCore.QRectF()
    scale = min(picture.width() / target.width(), picture.height() / target.height())
    width, height = target.width() * scale, target.height() * scale
    return QtCore.QRectF((picture.width() - width) / 2, (picture.height() - height) * _TOP_BIAS, width, height)


class Scaled:
    """Thumbnails scaled once to the size and density they are shown at, the last few hundred."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int, int, float], QtGui.QPixmap] = OrderedDict()

    def get(self, image: QtGui.QImage, size: QtCore.QSize, ratio: float) -> QtGui.QPixmap:
        """The image covering ``size`` logical pixels at a device pixel ratio."""
        key = (image.cacheKey(), size.width(), size.height(), ratio)
        pixmap = self._kept.pop(key, None)
        if pixmap is None:
            part = cover(image.size(), QtCore.QSizeF(size)).toAlignedRect().intersected(image.rect())
            wanted = QtCore.QSize(round(size.width() * ratio), round(size.height() * ratio))
            ignore, smooth = (
                QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
                QtCore.Qt.TransformationMode.SmoothTransformation,
            )
            pixmap = QtGui.QPixmap(wanted)
            pixmap.fill(QtGui.QColor(255, 255, 255))  # the ground where the picture is transparent
            painter = QtGui.QPainter(pixmap)
            painter.drawImage(0, 0, image.copy(part).scaled(wanted, ignore, smooth))
            painter.end()
            pixmap.setDevicePixelRatio(ratio)
        self._kept[key] = pixmap
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return pixmap


def paint_tile(painter: QtGui.QPainter, box: QtCore.QRectF, pixmap: QtGui.QPixmap | None, colors: Theme) -> None:
    """The picture with round corners, a quiet surface while there is none."""
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    # As a brush, since the edge of a clip is not smooth; the painter is moved because a brush's own origin is
    # misplaced on dense screens.
    painter.translate(box.topLeft())
    painter.setBrush(QtGui.QBrush(colors.raised) if pixmap is None else QtGui.QBrush(pixmap))
    painter.drawRoundedRect(QtCore.QRectF(QtCore.QPointF(0, 0), box.size()), RADIUS, RADIUS)
    painter.restore()


def paint_frame(
    painter: QtGui.QPainter, box: QtCore.QRectF, colors: Theme, *, chosen: bool, hover: bool, focus: bool
) -> None:
    """What says that a picture is chosen: a ring around it, a gap away, in the accent colour."""
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    if not chosen:
        share = 0.45 if hover else 0.0
        painter.setPen(QtGui.QPen(mix(colors.line, colors.text, share), 1))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS - 0.5, RADIUS - 0.5)
    if chosen or focus:
        accent = mix(colors.ring, colors.text, 0.25) if hover and chosen else colors.ring
        pen = QtGui.QPen(accent if chosen else colors.text, _RING if chosen else 1.0)
        if focus:
            pen.setColor(colors.text)
            pen.setStyle(QtCore.Qt.PenStyle.SolidLine)
        if focus and chosen:  # both: the ring stays the accent's, a fine line around it says where the keys go
            painter.setPen(QtGui.QPen(accent, _RING))
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), RADIUS + 2, RADIUS + 2)
            painter.setPen(QtGui.QPen(colors.text, 1.0))
            painter.drawRoundedRect(box.adjusted(-3.5, -3.5, 3.5, 3.5), RADIUS + 3.5, RADIUS + 3.5)
            return
        painter.setPen(pen)
        painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), RADIUS + 2, RADIUS + 2)


def paint_badge(painter: QtGui.QPainter, box: QtCore.QRectF, colors: Theme, number: int, *, on: bool) -> None:
    """A disc at the corner: a tick, a number where order matters, or hollow to say that it can be switched on."""
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtGui.QPen(QtGui.QColor(255, 255, 255, 235), 1.4))
    painter.setBrush(colors.accent if on else QtGui.QColor(0, 0, 0, 90))
    painter.drawEllipse(box)
    if not on:
        return
    if number:
        font = painter.font()
        font.setBold(True)
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(colors.on_accent)
        painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, str(number))
    else:
        glyphs.paint(painter, "check", box.adjusted(2.5, 2.5, -2.5, -2.5), colors.on_accent)
