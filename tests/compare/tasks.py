"""What each tool is given: a drawing, and in every area of its truth a dab of the area's true colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.color import foreground
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.oklab import difference, rgb_to_oklab
from nurie.imaging.regions import LINE
from nurie.training.metrics.bleeding import true_areas
from nurie.training.triples import Triple, over_white, resized

__all__ = ["NOBODY", "Task", "make_task"]

NOBODY = -1
_ROOM = 3.0
"""Radius in pixels of the circle that must fit for a dab to be put there, at `_SIDE`."""
_DAB = 6.0
"""Radius of a dab in pixels, at `_SIDE`, or half of the room there is."""
_FAR = 48.0
"""Pixels from dab to dab within an area, at `_SIDE`: where lines part it, an artist puts one on each side."""
_SIDE = 768
"""Longest side in pixels for which these are said."""
_SAME = 0.03
"""Distance in OKLab below which two areas were meant to have one colour."""


@dataclass(frozen=True)
class Task:
    """``truth`` float64 (H, W, 3) over white; ``lines`` bool (H, W). ``areas`` int (H, W): the truth's areas.

    ``dabs`` int (H, W): number of the colour that was put there, `NOBODY` elsewhere; ``colors`` uint8 (n, 3);
    ``wanted`` int (areas,): each area's colour, `NOBODY` for those too small for a dab.
    """

    name: str
    line_art: LineArt
    truth: NDArray[np.float64]
    lines: NDArray[np.bool_]
    areas: NDArray[np.int32]
    dabs: NDArray[np.int32]
    colors: NDArray[np.uint8]
    wanted: NDArray[np.int32]

    @property
    def foreground(self) -> NDArray[np.bool_]:
        """Where the truth is painted (H, W)."""
        return foreground(self.truth)

    def strokes(self) -> NDArray[np.uint8]:
        """The dabs as a picture on nothing, RGBA (H, W, 4)."""
        drawn = self.dabs != NOBODY
        rgb = np.where(drawn[..., None], self.colors[np.maximum(self.dabs, 0)], np.uint8(0))
        return np.dstack([rgb, np.where(drawn, np.uint8(255), np.uint8(0))]).astype(np.uint8)


def make_task(triple: Triple, side: int | None = None) -> Task:
    """The triple's drawing and truth, enlarged to ``side`` pixels where that is given; areas as in the drawing's own
    size."""
    line_art = read_line_art(triple.sketch)
    truth = resized(over_white(triple.truth), (*line_art.shape, 3))
    areas = true_areas(truth, line_art.ink > LINE)
    scale = 1.0 if side is None else side / max(line_art.shape)
    if scale != 1:
        height, width = (round(length * scale) for length in line_art.shape)
        page = Image.fromarray(line_art.rgb).resize((width, height), Image.Resampling.BICUBIC)
        line_art = read_line_art(page)
        truth = resized(truth, (height, width, 3))
        areas = np.asarray(cv2.resize(areas, (width, height), interpolation=cv2.INTER_NEAREST), np.int32)
    lines = np.asarray(line_art.ink > LINE)
    return _with_dabs(triple.id, line_art, truth, lines, areas)


def _with_dabs(
    name: str,
    line_art: LineArt,
    truth: NDArray[np.float64],
    lines: NDArray[np.bool_],
    areas: NDArray[np.int32],
) -> Task:
    unit = max(areas.shape) / _SIDE
    dabs = np.full(areas.shape, NOBODY, np.int32)
    wanted = np.full(int(areas.max()) + 1, NOBODY, np.int32)
    colors: list[NDArray[np.uint8]] = []
    for area in range(len(wanted)):
        own = (areas == area) & ~lines
        room = cv2.distanceTransform(np.pad(own, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        if room.max() < _ROOM * unit:
            continue
        wanted[area] = _number(colors, np.rint(255 * np.median(truth[own], axis=0)).astype(np.uint8))
        parts = cv2.connectedComponents((room >= _ROOM * unit).astype(np.uint8))[1]
        rows, columns = np.indices(areas.shape)
        while room.max() >= _ROOM * unit:
            row, column = np.unravel_index(int(room.argmax()), room.shape)
            radius = int(min(_DAB * unit, room[row, column] / 2))
            dab = cv2.circle(np.zeros(areas.shape, np.uint8), (int(column), int(row)), radius, 1, cv2.FILLED)
            dabs[(dab > 0) & own] = wanted[area]
            near = np.hypot(rows - row, columns - column) < _FAR * unit
            room[near & (parts == parts[row, column])] = 0
    return Task(name, line_art, truth, lines, areas, dabs, np.array(colors, np.uint8).reshape(-1, 3), wanted)


def _number(colors: list[NDArray[np.uint8]], color: NDArray[np.uint8]) -> int:
    """The colour's place among those there are, where it is put when none is the same."""
    if colors:
        away = difference(rgb_to_oklab(np.array(colors)), rgb_to_oklab(color[None])[0])
        if away.min() < _SAME:
            return int(away.argmin())
    colors.append(color)
    return len(colors) - 1
