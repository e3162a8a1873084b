"""Styles: how colour lies between the lines - flat, in tones that keep to their areas, or softly."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.field import Field
from nurie.imaging.fill import Fill
from nurie.imaging.growth import tiled
from nurie.imaging.oklab import oklab_to_rgb

__all__ = ["STYLES", "flat_color", "toned_color"]

Bytes = NDArray[np.uint8]
Box = tuple[slice, slice]

STYLES = ("flats", "shaded", "soft")


def flat_color(fill: Fill) -> Bytes:
    """One colour an area: RGBA (H, W, 4), transparent on ground."""
    table = np.zeros((fill.count + 1, 4), np.uint8)
    table[:, :3] = oklab_to_rgb(fill.colors) * 255 + np.float32(0.5)
    table[:, 3] = np.where(fill.painted, 255, 0)
    result: Bytes = np.empty((*fill.labels.shape, 4), np.uint8)

    def work(inner: Box, _outer: Box, _cut: Box) -> None:
        result[inner] = _rows(table, fill.labels[inner])

    tiled((fill.labels.shape[0], fill.labels.shape[1]), 0, work)
    return result


def toned_color(fill: Fill, field: Field, *, flatness: float = 0.0) -> Bytes:
    """The model's colours, each held within its area's range of tones: RGBA (H, W, 4), transparent on ground.

    So no tone crosses a line, however coarse the model's picture is. ``flatness`` in [0, 1] draws tones towards the
    area's one colour.
    """
    height, width = fill.labels.shape
    mean = oklab_to_rgb(fill.colors) * 255
    low, high = (_drawn(end, mean, flatness) for end in (fill.low, fill.high))
    flat = (mean + 0.5).astype(np.uint8)
    alpha = np.where(fill.painted, np.uint8(255), np.uint8(0))
    # All that a pixel needs to know of its area in one look: 8 + 4 bytes.
    ranges = np.column_stack([low, alpha, high, alpha])
    flats = np.column_stack([flat, alpha])
    source = np.dstack([field.rgba[..., :3], np.full(field.rgba.shape[:2], 255, np.uint8)])
    shifts = np.rint(fill.shifts).astype(np.int16)
    moved = bool(shifts.any())
    result: Bytes = np.empty((height, width, 4), np.uint8)

    def work(inner: Box, _outer: Box, _cut: Box) -> None:
        labels = fill.labels[inner]
        tones = source[inner] if field.step == 1 else _enlarged(source, inner, field.step)
        if moved:
            tones = tones.copy()
            tones[..., :3] = np.clip(tones[..., :3] + shifts[labels], 0, 255)
        if flatness:
            tones = np.asarray(cv2.addWeighted(tones, 1 - flatness, _rows(flats, labels), flatness, 0), np.uint8)
        ends = _rows(ranges, labels)
        # Where both ends of the range are the area's alpha, what comes out is that alpha.
        result[inner] = cv2.min(cv2.max(tones, ends[..., :4]), ends[..., 4:])

    tiled((height, width), 0, work)
    return result


def _rows(table: Bytes, labels: NDArray[np.uint16]) -> Bytes:
    """``table[labels]`` for rows of 4 or 8 bytes, each fetched as one number, which is several times as fast."""
    width = table.shape[1]
    words = np.ascontiguousarray(table).view(np.uint32 if width == 4 else np.uint64)[:, 0]
    return np.take(words, labels).view(np.uint8).reshape(*labels.shape, width)


def _drawn(end: Bytes, mean: NDArray[np.float32], flatness: float) -> Bytes:
    return np.asarray(end * (1 - flatness) + mean * flatness + 0.5, np.float32).clip(0, 255).astype(np.uint8)


def _enlarged(source: Bytes, inner: tuple[slice, slice], step: int) -> Bytes:
    """The part of a picture that a tile of the drawing shows, ``step`` times as large, bilinear."""
    top, left = inner[0].start, inner[1].start
    size = (inner[1].stop - left, inner[0].stop - top)
    middle = (1 - step) / 2 / step
    matrix = np.array([[1 / step, 0, left / step + middle], [0, 1 / step, top / step + middle]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)
