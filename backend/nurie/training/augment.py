"""Random changes of training pictures: geometry and colour. Pure functions of an explicit ``rng``.

A *map* is float32 (S, S, 2): for every canvas pixel the (x, y) it shows in a packed picture, in that picture's pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """Canvas to packed picture: ``matrix`` (2, 3) maps canvas pixels to picture pixels, ``flow`` (S, S, 2) is added."""

    matrix: NDArray[np.float64]
    flow: Map | None = None

    def map(self, size: int) -> Map:
        """Where every pixel of a canvas of ``size`` looks in the picture: (size, size, 2)."""
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        m = self.matrix.astype(np.float32)
        at = np.stack([m[0, 0] * x + m[0, 1] * y + m[0, 2], m[1, 0] * x + m[1, 1] * y + m[1, 2]], axis=2)
        return at if self.flow is None else at + self.flow

    def inverse(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Canvas pixels (N, 2) that show the picture's ``points`` (N, 2); ValueError with a flow: no closed form."""
        if self.flow is not None:
            raise ValueError("a view with a flow has no closed inverse")
        return np.asarray((points - self.matrix[:, 2]) @ np.linalg.inv(self.matrix[:, :2]).T)


def content_box(line: Picture) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is not paper in ``line`` (S, S), end exclusive; all of it when all is paper."""
    inked = line < 235
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    if not len(columns):
        return 0.0, 0.0, float(line.shape[1]), float(line.shape[0])
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def fitted_view(box: tuple[float, float, float, float], size: int, margin: float = 0.04) -> View:
    """The view that inference uses: the content's box, padded to a square with ``margin`` of its side around it."""
    left, top, right, bottom = box
    side = max(right - left, bottom - top) * (1 + 2 * margin)
    scale = side / size
    corner = ((left + right - side) / 2, (top + bottom - side) / 2)
    return View(np.array([[scale, 0, corner[0] + scale / 2 - 0.5], [0, scale, corner[1] + scale / 2 - 0.5]]))


def random_view(
    box: tuple[float, float, float, float], size: int, rng: np.random.Generator, *, mirror: bool, crop: float = 0.0
) -> View:
    """A fitted view, then mirrored, turned, scaled, stretched and shifted; with chance ``crop`` a close-up first."""
    left, top, right, bottom = box
    if rng.random() < crop:  # mostly busts and faces, the upper part of a figure: what people draw and match most
        keep = rng.uniform(0.3, 0.8)
        height = (bottom - top) * keep
        width = min(right - left, height * rng.uniform(0.7, 1.4))
        middle = (left + right) / 2 + rng.uniform(-0.5, 0.5) * max(right - left - width, 0)
        shift = 0.0 if rng.random() < 0.7 else rng.uniform(0, bottom - top - height)
        left, right, top, bottom = middle - width / 2, middle + width / 2, top + shift, top + shift + height
    base = fitted_view((left, top, right, bottom), size).matrix
    angle = np.deg2rad(rng.normal(0, 7) if rng.random() < 0.6 else 0.0)
    zoom = np.exp(rng.normal(0.03, 0.1))
    if rng.random() < 0.12:  # small on its sheet, as when a prop or a piece of ground is drawn as well
        zoom *= rng.uniform(1.15, 1.7)
    stretch = np.exp(rng.normal(0, 0.06))
    shear = rng.normal(0, 0.04)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[zoom * stretch, shear], [0, zoom / stretch]])
    centre = np.array([(size - 1) / 2, (size - 1) / 2])
    shift = rng.normal(0, 0.03, 2) + rng.uniform(-0.5, 0.5, 2) * max(zoom - 1, 0)
    offset = centre - linear @ centre + shift * size
    matrix = base[:, :2] @ linear
    view = View(np.column_stack([matrix, base[:, :2] @ offset + base[:, 2]]))
    return mirrored(view, size) if mirror else view


def mirrored(view: View, size: int) -> View:
    """What a canvas of ``size`` pixels shows through ``view``, left and right exchanged."""
    m = view.matrix
    flow = None if view.flow is None else np.ascontiguousarray(view.flow[:, ::-1])
    return View(np.column_stack([-m[:, 0], m[:, 1], m[:, 2] + (size - 1) * m[:, 0]]), flow)


