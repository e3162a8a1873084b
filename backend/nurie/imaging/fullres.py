"""Full-resolution colour: the model's small picture brought to the drawing's size without bleeding across lines."""

from __future__ import annotations

import math
from typing import Any, overload

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, from_canvas, max_pool, to_canvas
from nurie.imaging.depth import Levels
from nurie.imaging.ground import figure_mask, is_edge, is_ground, strips
from nurie.imaging.lineart import LineArt
from nurie.imaging.settle import settle, widen_ground

Window = tuple[slice, slice]

__all__ = ["ink_pyramid", "openness", "upscale_color"]

_UNDER_INK = 1e-6
"""Weight of a pixel that lies under a line: used only where there is nothing else within reach."""
_GROUND_COLOR = 1e-3
"""Weight of unpainted ground as a colour: its white is used only where no paint is within reach."""
_SECOND_HAND = 0.02
"""Weight of a colour taken from a neighbour, against one that the model painted there."""
_MARGIN = 4
"""Canvas pixels around the drawing that its colours may come from: the neighbourhoods of all sizes reach less far."""
_BINOMIAL = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 16


@overload
def upscale_color(
    small_rgb: NDArray[np.float32], line_art: LineArt, placement: Placement, *, settled: bool = True
) -> NDArray[np.uint8]: ...


@overload
def upscale_color(
    small_rgb: NDArray[np.float32],
    line_art: LineArt,
    placement: Placement,
    *,
    settled: bool = True,
    levels: type[np.unsignedinteger[Any]],
) -> Levels: ...


