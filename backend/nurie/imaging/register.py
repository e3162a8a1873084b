"""Registration: the reference's own lines laid onto those of the drawing.

A correspondence network answers for cells of several pixels, so that what it fetches lies some pixels beside where it
belongs: an eye's white on the lid. Where the drawing's lines and the fetched picture's lines and edges look alike, they
tell the rest. From coarse to fine, each pixel takes the small shift at which the two correlate best around it
(normalised cross-correlation: Lewis, "Fast Normalized Cross-Correlation", 1995).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Pass", "line_likeness", "nudged", "registered"]

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Pass:
    """One search: ``step`` canvas pixels a point, ``reach`` points to each side, over a window of ``window`` points."""

    step: int
    reach: int
    window: int


_PASSES = (Pass(4, 2, 7), Pass(2, 2, 7))
_STAYS = 0.06
"""How much better than where it is another place must correlate."""
_DEAR = 0.0015
"""What a shift costs, for each squared canvas pixel."""
_SMOOTH = 2.0
"""Standard deviation in points over which shifts are evened out: neighbours move alike."""
_FLAT = 1e-5
"""Variance below which there is nothing to be compared."""


def registered(at: Array, reference: Array, ink: Array) -> tuple[Array, Array]:
    """A warp (S, S, 2), pixels (x, y) of the reference canvas (S, S, 3) in [-1, 1], moved so that the reference's lines
    lie under those of the drawing, ``ink`` (S, S) in [0, 1]; and how alike they look around each pixel, (S, S) in
    [-1, 1]."""
    alike = np.zeros_like(ink)
    for search in _PASSES:
        fetched = cv2.remap(reference, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        at, alike = nudged(at, np.asarray(fetched, np.float32), ink, search)
    return at, alike


def nudged(at: Array, fetched: Array, ink: Array, search: Pass) -> tuple[Array, Array]:
    """One such pass over a warp (S, S, 2) and what it ``fetched`` (S, S, 3) in [-1, 1]."""
    size = len(ink)
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    shift, alike = _shifts(ink, line_likeness(fetched), search)
    x, y = columns + shift[..., 0], rows + shift[..., 1]
    return np.asarray(cv2.remap(at, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32), alike


def line_likeness(picture: Array) -> Array:
    """How much each pixel of a picture (S, S, 3) in [-1, 1] looks like a drawn line or an edge: (S, S), at least 0.

    Dark strokes thinner than 7 pixels (black-hat), and half as much where lightness or hue changes.
    """
    unit = np.clip((picture + 1) / 2, 0, 1).astype(np.float32)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    strokes = cv2.morphologyEx(cv2.cvtColor(unit, cv2.COLOR_RGB2GRAY), cv2.MORPH_BLACKHAT, kernel)
    lab = cv2.GaussianBlur(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB), (0, 0), 0.8)
    slope = np.sqrt(cv2.Sobel(lab, -1, 1, 0) ** 2 + cv2.Sobel(lab, -1, 0, 1) ** 2).max(axis=2) / 400
    return np.asarray(np.minimum(2 * strokes, 1) + np.minimum(1.5 * slope, 0.7) / 2, np.float32)


def _shifts(ink: Array, like: Array, search: Pass) -> tuple[Array, Array]:
    """The shift (S, S, 2) in canvas pixels at which ``like`` correlates best with the ink, and how well (S, S)."""
    size = len(ink)
    lines, edges = (_reduced(picture, search.step) for picture in (ink, like))

    def mean(values: Array) -> Array:
        window = (search.window, search.window)
        return np.asarray(cv2.blur(cv2.blur(values, window), window), np.float32)

    line_mean, edge_mean = mean(lines), mean(edges)
    line_scale, edge_scale = (
        np.asarray(1 / np.sqrt(np.maximum(mean(values * values) - middle * middle, _FLAT)), np.float32)
        for values, middle in ((lines, line_mean), (edges, edge_mean))
    )
    edges, edge_mean, edge_scale = (
        np.asarray(cv2.copyMakeBorder(values, *(search.reach,) * 4, cv2.BORDER_REPLICATE), np.float32)
        for values in (edges, edge_mean, edge_scale)
    )
    best = np.full(lines.shape, -np.inf, np.float32)
    alike = np.zeros(lines.shape, np.float32)
    shift = np.zeros((*lines.shape, 2), np.float32)
    for dx, dy in _within(search.reach):
        place = tuple(slice(search.reach + d, search.reach + d + len(lines)) for d in (dy, dx))
        together = mean(lines * edges[place])
        correlation = (together - line_mean * edge_mean[place]) * line_scale * edge_scale[place]
        away = search.step**2 * (dx * dx + dy * dy)
        score = correlation + (_STAYS if away == 0 else -_DEAR * away)
        better = score > best
        best[better] = score[better]
        alike[better] = correlation[better]
        shift[better] = dx, dy
    smooth = cv2.GaussianBlur(shift * search.step, (0, 0), _SMOOTH)
    alike = np.clip(alike, -1, 1)  # at the rim windows are not quite the same
    larger = [cv2.resize(values, (size, size), interpolation=cv2.INTER_LINEAR) for values in (smooth, alike)]
    return np.asarray(larger[0], np.float32), np.asarray(larger[1], np.float32)


def _reduced(picture: Array, step: int) -> Array:
    side = len(picture) // step
    fine = cv2.GaussianBlur(picture, (0, 0), 1.2)
    return np.asarray(cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def _within(reach: int) -> Iterator[tuple[int, int]]:
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            yield dx, dy
