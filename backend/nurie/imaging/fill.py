"""Fill: a drawing's areas, the one colour of each and which of them are paint and which are ground."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.field import Field
from nurie.imaging.growth import grow_tile, tiled
from nurie.imaging.materials import Palette, palette_of, unified
from nurie.imaging.oklab import oklab_to_rgb, rgb_to_oklab, squared_difference
from nurie.imaging.quantiles import region_mean, region_modes, region_quantiles
from nurie.imaging.regions import Regions
from nurie.imaging.split import split_regions

__all__ = ["Fill", "fill_regions"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_UNSURE = 0.15
"""Share of paint (and of ground) from which an area is both, and the model's own border between them is kept."""
PAINTS = 12
"""The model's most common colours, between which areas are cut and chosen."""
_NEAR = 0.06
"""Standard deviation in OKLab of what is one paint, unevenly laid."""
_SHADES = 0.1
"""The same of what are a paint's own lights and shadows."""
_LARGE = 600
"""Points of an area of which a part tells as much as all."""


@dataclass(frozen=True)
class Fill:
    """``labels`` uint16 (H, W): 1 .. n, each pixel's area. By area, n + 1 rows of which the first is nobody's:

    colors: float32 (n + 1, 3) in OKLab. painted: bool (n + 1,), False for ground. materials: int (n + 1,), equal for
    areas of one material. low, high: uint8 (n + 1, 3), the range of sRGB that tones in an area keep to.
    regions: int (n + 1,), the region that the area is (a part of). shifts: float32 (n + 1, 3), levels of sRGB by which
    corrections have moved the area away from what the model painted.
    """

    labels: NDArray[np.uint16]
    colors: Floats
    painted: NDArray[np.bool_]
    materials: NDArray[np.int64]
    low: Bytes
    high: Bytes
    regions: NDArray[np.int32]
    shifts: Floats

    @property
    def count(self) -> int:
        """Areas."""
        return len(self.colors) - 1

    def at(self, x: float, y: float) -> int:
        """The area at a pixel; ValueError outside the drawing."""
        height, width = self.labels.shape
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(f"({x:g}, {y:g}) lies outside {width} x {height} pixels")
        return int(self.labels[int(y), int(x)])

    def recolored(self, areas: Iterable[int], rgb: tuple[float, float, float]) -> Fill:
        """The areas in another colour (sRGB, [0, 1]), tones moved along with it; ground among them becomes paint."""
        chosen = np.array(sorted({area for area in areas if 1 <= area <= self.count}), np.int64)
        colors, painted, materials = self.colors.copy(), self.painted.copy(), self.materials.copy()
        colors[chosen] = rgb_to_oklab(np.array(rgb, np.float32))
        painted[chosen] = True
        materials[chosen] = materials.max(initial=0) + 1
        return replace(self.with_colors(colors), painted=painted, materials=materials)

    def with_colors(self, colors: Floats) -> Fill:
        """Other colours (n + 1, 3) in OKLab, and the ranges of tones moved by as much."""
        shift = (oklab_to_rgb(colors) - oklab_to_rgb(self.colors)) * 255
        low, high = (np.clip(np.rint(end + shift), 0, 255).astype(np.uint8) for end in (self.low, self.high))
        return replace(self, colors=colors, low=low, high=high, shifts=self.shifts + shift)

    def material_at(self, x: float, y: float) -> NDArray[np.int64]:
        """All areas of the material at a pixel."""
        return np.flatnonzero(self.materials == self.materials[self.at(x, y)])


def fill_regions(
    field: Field,
    regions: Regions,
    palette: Palette,
    *,
    split: bool,
    mode: bool,
    tones: tuple[float, float] = (0.1, 0.9),
) -> Fill:
    """One colour for each region: the median in OKLab of the model's paint in it, what is far from lines counting most;
    ``mode``: the colour that most of it is near to, which is no mixture of paint and blotches.

    Areas of one material share its colour (`materials.unified`). ``split`` cuts regions where the model painted
    clearly different colours in them; ``tones`` are the shares of an area's pixels between which its tones lie.
    """
    points = _every_region(field.points(regions.labels), regions, field.step)
    paint = field.rgba[..., 3] > 127
    clear = field.clear + np.float32(1e-3)
    paints = palette_of(field.rgba[..., :3], paint & (field.clear > field.step)).colors[:PAINTS]
    parts, owners, painted = (
        split_regions(points, field, paints, regions.count) if split else _by_paint(points, paint, clear, regions.count)
    )

    count = len(owners) - 1
    flat = parts.ravel().astype(np.int64)
    weights = (clear * paint + np.float32(1e-6)).ravel()
    areas = np.bincount(flat, minlength=count + 1).astype(np.float64)
    some = _sample(parts, areas)
    flat, weights, levels = flat[some], weights[some], field.rgba.reshape(-1, 4)[some, :3]
    seen = rgb_to_oklab(levels)
    colors = region_quantiles(flat, seen, weights, count, (0.5,))[0]
    if mode and len(paints):
        colors = region_modes(flat, seen, weights, colors, paints, _NEAR)
        # Blotches of another paint are none of its tones.
        away = squared_difference(seen, colors[flat])
        weights = weights * (np.exp(away / np.float32(-2 * _SHADES**2)) + np.float32(1e-4))
    ends = region_quantiles(flat, levels.astype(np.float32), weights, count, tones)
    materials = np.arange(count + 1)
    chosen = np.flatnonzero(painted & (areas > 0))
    groups, shared = unified(colors[chosen], areas[chosen], palette)
    materials[chosen] = groups + count + 1
    colors[chosen] = shared
    labels = _full_size(regions, parts, owners, field.step)
    labels = _under_lines(labels, regions, painted)
    low, high = (end.astype(np.uint8) for end in ends)
    return Fill(labels, colors, painted, materials, low, high, owners, np.zeros_like(colors))


