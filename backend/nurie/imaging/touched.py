"""Where corrections have changed what the model is told: only there may they change what it paints."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.evidence import Evidence

__all__ = ["kept_elsewhere", "touched"]

Floats = NDArray[np.float32]

_FULL = 0.05
"""Change of the evidence, as a share of its whole range, from which a place is touched altogether."""
_AROUND = 0.01
"""Around what changed, as a share of the canvas' side: the model paints up to the lines and under them."""


def touched(before: Evidence, after: Evidence) -> Floats:
    """How far each pixel (S, S) is touched by the change from one evidence (S, S) to another: 0 not at all .. 1."""
    change = np.maximum(np.abs(after.rgb - before.rgb).max(axis=2) / 2, np.abs(after.confidence - before.confidence))
    reach = 2 * max(1, round(_AROUND * len(change))) + 1
    share = np.clip(change / np.float32(_FULL), 0, 1)
    return np.asarray(cv2.dilate(share, np.ones((reach, reach), np.uint8)), np.float32)


def kept_elsewhere(before: Floats, after: Floats, share: Floats) -> Floats:
    """Pictures (B, 3, S, S) that are ``after`` where ``share`` (S, S) is 1, ``before`` where it is 0."""
    return np.asarray(before + share * (after - before), np.float32)