def posed(view: View, size: int, rng: np.random.Generator) -> View:
    """``view`` of the figure in another pose: up to three parts of the canvas swing about joints, smoothly.

    Raises ValueError for a view that is bent already.
    """
    if view.flow is not None:
        raise ValueError("the view is bent already")
    y, x = np.mgrid[:size, :size].astype(np.float32)
    bend = np.zeros((size, size, 2), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        joint = rng.uniform(0.25, 0.75, 2) * size
        along = rng.uniform(0, 2 * np.pi)
        angle = np.clip(np.deg2rad(rng.normal(0, 16)), -0.6, 0.6)
        away_x, away_y = x - np.float32(joint[0]), y - np.float32(joint[1])
        outward = (away_x * np.cos(along) + away_y * np.sin(along)) / (rng.uniform(0.06, 0.15) * size)
        share = 1 / (1 + np.exp(-np.clip(outward, -30, 30)))
        c, s = np.cos(angle) - 1, np.sin(angle)
        bend[..., 0] += share * (c * away_x - s * away_y)
        bend[..., 1] += share * (s * away_x + c * away_y)
    return View(view.matrix, (bend @ view.matrix[:, :2].T.astype(np.float32)).astype(np.float32))


def random_flow(size: int, amplitude: float, rng: np.random.Generator) -> Map:
    """A smooth displacement field (S, S, 2) of about ``amplitude`` pixels."""
    cells = int(rng.integers(3, 8))
    coarse = rng.normal(0, amplitude, (cells, cells, 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)


def render(picture: Picture, at: Map, fill: int | tuple[int, int, int], nearest: bool = False) -> Picture:
    """``picture`` (H, W[, 3]) seen through the map ``at`` (S, S, 2), bilinearly; ``fill`` outside it.

    Strong reductions are blurred first, against aliasing. ``nearest`` is for pictures of ids, which have no in-between.
    """
    step = float(np.hypot(*(at[-1, -1] - at[0, 0]))) / (1.414 * len(at))
    if nearest:
        return _remap(picture, at, cv2.INTER_NEAREST, fill)
    if step > 1.15:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.45 * step), np.uint8)
    return _remap(picture, at, cv2.INTER_LINEAR, fill)


def _remap(picture: Picture, at: Map, interpolation: int, fill: int | tuple[int, int, int]) -> Picture:
    x, y = at[..., 0], at[..., 1]
    mapped = cv2.remap(picture, x, y, interpolation, borderMode=cv2.BORDER_CONSTANT, borderValue=fill)
    return np.asarray(mapped, np.uint8)


def colour_change(rng: np.random.Generator, strength: float = 1.0) -> NDArray[np.float32]:
    """An affine change of RGB in [0, 1], (3, 4), that keeps greys grey: a turn about the grey axis and a saturation."""
    angle = rng.uniform(-np.pi, np.pi) * strength
    saturation = rng.uniform(0.6, 1.4)
    axis = np.full(3, 3**-0.5)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    along = np.outer(axis, axis)
    turn = along + saturation * (np.cos(angle) * (np.eye(3) - along) + np.sin(angle) * cross)
    return np.column_stack([turn, np.zeros(3)]).astype(np.float32)


def recolour(rgb: Picture, change: NDArray[np.float32], gamma: float = 1.0) -> Picture:
    """``rgb`` (..., 3) u8 after a :func:`colour_change` and a power on brightness."""
    value: NDArray[Any] = np.clip(rgb.astype(np.float32) / 255 @ change[:, :3].T + change[:, 3], 0, 1)
    if gamma != 1.0:
        value = value**gamma
    return np.asarray(value * 255 + 0.5).astype(np.uint8)


def recolour_regions(rgb: Picture, ids: Picture, changes: NDArray[np.float32]) -> Picture:
    """``rgb`` (S, S, 3) with its own colour change (256, 3, 4) for every region id of ``ids`` (S, S)."""
    chosen = changes[ids]
    value: NDArray[Any] = np.einsum("hwij,hwj->hwi", chosen[..., :3], rgb.astype(np.float32) / 255) + chosen[..., 3]
    return np.asarray(np.clip(value, 0, 1) * 255 + 0.5).astype(np.uint8)


def hue_change(rng: np.random.Generator) -> NDArray[np.float32]:
    """A change for each of 360 hues, (360, 3): degrees to turn by, factors of saturation and of value.

    Smooth around the circle, so that every colour of a flat drawing becomes another one, each by itself.
    """
    knots = int(rng.integers(3, 7))
    values = np.column_stack(
        [
            rng.normal(0, 60, knots) + rng.uniform(-180, 180),
            rng.uniform(0.5, 1.4, knots),
            rng.uniform(0.75, 1.15, knots),
        ]
    )
    at, hues = np.arange(knots) * (360 / knots), np.arange(360)
    return np.column_stack([np.interp(hues, at, column, period=360) for column in values.T]).astype(np.float32)


def recolour_hues(rgb: Picture, change: NDArray[np.float32]) -> Picture:
    """``rgb`` (S, S, 3) after a :func:`hue_change`; greys keep their hue and lines their place."""
    hsv = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    chosen = change[hsv[..., 0].astype(int) % 360]
    saturation = hsv[..., 1]
    hsv[..., 0] = (hsv[..., 0] + chosen[..., 0]) % 360
    hsv[..., 1] = np.clip(saturation * chosen[..., 1], 0, 1)
    # A grey has no hue that could ask for another brightness.
    hsv[..., 2] *= 1 + saturation * (chosen[..., 2] - 1)
    return np.asarray(np.clip(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), 0, 1) * 255 + 0.5).astype(np.uint8)
