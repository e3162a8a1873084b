"""Compose: colour under the artist's own lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.depth import Level, top_level
from nurie.imaging.drawn import drawn, mixed
from nurie.imaging.lineart import LineArt

__all__ = ["compose"]


def compose(color: NDArray[Level], line_art: LineArt) -> NDArray[Level]:
    """Colour RGBA (H, W, 4), of 8 or 16 bits, under the drawing -> RGB (H, W, 3) of the same depth.

    Lines on transparent ground lie over the colour as in any layer stack. Lines on a white or toned page multiply, as
    the layer mode of the same name; the tone of the paper itself is not multiplied in, so that grey paper does not
    grey the colours. Light lines on dark ground screen, which is to multiply in the negative. What is not painted
    shows the drawing as it is.
    """
    if color.shape != (*line_art.shape, 4):
        raise ValueError(f"colour of shape {color.shape} does not fit a drawing of {line_art.shape}")
    dtype, top = color.dtype, top_level(color)
    own = drawn(line_art, color)
    alpha = np.repeat(color[..., 3:], 3, axis=2)
    if own.alpha is not None and own.strokes is not None:
        ground = np.full((*line_art.shape, 3), 0 if line_art.light else top, dtype)
        under = mixed(color[..., :3], ground, alpha)
        cover = np.repeat(own.alpha[..., None], 3, axis=2)
        return np.asarray(mixed(own.strokes, under, cover), dtype)
    lines = own.page
    paint = cv2.bitwise_not(color[..., :3]) if line_art.light else color[..., :3]
    if own.paper is not None:
        lines = np.asarray(cv2.divide(own.page, own.paper, scale=top), dtype)
    painted = np.asarray(cv2.multiply(lines, paint, scale=1 / top), dtype)
    shown = np.asarray(mixed(painted, own.page, alpha), dtype)
    return np.asarray(cv2.bitwise_not(shown), dtype) if line_art.light else shown
