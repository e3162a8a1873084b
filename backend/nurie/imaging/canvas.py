"""Placement: the square cut of a picture that the model's canvas shows, and the way there and back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.color import FOREGROUND_LIMIT

__all__ = [
    "Placement",
    "content_box",
    "fit",
    "from_canvas",
    "ink_to_canvas",
    "max_pool",
    "on_page",
    "picture_box",
    "to_canvas",
]

Box = tuple[int, int, int, int]
Pixel = TypeVar("Pixel", np.uint8, np.float32)

THINNEST_LINE = 0.8
"""Canvas pixels a line is at least wide after `ink_to_canvas`; below this, area averaging makes it vanish."""


@dataclass(frozen=True)
class Placement:
    """The square [x0, x0 + side) x [y0, y0 + side) of the source, in source pixels, shown on a size x size canvas.

    The square may reach beyond the source. Pixel centres: canvas u lies at source x = x0 + (u + .5) * side / size - .5.
    """

    x0: int
    y0: int
    side: int
    size: int

    def __post_init__(self) -> None:
        if self.side < 1 or self.size < 1:
            raise ValueError(f"a placement needs a positive side and size, not {self.side} and {self.size}")

    @property
    def scale(self) -> float:
        """Canvas pixels per source pixel."""
        return self.size / self.side

    def point_to_canvas(self, x: float, y: float) -> tuple[float, float]:
        """A source point (pixel-centre coordinates) on the canvas."""
        return ((x - self.x0 + 0.5) * self.scale - 0.5, (y - self.y0 + 0.5) * self.scale - 0.5)

    def point_to_source(self, u: float, v: float) -> tuple[float, float]:
        """A canvas point (pixel-centre coordinates) in the source; the inverse of `point_to_canvas`."""
        return ((u + 0.5) / self.scale - 0.5 + self.x0, (v + 0.5) / self.scale - 0.5 + self.y0)

    def resized(self, size: int) -> Placement:
        """The same square on a canvas of another size."""
        return Placement(self.x0, self.y0, self.side, size)

    def shrunk(self, step: int) -> Placement:
        """The same square, to the next pixel, of a source shrunk ``step`` times."""
        return Placement(round(self.x0 / step), round(self.y0 / step), max(1, round(self.side / step)), self.size)


def content_box(mask: NDArray[np.bool_], speck: float = 2e-5) -> Box:
    """Bounding box (x0, y0, x1, y1; end exclusive) of a mask (H, W), specks of under `speck` of the image left out.

    The whole image when the mask is empty or holds nothing but specks.
    """
    height, width = mask.shape
    # Components are counted on a copy of 1024 px or fewer: dust is dust at any size, and 64 megapixels take too long.
    step = max(1, math.ceil(max(height, width) / 1024))
    small = _any_pool(mask, step)
    count, _, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8)
    parts = stats[1:count]
    parts = parts[parts[:, cv2.CC_STAT_AREA] >= max(2.0, speck * small.size)]
    if len(parts) == 0:
        return (0, 0, width, height)
    left, top = parts[:, cv2.CC_STAT_LEFT], parts[:, cv2.CC_STAT_TOP]
    right, bottom = left + parts[:, cv2.CC_STAT_WIDTH], top + parts[:, cv2.CC_STAT_HEIGHT]
    return (
        int(left.min()) * step,
        int(top.min()) * step,
        min(width, int(right.max()) * step),
        min(height, int(bottom.max()) * step),
    )


def picture_box(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> Box:
    """Bounding box of a painted picture (H, W, 3): what is opaque and not near white; for references."""
    mask = np.asarray(rgb.min(axis=2) < FOREGROUND_LIMIT * 255)
    return content_box(mask if alpha is None else mask & (alpha > 8))


def fit(box: Box, size: int, margin: float = 0.04) -> Placement:
    """The square around a box, `margin` of its longer side wider on each side, centred, on a canvas of `size`."""
    x0, y0, x1, y1 = box
    side = max(1, math.ceil(max(x1 - x0, y1 - y0) * (1 + 2 * margin)))
    return Placement((x0 + x1 - side) // 2, (y0 + y1 - side) // 2, side, size)


def to_canvas(image: NDArray[Pixel], placement: Placement, fill: float = 255) -> NDArray[Pixel]:
    """Bring an image (H, W) or (H, W, C), uint8 or float32, onto the canvas (size, size[, C]).

    Area filter when shrinking, bilinear when enlarging; `fill` stands wherever the square leaves the image.
    """
    height, width = image.shape[:2]
    x0, y0, side = placement.x0, placement.y0, placement.side
    cut = image[max(0, y0) : max(0, min(height, y0 + side)), max(0, x0) : max(0, min(width, x0 + side))]
    if cut.shape[:2] != (side, side):
        square = np.full((side, side, *image.shape[2:]), fill, dtype=image.dtype)
        top, left = max(0, -y0), max(0, -x0)
        square[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
        cut = square
    if side == placement.size:
        return np.array(cut, dtype=image.dtype)
    interpolation = cv2.INTER_AREA if side > placement.size else cv2.INTER_LINEAR
    resized = cv2.resize(cut, (placement.size, placement.size), interpolation=interpolation)
    return np.asarray(resized, dtype=image.dtype).reshape(placement.size, placement.size, *image.shape[2:])


def ink_to_canvas(ink: NDArray[np.float32], placement: Placement) -> NDArray[np.float32]:
    """Bring ink (H, W), 0 paper .. 1 full ink, onto the canvas, thin lines kept visible -> (size, size).

    An 8000 px drawing with 3 px lines would fade to a tenth of its ink on a 256 px canvas. Lines that would come out
    thinner than `THINNEST_LINE` are therefore first widened, in the source, to that width.
    """
    want = THINNEST_LINE / placement.scale
    missing = want - line_width(ink) if placement.scale < 1 else 0.0
    if missing >= 0.5:
        reach = round(missing) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        # The area filter comes first where one canvas pixel is many source pixels: a wide kernel at full size is slow.
        step = max(1, int(1 / (placement.scale * 8)))
        if step > 1:
            ink = max_pool(ink, step)
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(1, reach // step), max(1, reach // step)))
            placement = placement.shrunk(step)
        ink = np.asarray(cv2.dilate(ink, kernel), dtype=np.float32)
    return to_canvas(ink, placement, fill=0.0)


def on_page(placement: Placement, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Where the canvas (size, size) shows the source (H, W) and not what lies beyond its edges."""
    height, width = shape
    centres = (np.arange(placement.size) + 0.5) / placement.scale
    columns = (centres + placement.x0 > 0) & (centres + placement.x0 < width)
    rows = (centres + placement.y0 > 0) & (centres + placement.y0 < height)
    return np.asarray(rows[:, None] & columns)


