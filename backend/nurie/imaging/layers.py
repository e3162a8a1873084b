"""Layers: a painting as a painting program keeps it - lines, highlights, shadows and flats, each by itself.

The stack shows what the style shows: flats, darkened by shadows (multiply), lightened by highlights (addition), under
the lines. Everything is done in 8-bit sRGB, as painting programs do it, so that what they show is what is written.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.lineart import LineArt, darkest_channel
from nurie.imaging.painting import Painting

__all__ = ["Layer", "Stack", "line_layer", "merge", "to_layers"]

Bytes = NDArray[np.uint8]

_LEAST = 2
"""Levels below which a tone is no shadow and no highlight but rounding."""


@dataclass(frozen=True)
class Layer:
    """``rgba`` uint8 (H, W, 4), straight alpha; ``mode`` "normal", "multiply" or "add"."""

    name: str
    rgba: Bytes
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


def to_layers(painting: Painting) -> Stack:
    """The painting's layers: Lines; Highlights, Shadows and Flats; Paper, where the drawing has any."""
    flats, color = painting.flats(), painting.color()
    flats[..., 3] = color[..., 3]
    base, tone = flats[..., :3], color[..., :3]
    # Half-transparent rims of a mask hold their tone themselves: no layer above could darken just so much of them.
    solid = color[..., 3:] == 255
    base = np.where(solid, base, tone)
    colors = [Layer("Flats", np.dstack([base, flats[..., 3]]))]
    if painting.style != "flats":
        darker = _quotient(tone, base)
        darker[darker > 255 - _LEAST] = 255
        lighter = np.asarray(cv2.subtract(tone, base), np.uint8)
        lighter[lighter < _LEAST] = 0
        colors = [
            Layer("Highlights", _where(lighter, solid & (lighter > 0).any(axis=2, keepdims=True)), "add"),
            Layer("Shadows", _where(darker, solid & (darker < 255).any(axis=2, keepdims=True)), "multiply"),
            *colors,
        ]
    return Stack((Layer("Lines", line_layer(painting.line_art)),), tuple(colors), _paper(painting.line_art))


def line_layer(line_art: LineArt) -> Bytes:
    """The drawing's lines alone, RGBA (H, W, 4): how much of the paper they cover as alpha, and their own colour.

    Laid over the paper, they are the drawing again, to a level. Lines on transparent ground are what they were.
    """
    if line_art.alpha is not None and line_art.strokes is not None and not _is_filled(line_art):
        return np.dstack([line_art.strokes, line_art.alpha])
    page = line_art.page
    if line_art.paper is not None:
        page = np.asarray(cv2.divide(page, line_art.paper, scale=255), np.uint8)
    alpha = cv2.bitwise_not(darkest_channel(page))
    # page = color * alpha + 255 * (1 - alpha), solved for the color.
    missing = cv2.bitwise_not(page)
    color = cv2.bitwise_not(cv2.divide(missing, np.repeat(alpha[..., None], 3, axis=2), scale=255))
    if line_art.light:
        color = cv2.bitwise_not(color)
    color[alpha == 0] = 0
    return np.dstack([color, alpha]).astype(np.uint8, copy=False)


def merge(stack: Stack) -> Bytes:
    """What the stack shows: RGBA (H, W, 4)."""
    result: Bytes = np.zeros((*stack.shape, 4), np.uint8)
    for layer in reversed(stack.below):
        result = _over(layer.rgba, result)
    group: Bytes = np.zeros_like(result)
    for layer in reversed(stack.colors):
        group = _over(_blended(layer, group), group)
    result = _over(group, result)
    for layer in reversed(stack.above):
        result = _over(layer.rgba, result)
    return result


def _blended(layer: Layer, under: Bytes) -> Bytes:
    """A layer with its mode worked in, to lie over ``under`` as a normal one; that is opaque or clear."""
    if layer.mode == "normal":
        return layer.rgba
    first, second = layer.rgba[..., :3], under[..., :3]
    mixed = cv2.add(first, second) if layer.mode == "add" else cv2.multiply(first, second, scale=1 / 255)
    return np.dstack([mixed, layer.rgba[..., 3]])


def _over(top: Bytes, bottom: Bytes) -> Bytes:
    """Straight alpha over straight alpha (Porter and Duff, 1984), in whole levels; (H, W, 4)."""
    cover = top[..., 3]
    if not cover.any():
        return bottom
    result: Bytes = np.array(bottom, np.uint8)
    rows, columns = np.nonzero(cover)
    above, below = top[rows, columns].astype(np.float32), bottom[rows, columns].astype(np.float32)
    share = above[:, 3:] / 255
    rest = below[:, 3:] / 255 * (1 - share)
    total = share + rest
    result[rows, columns, :3] = (above[:, :3] * share + below[:, :3] * rest) / total + 0.5
    result[rows, columns, 3] = (total * 255 + 0.5)[:, 0]
    return result


def _quotient(tone: Bytes, base: Bytes) -> Bytes:
    """By what base must be multiplied to become tone, in levels; 255 where tone is lighter."""
    return np.asarray(cv2.divide(cv2.min(tone, base), np.maximum(base, 1), scale=255), np.uint8)


def _where(rgb: Bytes, there: NDArray[np.bool_]) -> Bytes:
    return np.dstack([rgb, np.where(there, np.uint8(255), np.uint8(0))])


def _paper(line_art: LineArt) -> tuple[Layer, ...]:
    if line_art.alpha is not None:
        return ()
    paper = np.full((*line_art.shape, 4), 255, np.uint8)
    paper[..., :3] = 0 if line_art.light else 255
    return (Layer("Paper", paper),)


def _is_filled(line_art: LineArt) -> bool:
    """Whether a drawing with transparency is white inside (a cut-out figure): its white would hide all colour."""
    if line_art.alpha is None:
        return False
    solid = line_art.alpha > 200
    return bool((solid & (line_art.ink < 0.1)).sum() > 0.5 * solid.sum())
