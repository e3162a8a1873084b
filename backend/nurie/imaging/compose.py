"""Compose: colour under the artist's own lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, to_canvas
from nurie.imaging.fullres import ink_pyramid, openness
from nurie.imaging.ground import is_ground
from nurie.imaging.lineart import LineArt

__all__ = ["compose", "line_tint"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def compose(color: Bytes, line_art: LineArt, tint: float = 0.0) -> Bytes:
    """Colour RGBA (H, W, 4) under the drawing -> RGB (H, W, 3).

    Lines on transparent ground lie over the colour as in any layer stack. Lines on a white or toned page multiply, as
    the layer mode of the same name; the tone of the paper itself is not multiplied in, so that grey paper does not
    grey the colours. What is not painted shows the drawing as it is.

    tint in [0, 1] is the share of the colour that shows through a full line where there is colour: 0 leaves black
    lines black, 0.4 turns them into dark shades of what they surround ("colour trace").
    """
    if color.shape != (*line_art.shape, 4):
        raise ValueError(f"colour of shape {color.shape} does not fit a drawing of {line_art.shape}")
    if not 0 <= tint <= 1:
        raise ValueError(f"the tint of lines is a share from 0 to 1, not {tint}")
    page = line_art.rgb
    alpha = np.repeat(color[..., 3:], 3, axis=2)
    if line_art.alpha is not None and line_art.strokes is not None and not _is_filled(line_art):
        under = _mix(color[..., :3], np.full_like(page, 255), alpha)
        cover = np.repeat(line_art.alpha[..., None], 3, axis=2)
        if tint > 0:
            # Over white there is nothing to show through: lines thin out only as far as there is colour.
            cover = np.asarray(cv2.subtract(cover, cv2.multiply(cover, alpha, scale=tint / 255)), dtype=np.uint8)
        return _mix(line_art.strokes, under, cover)
    lines = page
    if line_art.paper is not None:
        lines = np.asarray(cv2.divide(page, line_art.paper, scale=255), dtype=np.uint8)
    if tint > 0:
        lines = np.asarray(cv2.addWeighted(lines, 1 - tint, np.full_like(lines, 255), tint, 0), dtype=np.uint8)
    painted = np.asarray(cv2.multiply(lines, color[..., :3], scale=1 / 255), dtype=np.uint8)
    return _mix(painted, page, alpha)


def line_tint(small_rgb: Floats, line_art: LineArt, placement: Placement, most: float = 0.5) -> float:
    """The tint, 0 to `most`, with which the composed drawing comes nearest to the model's small picture.

    Where a model saw lines in the reference's colours it paints no black under the sketch's lines. Least squares over
    the canvas pixels that hold ink: picture = surrounding colour * (1 - ink * (1 - tint)).
    """
    barrier = ink_pyramid(line_art.ink, placement)[0]
    ink = to_canvas(line_art.ink, placement, fill=0.0)
    weight = openness(barrier)[..., None]
    blurred = np.asarray(cv2.GaussianBlur(np.dstack([small_rgb * weight, weight]), (0, 0), 1.5), dtype=np.float32)
    around = blurred[..., :3] / blurred[..., 3:]
    mask = (ink > 0.15) & ~is_ground(small_rgb, barrier)
    shade = (around * ink[..., None])[mask].astype(np.float64)
    darkening = (around - small_rgb)[mask].astype(np.float64)
    energy = float((shade * shade).sum())
    if energy < 1e-6:
        return 0.0
    return float(np.clip(1 - float((darkening * shade).sum()) / energy, 0, most))


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
