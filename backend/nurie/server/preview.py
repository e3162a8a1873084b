"""Previews: the present estimate of the picture as a small JPEG that lies over the drawing's whole extent."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from nurie.imaging.canvas import Placement
    from nurie.runtime.engine import Floats

__all__ = ["Previews", "coarse", "encode_preview"]

_QUALITY = 80
_WHITE = (1.0, 1.0, 1.0)


def encode_preview(x0: Floats, placement: Placement, shape: tuple[int, int], side: int) -> str:
    """x0 (1, 3, S, S) in [-1, 1] on the canvas ``placement`` of a drawing (H, W) to a JPEG in base64.

    The JPEG has the drawing's proportions, ``side`` px on its longer side or less; what the canvas does not show of
    the drawing is white.
    """
    height, width = shape
    shrink = min(1.0, side / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    # From preview pixel to canvas pixel, centres to centres.
    grow_x, grow_y, scale = width / size[0], height / size[1], placement.scale
    matrix = np.array(
        [
            [grow_x * scale, 0, (grow_x / 2 - placement.x0) * scale - 0.5],
            [0, grow_y * scale, (grow_y / 2 - placement.y0) * scale - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    bgr = np.ascontiguousarray(x0[0, ::-1].transpose(1, 2, 0))
    small = cv2.warpAffine(bgr, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=_WHITE)
    pixels = np.clip(small * 127.5 + 128, 0, 255).astype(np.uint8)
    done, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError("OpenCV wrote no JPEG")
    return base64.b64encode(jpeg.tobytes()).decode("ascii")


def coarse(evidence: Floats) -> Floats:
    """Evidence (1, 4, S, S), colours in [-1, 1] and confidence in [0, 1], on white paper: (1, 3, S, S) in [-1, 1]."""
    rgb, confidence = evidence[:, :3], evidence[:, 3:]
    return np.asarray(1 - confidence * (1 - rgb), np.float32)


class Previews:
    """When there may be one: at most ``per_second`` of them."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second
        self._clock = clock
        self._next = -float("inf")

    def due(self) -> bool:
        """Whether one may be made now; counts as made."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._interval
        return True
