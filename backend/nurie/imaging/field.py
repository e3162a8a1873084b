"""The model's colours between the lines, at a size at which every region has some: what styles look at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, max_pool
from nurie.imaging.depth import to_eight, to_sixteen
from nurie.imaging.detail import Placed, laid, shrunk
from nurie.imaging.fullres import upscale_color
from nurie.imaging.lineart import LineArt
from nurie.imaging.regions import LINE

__all__ = ["Field", "color_field"]

Bytes = NDArray[np.uint8]

_PIXELS = 1_000_000
"""Pixels of a field, about; colours change slowly between lines, and lines are kept closed."""


@dataclass(frozen=True)
class Field:
    """``rgba`` uint8 (h, w, 4) of the drawing shrunk ``step`` times, pixel (0, 0) being its first ``step`` x ``step``.

    ``clear`` float32 (h, w): distance in drawing pixels to the next line, up to 8 of the field's, 0 on lines. ``deep``
    uint16 (h, w, 4): the same as ``rgba`` among 65536 levels, where they are wanted.
    """

    rgba: Bytes
    clear: NDArray[np.float32]
    step: int
    deep: NDArray[np.uint16] | None = None

    def points(self, array: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """A full-size array (H, W) at the middles of the field's pixels, (h, w)."""
        first = self.step // 2
        found = array[first :: self.step, first :: self.step]
        height, width = self.clear.shape
        # The last pixel's middle may lie beyond the drawing.
        rest = ((0, height - found.shape[0]), (0, width - found.shape[1]))
        return np.pad(found, rest, mode="edge") if any(sum(pair) for pair in rest) else np.ascontiguousarray(found)


def color_field(
    small_rgb: NDArray[np.float32],
    line_art: LineArt,
    placement: Placement,
    *,
    settled: bool = True,
    depth: int = 8,
    details: Sequence[Placed] = (),
) -> Field:
    """The model's colour (s, s, 3) in [0, 1] on the canvas ``placement``, between the drawing's lines; ``settled``:
    evened out there, before ``details`` are laid over it. ``depth`` 16 keeps all of its levels too."""
    height, width = line_art.shape
    step = max(1, round(math.sqrt(height * width / _PIXELS)))
    if step > 1:
        # The most ink of each square, so that no line opens.
        ink = max_pool(line_art.ink, step)
        blank: Bytes = np.empty((*ink.shape, 3), np.uint8)
        line_art = LineArt(ink, blank)
        placement = placement.shrunk(step)
        details = [shrunk(detail, step) for detail in details]
    rgba = upscale_color(small_rgb, line_art, placement, settled=settled, levels=np.uint16 if depth == 16 else np.uint8)
    rgba = laid(rgba, line_art.ink, details)
    paper = (line_art.ink <= LINE).astype(np.uint8)
    clear = np.minimum(cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_3), np.float32(8)) * np.float32(step)
    return Field(to_eight(rgba), clear, step, to_sixteen(rgba) if depth == 16 else None)
