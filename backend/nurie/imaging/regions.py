"""Regions: the areas that an artist would fill one by one, whole, without leaks, each reaching under its lines.

Trapped balls (`trapped_ball`) find them at points a few pixels apart, from exact distances; at full size they grow up
to the lines, areas too thin for any ball are taken up, and all meet in the middle of the lines between them, so that no
fringe shows under a soft edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import content_box, line_width
from nurie.imaging.components import components
from nurie.imaging.faint import with_faint_lines
from nurie.imaging.gaps import gap_size, pooled
from nurie.imaging.growth import Seeds, cap_depth, grow, nearest, tiled
from nurie.imaging.hatching import hatched
from nurie.imaging.tone import without_tone
from nurie.imaging.trapped_ball import balls, joined

__all__ = ["Regions", "cut_sides", "find_regions", "line_mask"]

Labels = NDArray[np.uint16]
Floats = NDArray[np.float32]
Mask = NDArray[np.uint8]

LINE = 0.35
"""Ink from which a pixel belongs to a line."""
MAX_REGIONS = 60_000
_POINTS = 1_200_000
"""Points at which balls are placed, about; of larger drawings not every pixel is one."""
_TURNS = 4
"""Line widths from a side within which a line that touches it turns, if it does not end there."""
_SPECK = 2.0
"""Squares of a line's width below which an enclosed area is a speck and no region."""
_SPECKS = 4000
_DEEP = 4
"""Line widths up to which regions grow under ink; under solid black it does not matter where they meet."""


@dataclass(frozen=True)
class Regions:
    """``labels`` uint16 (H, W): 1 .. count, the largest region first, every pixel in one; ``lines`` (H, W), 255 on
    lines and not on screentone.

    ``outside``: numbers of the regions on the page's rim that are taken for ground; ``gap``: width in pixels up to
    which openings were closed; ``width``: of the lines, in pixels.
    """

    labels: Labels
    lines: Mask
    count: int
    outside: tuple[int, ...]
    gap: float
    width: float


def line_mask(ink: Floats, limit: float = LINE) -> Mask:
    """Where ink (H, W) in [0, 1] is a line: 255, else 0."""
    above = float(np.nextafter(np.float32(limit), np.float32(2)))
    return np.asarray(cv2.inRange(ink, above, 2.0), np.uint8)