def line_width(ink: NDArray[np.float32]) -> float:
    """Typical width in pixels of the lines of a drawing (H, W): twice the median depth of ink ridges; 1 when none."""
    if ink.size > 4_000_000:
        # The densest megapixels tell the width as well as all do.
        rows = np.count_nonzero(ink[:, ::4] > 0.5, axis=1)
        band = max(64, 4_000_000 // ink.shape[1])
        total = np.convolve(rows, np.ones(min(band, len(rows)), dtype=np.int64), mode="valid")
        first = int(total.argmax())
        ink = ink[first : first + band]
    dark = np.asarray(ink > 0.5).view(np.uint8)
    depth = cv2.distanceTransform(dark, cv2.DIST_L2, 3)
    ridge = depth[(dark > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    return float(max(1.0, 2 * float(np.median(ridge)) - 1)) if ridge.size else 1.0


def from_canvas(
    array: NDArray[np.float32],
    placement: Placement,
    shape: tuple[int, int],
    *,
    smooth: bool = True,
    first: tuple[int, int] = (0, 0),
) -> NDArray[np.float32]:
    """Bring a canvas array (size, size[, C]) back to the source's (H, W[, C]).

    Beyond the square the canvas' border pixels go on, so that a painted background reaches the picture's edge. Of a
    part of the canvas, ``first`` is its first pixel there, (row, column).
    """
    height, width = shape
    s = placement.scale
    matrix = np.array(
        [
            [s, 0, (0.5 - placement.x0) * s - 0.5 - first[1]],
            [0, s, (0.5 - placement.y0) * s - 0.5 - first[0]],
        ],
        dtype=np.float64,
    )
    flags = (cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(array, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.float32).reshape(height, width, *array.shape[2:])


def _any_pool(mask: NDArray[np.bool_], step: int) -> NDArray[np.uint8]:
    return np.asarray(max_pool(mask.view(np.uint8), step), dtype=np.uint8)


def max_pool(array: NDArray[Pixel], step: int) -> NDArray[Pixel]:
    """Largest value of each step x step block (H, W) -> (ceil(H / step), ceil(W / step))."""
    if step == 1:
        return array
    height, width = array.shape
    over = height % step or width % step
    padded = np.pad(array, ((0, -height % step), (0, -width % step))) if over else array
    rows = padded.reshape(-1, step, padded.shape[1]).max(axis=1)
    # Column by column of the blocks: numpy's short-axis reduction is ten times slower.
    largest = np.array(rows[:, ::step], dtype=array.dtype)
    for column in range(1, step):
        np.maximum(largest, rows[:, column::step], out=largest)
    return largest
