"""Layers: a painting as a painting program keeps it - lines, highlights, shadows and flats, each by itself.

The stack shows what the style shows: flats, darkened by shadows (multiply), lightened by highlights (addition), under
the lines. Everything is done in sRGB of 8 (or 16) bits, as painting programs do it, so that what they show is what is
written.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.depth import Levels, top_level
from nurie.imaging.drawn import drawn
from nurie.imaging.lineart import LineArt
from nurie.imaging.painting import Painting

__all__ = ["Layer", "Stack", "line_layer", "merge", "to_layers"]

_LEAST = 2
"""Levels, of 255 or of 65535, below which a tone is no shadow and no highlight but rounding."""


@dataclass(frozen=True)
class Layer:
    """``rgba`` uint8 or uint16 (H, W, 4), straight alpha; ``mode`` "normal", "multiply" or "add"."""

    name: str
    rgba: Levels
    mode: str = "normal"


@dataclass(frozen=True)
class Stack:
    """Layers from the top to the bottom; ``colors`` lie together in a group named ``group``, blended by themselves."""

    above: tuple[Layer, ...]
    colors: tuple[Layer, ...]
    below: tuple[Layer, ...]
    group: str = "Colors"

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        height, width = self.colors[0].rgba.shape[:2]
        return height, width

    @property
    def depth(self) -> int:
        """Bits a channel, 8 or 16, of all layers."""
        return 8 * self.colors[0].rgba.itemsize


def to_layers(painting: Painting) -> Stack:
    """The painting's layers: Lines; Highlights, Shadows and Flats; Paper, where the drawing has any."""
    flats, color = painting.flats(), painting.color()
    flats[..., 3] = color[..., 3]
    base, tone = flats[..., :3], color[..., :3]
    top = top_level(color)
    # Half-transparent rims of a mask hold their tone themselves: no layer above could darken just so much of them.
    solid = color[..., 3:] == top
    base = np.where(solid, base, tone)
    colors = [Layer("Flats", np.dstack([base, flats[..., 3]]))]
    if painting.style != "flats":
        darker = _quotient(tone, base)
        darker[darker > top - _LEAST] = top
        lighter = np.asarray(cv2.subtract(tone, base), color.dtype)
        lighter[lighter < _LEAST] = 0
        colors = [
            Layer("Highlights", _where(lighter, solid & (lighter > 0).any(axis=2, keepdims=True)), "add"),
            Layer("Shadows", _where(darker, solid & (darker < top).any(axis=2, keepdims=True)), "multiply"),
            *colors,
        ]
    lines = Layer("Lines", line_layer(painting.line_art, painting.depth))
    return Stack((lines,), tuple(colors), _paper(painting.line_art, color))


def line_layer(line_art: LineArt, depth: int = 8) -> Levels:
    """The drawing's lines alone, RGBA (H, W, 4) of 8 or 16 bits: how much of the paper they cover as alpha, and their
    own colour.

    Laid over the paper, they are the drawing again, to a level. Lines on transparent ground are what they were.
    """
    own = drawn(line_art, np.zeros(0, np.uint16 if depth == 16 else np.uint8))
    if own.alpha is not None and own.strokes is not None:
        return np.dstack([own.strokes, own.alpha])
    page, dtype, top = own.page, own.page.dtype, top_level(own.page)
    if own.paper is not None:
        page = np.asarray(cv2.divide(page, own.paper, scale=top), dtype)
    red, green, blue = cv2.split(page)
    alpha = cv2.bitwise_not(cv2.min(cv2.min(red, green), blue))
    # page = color * alpha + top * (1 - alpha), solved for the color.
    missing = cv2.bitwise_not(page)
    color = cv2.bitwise_not(cv2.divide(missing, np.repeat(alpha[..., None], 3, axis=2), scale=top))
    if line_art.light:
        color = cv2.bitwise_not(color)
    color[alpha == 0] = 0
    return np.dstack([color, alpha]).astype(dtype, copy=False)


def merge(stack: Stack) -> Levels:
    """What the stack shows: RGBA (H, W, 4) of its depth."""
    result: Levels = np.zeros((*stack.shape, 4), stack.colors[0].rgba.dtype)
    for layer in reversed(stack.below):
        result = _over(layer.rgba, result)
    group: Levels = np.zeros_like(result)
    for layer in reversed(stack.colors):
        group = _over(_blended(layer, group), group)
    result = _over(group, result)
    for layer in reversed(stack.above):
        result = _over(layer.rgba, result)
    return result


def _blended(layer: Layer, under: Levels) -> Levels:
    """A layer with its mode worked in, to lie over ``under`` as a normal one; that is opaque or clear."""
    if layer.mode == "normal":
        return layer.rgba
    first, second = layer.rgba[..., :3], under[..., :3]
    mixed = cv2.add(first, second) if layer.mode == "add" else cv2.multiply(first, second, scale=1 / top_level(first))
    return np.dstack([mixed, layer.rgba[..., 3]])


def _over(top: Levels, bottom: Levels) -> Levels:
    """Straight alpha over straight alpha (Porter and Duff, 1984), in whole levels; (H, W, 4)."""
    cover = top[..., 3]
    if not cover.any():
        return bottom
    result: Levels = np.array(bottom)
    full = top_level(top)
    rows, columns = np.nonzero(cover)
    above, below = top[rows, columns].astype(np.float32), bottom[rows, columns].astype(np.float32)
    share = above[:, 3:] / full
    rest = below[:, 3:] / full * (1 - share)
    total = share + rest
    result[rows, columns, :3] = (above[:, :3] * share + below[:, :3] * rest) / total + 0.5
    result[rows, columns, 3] = (total * full + 0.5)[:, 0]
    return result


def _quotient(tone: Levels, base: Levels) -> Levels:
    """By what base must be multiplied to become tone, in levels; the top level where tone is lighter."""
    return np.asarray(cv2.divide(cv2.min(tone, base), np.maximum(base, 1), scale=top_level(base)), base.dtype)


def _where(rgb: Levels, there: NDArray[np.bool_]) -> Levels:
    return np.dstack([rgb, np.where(there, top_level(rgb), 0).astype(rgb.dtype)])


def _paper(line_art: LineArt, color: Levels) -> tuple[Layer, ...]:
    if line_art.alpha is not None:
        return ()
    paper = np.full((*line_art.shape, 4), top_level(color), color.dtype)
    paper[..., :3] = 0 if line_art.light else top_level(color)
    return (Layer("Paper", paper),)
