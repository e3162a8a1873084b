"""Styles: how colour lies between the lines - flat, in tones that keep to their areas, or softly."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.depth import Levels, like, top_level
from nurie.imaging.field import Field
from nurie.imaging.fill import Fill
from nurie.imaging.growth import tiled
from nurie.imaging.oklab import oklab_to_rgb

__all__ = ["STYLES", "flat_color", "toned_color"]

Box = tuple[slice, slice]

STYLES = ("flats", "shaded", "soft")
_WORDS = {4: np.uint32, 8: np.uint64, 16: np.complex128}
"""Numbers by their bytes."""


def flat_color(fill: Fill, depth: int = 8) -> Levels:
    """One colour an area: RGBA (H, W, 4) of 8 or 16 bits, transparent on ground."""
    table: Levels = np.zeros((fill.count + 1, 4), np.uint16 if depth == 16 else np.uint8)
    top = top_level(table)
    table[:, :3] = oklab_to_rgb(fill.colors) * top + np.float32(0.5)
    table[:, 3] = np.where(fill.painted, top, 0)
    result: Levels = np.empty((*fill.labels.shape, 4), table.dtype)

    def work(inner: Box, _outer: Box, _cut: Box) -> None:
        result[inner] = _rows(table, fill.labels[inner])

    tiled((fill.labels.shape[0], fill.labels.shape[1]), 0, work)
    return result


def toned_color(fill: Fill, field: Field, *, flatness: float = 0.0) -> Levels:
    """The model's colours, each held within its area's range of tones: RGBA (H, W, 4), transparent on ground; of 16
    bits where the field is.

    So no tone crosses a line, however coarse the model's picture is. ``flatness`` in [0, 1] draws tones towards the
    area's one colour.
    """
    height, width = fill.labels.shape
    field_rgba: Levels = field.rgba if field.deep is None else field.deep
    top = top_level(field_rgba)
    dtype = field_rgba.dtype
    mean = oklab_to_rgb(fill.colors) * top
    low, high = (_drawn(like(end, field_rgba), mean, flatness) for end in (fill.low, fill.high))
    flat = (mean + 0.5).astype(dtype)
    alpha = np.where(fill.painted, top, 0).astype(dtype)
    # All that a pixel needs to know of its area in one look: 8 + 4 levels.
    ranges = np.column_stack([low, alpha, high, alpha])
    flats = np.column_stack([flat, alpha])
    source = np.dstack([field_rgba[..., :3], np.full(field_rgba.shape[:2], top, dtype)])
    shifts = np.rint(fill.shifts * (top // 255)).astype(np.int32)
    moved = bool(shifts.any())
    result: Levels = np.empty((height, width, 4), dtype)

    def work(inner: Box, _outer: Box, _cut: Box) -> None:
        labels = fill.labels[inner]
        tones = source[inner] if field.step == 1 else _enlarged(source, inner, field.step)
        if moved:
            tones = tones.copy()
            tones[..., :3] = np.clip(tones[..., :3] + shifts[labels], 0, top)
        if flatness:
            tones = np.asarray(cv2.addWeighted(tones, 1 - flatness, _rows(flats, labels), flatness, 0), dtype)
        ends = _rows(ranges, labels)
        # Where both ends of the range are the area's alpha, what comes out is that alpha.
        result[inner] = cv2.min(cv2.max(tones, ends[..., :4]), ends[..., 4:])

    tiled((height, width), 0, work)
    return result


def _rows(table: Levels, labels: NDArray[np.uint16]) -> Levels:
    """``table[labels]`` for rows of 4, 8 or 16 bytes, each fetched as one number, which is several times as fast."""
    width = table.shape[1]
    words: NDArray[Any] = np.ascontiguousarray(table).view(_WORDS[width * table.itemsize])[:, 0]
    return np.take(words, labels).view(table.dtype).reshape(*labels.shape, width)


def _drawn(end: Levels, mean: NDArray[np.float32], flatness: float) -> Levels:
    drawn = np.asarray(end * (1 - flatness) + mean * flatness + 0.5, np.float32)
    return drawn.clip(0, top_level(end)).astype(end.dtype)


def _enlarged(source: Levels, inner: tuple[slice, slice], step: int) -> Levels:
    """The part of a picture that a tile of the drawing shows, ``step`` times as large, bilinear."""
    top, left = inner[0].start, inner[1].start
    size = (inner[1].stop - left, inner[0].stop - top)
    middle = (1 - step) / 2 / step
    matrix = np.array([[1 / step, 0, left / step + middle], [0, 1 / step, top / step + middle]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), source.dtype)
