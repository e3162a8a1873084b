"""A drawing's own pixels, at the depth of the colour that they are laid over."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.depth import Levels, like, to_sixteen, top_level
from nurie.imaging.lineart import LineArt

__all__ = ["Drawn", "drawn", "mixed"]


@dataclass(frozen=True)
class Drawn:
    """page: (H, W, 3), dark lines on light ground (the negative of a light drawing), as `LineArt.page`.

    strokes, alpha: (H, W, 3) and (H, W), where lines lie on transparent ground and do not hide all colour; else None.
    paper: (H, W, 3), the paper's tone, where that is not white; else None.
    """

    page: Levels
    strokes: Levels | None
    alpha: Levels | None
    paper: Levels | None


def drawn(line_art: LineArt, depth: Levels) -> Drawn:
    """The drawing in levels of the same kind as ``depth``; its own 16 bits where it came with them."""
    page, strokes, alpha = line_art.page, line_art.strokes, line_art.alpha
    paper = None if line_art.paper is None else like(line_art.paper, depth)
    laid_over = not _is_filled(line_art)
    if depth.dtype == np.uint8 or line_art.deep is None:
        return Drawn(
            like(page, depth),
            None if strokes is None or not laid_over else like(strokes, depth),
            None if alpha is None or not laid_over else like(alpha, depth),
            paper,
        )
    deep = line_art.deep
    if alpha is None:
        return Drawn(_negative(deep[..., :3]) if line_art.light else deep[..., :3], None, None, paper)
    strokes16, alpha16 = np.ascontiguousarray(deep[..., :3]), np.ascontiguousarray(deep[..., 3])
    if laid_over:
        return Drawn(to_sixteen(page), strokes16, alpha16, paper)
    cover = np.repeat(alpha16[..., None], 3, axis=2)
    ground = np.full_like(strokes16, 0 if line_art.light else top_level(deep))
    shown = np.asarray(mixed(strokes16, ground, cover), np.uint16)
    return Drawn(_negative(shown) if line_art.light else shown, None, None, paper)


def mixed(over: Levels, under: Levels, alpha: Levels) -> Levels:
    """``over`` where ``alpha`` is full, ``under`` where it is 0; all (H, W, 3) and of one depth."""
    scale = 1 / top_level(over)
    a = cv2.multiply(over, alpha, scale=scale)
    b = cv2.multiply(under, cv2.bitwise_not(alpha), scale=scale)
    return np.asarray(cv2.add(a, b), over.dtype)


def _negative(levels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return np.asarray(cv2.bitwise_not(levels), np.uint16)


def _is_filled(line_art: LineArt) -> bool:
    """Whether a drawing with transparency is white inside (a cut-out figure): laid over, it would hide all colour."""
    if line_art.alpha is None:
        return False
    solid = line_art.alpha > 200
    return bool((solid & (line_art.ink < 0.1)).sum() > 0.5 * solid.sum())