def _every_region(points: NDArray[np.uint16], regions: Regions, step: int) -> NDArray[np.uint16]:
    """Points (h, w) with one for each region that lies between them all, smaller than ``step`` pixels."""
    missing = np.bincount(points.ravel(), minlength=regions.count + 1) == 0
    missing[0] = False
    if not missing.any():
        return points
    result: NDArray[np.uint16] = np.array(points, np.uint16)
    for top in range(0, len(regions.labels), 512):
        rows, columns = np.nonzero(missing[regions.labels[top : top + 512]])
        result[(rows + top) // step, columns // step] = regions.labels[rows + top, columns]
    return result


def _by_paint(
    points: NDArray[np.uint16], paint: NDArray[np.bool_], clear: Floats, count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Regions (h, w), those that are partly paint and partly ground cut along the model's own border between these;
    parts, owners and painted as `split_regions` has them."""
    parts, owners = points.astype(np.int32), np.arange(count + 1, dtype=np.int32)
    share = region_mean(parts.ravel().astype(np.int64), paint.reshape(-1, 1).astype(np.float32), clear.ravel(), count)[
        :, 0
    ]
    unsure = (share > _UNSURE) & (share < 1 - _UNSURE)
    both = np.flatnonzero(unsure)
    grounds = np.zeros(count + 1, np.int32)
    grounds[both] = count + 1 + np.arange(len(both))
    parts = np.where(unsure[parts] & ~paint, grounds[parts], parts)
    painted = np.concatenate([(share > 0.5) | unsure, np.zeros(len(both), np.bool_)])
    return parts, np.concatenate([owners, owners[both]]).astype(np.int32), painted


def _sample(parts: NDArray[np.int32], areas: NDArray[np.float64]) -> NDArray[np.int64]:
    """Points (flat indices) that tell of all parts (h, w): every one of small parts, one in eight of large ones."""
    rows, columns = np.ogrid[: parts.shape[0], : parts.shape[1]]
    chosen = ((rows * 3 + columns) % 8 == 0) | (areas < _LARGE)[parts]
    return np.flatnonzero(chosen)


def _full_size(regions: Regions, parts: NDArray[np.int32], owners: NDArray[np.int32], step: int) -> NDArray[np.uint16]:
    """Parts of regions (h, w) for every pixel (H, W): the regions' own borders, and within them the parts' smoothed."""
    if len(owners) - 1 > np.iinfo(np.uint16).max:
        raise ValueError("a fill has at most 65535 areas")
    if len(owners) == regions.count + 1:
        return regions.labels
    height, width = regions.labels.shape
    result = np.empty_like(regions.labels)
    source = parts.astype(np.uint16)

    def work(inner: tuple[slice, slice], outer: tuple[slice, slice], cut: tuple[slice, slice]) -> None:
        rows, columns = (np.arange(side.start, side.stop) // step for side in outer)
        near = source[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        labels = regions.labels[inner]
        if int(near.max()) <= regions.count:
            result[inner] = labels
            return
        wide = np.ascontiguousarray(source[rows[:, None], columns[None]])
        for _ in range(step // 2):
            wide = np.asarray(cv2.medianBlur(wide, 5), np.uint16)
        found = wide[cut]
        result[inner] = np.where(owners[found] == labels, found, labels)

    tiled((height, width), 2 * step + 2, work)
    return result


def _under_lines(labels: NDArray[np.uint16], regions: Regions, painted: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """Outlines belong to the figure: paint takes the half of a line that lay on the ground's side."""
    result = np.empty_like(labels)
    reach = int(np.ceil(regions.width)) + 1
    # Each label that is painted, 0 for the others.
    table = np.where(painted, np.arange(len(painted)), 0).astype(np.uint16)

    def work(inner: tuple[slice, slice], outer: tuple[slice, slice], cut: tuple[slice, slice]) -> None:
        result[inner] = labels[inner]
        bare = np.take(table, labels[outer], mode="clip")
        lines = np.asarray(cv2.bitwise_and(cv2.inRange(bare, 0, 0), regions.lines[outer]), np.uint8)
        if not cv2.countNonZero(lines) or not cv2.countNonZero(bare):
            return
        grow_tile(bare, lines, reach, diagonal=True)
        cv2.copyTo(bare[cut], cv2.bitwise_and(lines[cut], cv2.inRange(bare[cut], 1, 65535)), result[inner])

    tiled((labels.shape[0], labels.shape[1]), reach + 2, work)
    return result
