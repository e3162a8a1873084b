"""What a matcher answers, and how it reads as a ``Match``: scores of cells (compact) or a warp field (PSC)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nurie.imaging.evidence import Match, match_cells
from nurie.runtime.engine import Floats

__all__ = ["CellScores", "WarpField", "to_match"]


@dataclass(frozen=True)
class CellScores:
    """``log_p`` (N, N + 1): of each sketch cell, over the reference's cells, rows first, and "no partner" last."""

    log_p: Floats


@dataclass(frozen=True)
class WarpField:
    """``flow`` (2, h, w): where in the reference each sketch pixel looks, (x, y) in [-1, 1], those being the centres of
    the outermost pixels; ``confidence`` (h, w) in [0, 1]."""

    flow: Floats
    confidence: Floats


def to_match(answer: CellScores | WarpField, reference: Floats) -> Match:
    """The answer over the reference (3, S, S) in [-1, 1] that the matcher saw."""
    picture = np.ascontiguousarray(reference.transpose(1, 2, 0))
    if isinstance(answer, CellScores):
        return match_cells(answer.log_p, picture)
    height, width = picture.shape[:2]
    pixel = (answer.flow.transpose(1, 2, 0) + 1) / 2 * np.array([width - 1, height - 1], np.float32)
    x, y = (np.ascontiguousarray(pixel[..., axis], dtype=np.float32) for axis in (0, 1))
    colour = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    flow = (pixel + 0.5) / np.array([width, height], np.float32)
    # A warp field always has a place for everything that it does not send out of the picture.
    found = (np.abs(answer.flow).max(axis=0) <= 1).astype(np.float32)
    confidence = (answer.confidence * found).astype(np.float32)
    return Match(flow.astype(np.float32), confidence, np.asarray(colour, np.float32), found)
