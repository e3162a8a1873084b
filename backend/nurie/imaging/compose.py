"""Compose: colour under the artist's own lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.lineart import LineArt

__all__ = ["compose"]

Bytes = NDArray[np.uint8]


def compose(color: Bytes, line_art: LineArt) -> Bytes:
    """Colour RGBA (H, W, 4) under the drawing -> RGB (H, W, 3).

    Lines on transparent ground lie over the colour as in any layer stack. Lines on a white or toned page multiply, as
    the layer mode of the same name; the tone of the paper itself is not multiplied in, so that grey paper does not
    grey the colours. Light lines on dark ground screen, which is to multiply in the negative. What is not painted
    shows the drawing as it is.
    """
    if color.shape != (*line_art.shape, 4):
        raise ValueError(f"colour of shape {color.shape} does not fit a drawing of {line_art.shape}")
    alpha = np.repeat(color[..., 3:], 3, axis=2)
    if line_art.alpha is not None and line_art.strokes is not None and not _is_filled(line_art):
        ground = np.full_like(line_art.rgb, 0 if line_art.light else 255)
        under = _mix(color[..., :3], ground, alpha)
        cover = np.repeat(line_art.alpha[..., None], 3, axis=2)
        return _mix(line_art.strokes, under, cover)
    page = lines = line_art.page
    paint = cv2.bitwise_not(color[..., :3]) if line_art.light else color[..., :3]
    if line_art.paper is not None:
        lines = np.asarray(cv2.divide(page, line_art.paper, scale=255), dtype=np.uint8)
    painted = np.asarray(cv2.multiply(lines, paint, scale=1 / 255), dtype=np.uint8)
    shown = _mix(painted, page, alpha)
    return np.asarray(cv2.bitwise_not(shown), np.uint8) if line_art.light else shown


def _is_filled(line_art: LineArt) -> bool:
    """Whether a drawing with transparency is white inside (a cut-out figure): laid over, it would hide all colour."""
    if line_art.alpha is None:
        return False
    solid = line_art.alpha > 200
    white = solid & (line_art.ink < 0.1)
    return bool(white.sum() > 0.5 * solid.sum())


def _mix(over: Bytes, under: Bytes, alpha: Bytes) -> Bytes:
    """over where alpha is 255, under where it is 0; all (H, W, 3)."""
    a = cv2.multiply(over, alpha, scale=1 / 255)
    b = cv2.multiply(under, cv2.bitwise_not(alpha), scale=1 / 255)
    return np.asarray(cv2.add(a, b), dtype=np.uint8)