def find_regions(ink: Floats, gap: float | None = None, marks: NDArray[np.int32] | None = None) -> Regions:
    """The regions of a drawing's ink (H, W) in [0, 1], 0 paper .. 1 full ink.

    ``gap``: openings of up to so many pixels count as closed; estimated from the drawing when None. ``marks`` (H, W),
    0 where there is none: what holds different ones is cut apart, where it is narrowest between them. Time and memory
    grow linearly with the pixels. A drawing without lines is one region, and so is one without paper.
    """
    lines = line_mask(ink)
    # A page without paper has no lines that could be measured.
    has_paper = cv2.countNonZero(lines) < lines.size or bool((ink <= 0.5).any())
    width = line_width(ink) if has_paper else 1.0
    lines = with_faint_lines(ink, lines, width)
    lines, _ = without_tone(lines, width)
    if gap is None:
        gap = gap_size(lines, width)
    spacing = max(1, math.ceil(math.sqrt(lines.size / _POINTS)))
    # Where a figure is cut off by the page, its lines end on one side of the drawing: that side is closed as well.
    walls = cut_sides(lines, width)
    paper = np.asarray(cv2.bitwise_not(walls), np.uint8)
    labels = grow(_seeds(walls, gap, spacing, marks), paper, 4 * spacing + 2)
    specks = _pockets(labels, paper, max(4.0, _SPECK * width * width))
    labels = nearest(labels, math.ceil(_DEEP * width) + 2)
    labels = _fill_rest(labels, spacing)
    points = np.s_[spacing // 2 :: spacing, spacing // 2 :: spacing]
    belongs = hatched(np.ascontiguousarray(labels[points]), lines[points], int(labels.max()), width, spacing)
    count = _numbered(labels, specks, belongs)
    return Regions(labels, lines, count, _outside(labels, lines), gap, width)


def cut_sides(lines: Mask, width: float) -> Mask:
    """``lines`` (H, W; 255 on ink) and a wall along each side of the drawing where several of its lines end.

    The bust of a figure ends at such a side, and a ball would roll in from below. A wall goes from the first of the
    lines to the last; the lines are ``width`` wide.
    """
    step = max(1, max(lines.shape) // 1024)
    box = content_box(pooled(lines, step) > 0)
    left, top, right, bottom = (edge * step for edge in box)
    x, y, length, height = cv2.boundingRect(np.ascontiguousarray(lines[top:bottom, left:right]))
    walls: Mask = np.array(lines, np.uint8)
    if length == 0:
        return walls
    left, top = left + x, top + y
    drawn = np.s_[top : top + height, left : left + length]
    band = max(1, round(width)) + 1
    # Each side as the top one of what lies turned.
    for turn in range(4):
        wall, side = np.rot90(walls[drawn], turn), np.rot90(lines[drawn], turn)[: _TURNS * band]
        touched = _ends(side, band)
        if np.count_nonzero(np.diff(touched) > 3 * width) > 0:
            wall[:band, touched[0] : touched[-1] + 1] = 255
    return walls


def _ends(side: Mask, band: int) -> NDArray[np.int64]:
    """Columns in which lines end at the first ``band`` rows of a side (rows inwards). A line that comes, turns and goes
    back, as a cheek or the tip of a curl does, ends nowhere."""
    _, parts = cv2.connectedComponents(np.ascontiguousarray(side), connectivity=8)
    inner = parts[-1]
    begins = (inner > 0) & (np.diff(inner, prepend=0) != 0)
    crossings = np.bincount(inner[begins], minlength=int(parts.max()) + 1)
    # What is thicker than a line that comes at a slant is a shoe or a lock of solid ink.
    ending = (crossings == 1) & (np.bincount(inner, minlength=len(crossings)) <= 3 * band)
    ending[0] = False
    return np.flatnonzero(ending[parts[:band]].any(axis=0))


def _seeds(lines: Mask, gap: float, spacing: int, marks: NDArray[np.int32] | None) -> Seeds:
    """Where regions surely are: around the points that balls of some radius reach."""
    smallest = max(0.5, 0.5 * spacing)
    # Distances are between pixel centres and lines end softly: a gap of g is passed by a ball of less than g / 2 + 1.
    largest = max(smallest, gap / 2 + 1)
    first = spacing // 2
    if marks is None:
        depth = cap_depth(lines, 3 * largest + 2, spacing)
    else:
        # However wide the way between two marks is, a ball is wider.
        depth = np.asarray(_whole_depth(lines)[first::spacing, first::spacing], np.float32, order="C")
        marks = marks[first::spacing, first::spacing]
        largest = max(largest, 0.9 * float(depth.max()))
    pieces = joined(balls(depth, largest, smallest, spacing), depth, marks=marks)
    count = int(pieces.max(initial=0))
    if count > MAX_REGIONS:
        pieces = _largest(pieces, MAX_REGIONS)
    points = pieces.astype(np.uint16)
    # A point's whole square is free when the next line is further away than the square's corner.
    squares = np.where(depth > 0.7072 * spacing, points, np.uint16(0))
    return Seeds((lines.shape[0], lines.shape[1]), points, squares, spacing)


def _whole_depth(lines: Mask) -> Floats:
    paper = np.asarray(cv2.bitwise_not(lines), np.uint8)
    return np.asarray(cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)


def _largest(pieces: NDArray[np.int32], limit: int) -> NDArray[np.int32]:
    area = np.bincount(pieces.ravel())
    area[0] = 0
    keep = np.argsort(-area, kind="stable")[:limit]
    table = np.zeros(len(area), np.int32)
    table[keep] = np.arange(1, len(keep) + 1)
    return table[pieces]


def _pockets(labels: Labels, paper: Mask, speck: float) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Enclosed paper that no ball reached gets labels of its own, in place; those under ``speck`` pixels are returned
    with their boxes."""
    found = components(
        (paper.shape[0], paper.shape[1]),
        lambda box: np.asarray(cv2.bitwise_and(cv2.inRange(labels[box], 0, 0), paper[box]), np.uint8),
    )
    top = int(labels.max(initial=0))
    order = np.argsort(-found.areas[1:], kind="stable")[: MAX_REGIONS - top] + 1
    # Beyond a few thousand, specks are no drawing but noise: their neighbours grow over them.
    areas = found.areas[order]
    order = order[: max(int((areas >= speck).sum()), 1) + _SPECKS]
    table = np.zeros(len(found.areas), np.uint16)
    table[order] = np.arange(top + 1, top + 1 + len(order))
    found.write(labels, table)
    small = [place for place in order.tolist() if found.areas[place] < speck]
    return [(int(table[place]), tuple(int(n) for n in found.boxes[place])) for place in small]  # type: ignore[misc]


def _fill_rest(labels: Labels, spacing: int) -> Labels:
    """Pixels deep under ink, further from paper than regions grow, take the label of the nearest labelled point."""
    missing = labels == 0
    if not missing.any():
        return labels
    points = np.ascontiguousarray(labels[::spacing, ::spacing])
    if not points.any():
        if not labels.any():
            return np.ones_like(labels)
        points = np.full_like(points, labels.max())
    _, nearest = cv2.distanceTransformWithLabels(
        (points == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(nearest.max()) + 1, np.uint16)
    owner[nearest[points > 0]] = points[points > 0]
    filled = labels.copy()
    rows, columns = np.nonzero(missing)
    filled[rows, columns] = owner[nearest[rows // spacing, columns // spacing]]
    return np.asarray(filled, np.uint16)


def _numbered(labels: Labels, specks: list[tuple[int, tuple[int, int, int, int]]], table: NDArray[np.int64]) -> int:
    """Regions put together as ``table`` (n + 1,) says, specks merged into the neighbour with the longest border; then
    all numbered from 1 on by falling area, in place. The count."""
    count = len(table) - 1
    members = np.bincount(table, minlength=count + 1)
    table = table.copy()
    for number, (left, top, width, height) in specks:
        if members[table[number]] > 1:
            continue
        # Grown by the lines around it: look that much further.
        reach = max(4, width, height)
        around = labels[max(0, top - reach) : top + height + reach, max(0, left - reach) : left + width + reach]
        own = (around == number).astype(np.uint8)
        rim = around[(cv2.dilate(own, np.ones((3, 3), np.uint8)) > 0) & (own == 0)]
        if rim.size:
            table[number] = int(np.bincount(rim).argmax())
    # A speck beside a speck: follow to the end, and stop where two name each other.
    for _ in range(8):
        table = np.where(table[table] != np.arange(count + 1), table[table], table)
    area = np.bincount(table, weights=_areas(labels, count), minlength=count + 1)
    order = np.argsort(-area[1:], kind="stable") + 1
    order = order[area[order] > 0]
    final = np.zeros(count + 1, np.uint16)
    final[order] = np.arange(1, len(order) + 1)
    lookup = final[table]

    def work(inner: tuple[slice, slice], _outer: object, _cut: object) -> None:
        labels[inner] = np.take(lookup, labels[inner], mode="clip")

    tiled((labels.shape[0], labels.shape[1]), 0, work)
    return len(order)


def _areas(labels: Labels, count: int) -> NDArray[np.float64]:
    total = np.zeros(count + 1)
    # No more pixels at once than float32, in which OpenCV counts, has whole numbers for.
    rows = max(1, 2**24 // max(labels.shape[1], 1))
    for top in range(0, len(labels), rows):
        total += cv2.calcHist([labels[top : top + rows]], [0], None, [count + 1], [0, count + 1]).ravel()
    return total


def _outside(labels: Labels, lines: Mask) -> tuple[int, ...]:
    """The regions that hold most of the page's rim: more than half of any of its sides' paper, or of all of it."""
    sides = (np.s_[0, :], np.s_[-1, :], np.s_[:, 0], np.s_[:, -1])
    found: set[int] = set()
    every = []
    for side in sides:
        free = labels[side][lines[side] == 0]
        every.append(free)
        if free.size:
            held = np.bincount(free)
            if held.max() > 0.5 * len(labels[side]):
                found.add(int(held.argmax()))
    free = np.concatenate(every)
    if free.size:
        found.add(int(np.bincount(free).argmax()))
    return tuple(sorted(found))