def upscale_color(
    small_rgb: NDArray[np.float32],
    line_art: LineArt,
    placement: Placement,
    *,
    settled: bool = True,
    levels: type[np.unsignedinteger[Any]] = np.uint8,
) -> Levels:
    """Colour (s, s, 3) in [0, 1] on the canvas `placement` -> RGBA (H, W, 4) of the drawing's size, in ``levels``.

    Coarse to fine, doubling the size: a pixel takes the colours of the coarse pixels around it, each weighted by how
    free of ink it is (normalised convolution: Knutsson and Westin, 1993, with what lies under ink as missing data). A
    coarse pixel that holds a line holds the colours of both its sides; it counts for next to nothing, and the two
    sides are filled from their own neighbours as soon as the line is resolved. Alpha is 0 on ground that the model
    left white outside the figure. Without ``settled`` what the model painted unevenly stays as it is.
    """
    small = np.clip(np.asarray(small_rgb, dtype=np.float32), 0, 1)
    if small.shape != (placement.size, placement.size, 3):
        raise ValueError(f"colour of shape {small.shape} does not lie on a canvas of {placement.size} px")
    window = _window(placement, line_art.shape)
    inks = ink_pyramid(line_art.ink, placement, window)
    ink: NDArray[np.float32] = np.zeros((placement.size, placement.size), np.float32)
    ink[window] = inks[0]
    ground = widen_ground(is_ground(small, ink), ink)
    edge = is_edge(ground, ink)
    if settled:
        small = settle(small, ground, ink)
    own = np.where(ground | edge, np.float32(_GROUND_COLOR), np.float32(1))
    weighted = np.dstack([small * own[..., None], own])[window]
    for coarse in inks[:-1]:
        weighted = _finer(weighted, coarse)

    result: Levels = np.empty((*line_art.shape, 4), dtype=levels)
    top = np.iinfo(levels).max
    result[..., 3] = figure_mask(ground, edge, line_art.ink, placement) * levels(top // 255)
    for first, last, strip in strips(placement.resized(placement.size * 2 ** (len(inks) - 1)), line_art.shape):
        layers = _last(weighted, inks[-1], strip, (last - first, result.shape[1]), window)
        layers *= top / layers[..., 3:]
        layers += 0.5
        result[first:last, :, :3] = layers[..., :3]
    return result


def openness(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far a pixel's colour is the model's own and not a line's: 1 in the open, about 0 under ink."""
    return np.asarray(np.square(np.square(1 - ink)) + np.float32(_UNDER_INK))


def ink_pyramid(
    ink: NDArray[np.float32], placement: Placement, window: Window | None = None
) -> list[NDArray[np.float32]]:
    """Ink at canvas size first, then doubling for as long as it stays below the placement's side in source pixels.

    Each pixel holds the most ink of all that it covers, so that a thin line is closed at every size. ``window``: only
    this part of the canvas, at each size.
    """
    rows, columns = window or (slice(0, placement.size), slice(0, placement.size))
    if placement.scale >= 1:
        return [to_canvas(ink, placement, fill=0.0)[rows, columns]]
    levels = math.ceil(math.log2(placement.side / placement.size))
    finest = placement.resized(placement.size * 2 ** (levels - 1))
    step = finest.side / finest.size
    # Source pixels that a fine pixel touches: 2 when it covers just these, up to 3 when it covers 1 and a fraction.
    reach = 2 if step == 2 else 3
    ink = np.asarray(cv2.dilate(ink, np.ones((reach, reach), np.uint8)), dtype=np.float32)
    # Each fine pixel reads the dilated ink at its middle; an even kernel hangs over to the left by half a pixel.
    middle = step / 2 - (0.5 if reach == 3 else 0.0)
    times = 2 ** (levels - 1)
    left, top = columns.start * times * step, rows.start * times * step
    matrix = np.array([[step, 0, finest.x0 + middle + left], [0, step, finest.y0 + middle + top]])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    size = ((columns.stop - columns.start) * times, (rows.stop - rows.start) * times)
    pyramid = [np.asarray(cv2.warpAffine(ink, matrix, size, flags=flags), dtype=np.float32)]
    while len(pyramid) < levels:
        fine = pyramid[-1]
        pyramid.append(max_pool(fine, 2))
    return pyramid[::-1]


def _window(placement: Placement, shape: tuple[int, int]) -> Window:
    """The part of the canvas that shows the drawing (H, W), and a few pixels around it."""
    sides = []
    for start, length in ((placement.y0, shape[0]), (placement.x0, shape[1])):
        first = math.floor(-start * placement.scale) - _MARGIN
        last = math.ceil((length - start) * placement.scale) + _MARGIN
        sides.append(slice(min(max(first, 0), placement.size - 1), max(min(last, placement.size), 1)))
    return sides[0], sides[1]


def _finer(weighted: NDArray[np.float32], ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weighted colours (h, w, 4), at their own size or half of it, spread between the lines of ``ink`` (H, W)."""
    if weighted.shape[:2] != ink.shape:
        weighted = np.asarray(cv2.resize(weighted, ink.shape[::-1]), dtype=np.float32)
    return _hand_on(weighted * openness(ink)[..., None])


def _last(
    weighted: NDArray[np.float32], ink: NDArray[np.float32], strip: Placement, shape: tuple[int, int], window: Window
) -> NDArray[np.float32]:
    """The finest size, made only where a strip (H, W) of the drawing shows it, and brought there: (H, W, 4)."""
    times = ink.shape[0] // weighted.shape[0]
    whole = ink.shape[0] // (window[0].stop - window[0].start)
    top, left = window[0].start * whole, window[1].start * whole
    above = math.floor(-strip.y0 * strip.scale) - top
    below = math.ceil((shape[0] - strip.y0) * strip.scale) - top
    first = min(max(above // times - _MARGIN, 0), len(weighted) - 1)
    last = max(min(below // times + _MARGIN, len(weighted)), first + 1)
    fine = _finer(weighted[first:last], ink[first * times : last * times])
    return from_canvas(fine, strip, shape, first=(top + first * times, left))


def _hand_on(weighted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Let pixels without a colour of their own take their neighbours', at a small weight: second-hand colours."""
    around = np.asarray(cv2.filter2D(weighted, -1, _BINOMIAL, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
    around *= np.float32(_SECOND_HAND) * np.maximum(1 - weighted[..., 3:], 0)
    around += weighted
    return around
