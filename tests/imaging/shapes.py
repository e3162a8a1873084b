"""Drawings made of known shapes: what their lines enclose is known to the pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_lines", "enclosed", "intersection_over_union", "shape_labels"]

Labels = NDArray[np.int32]
Floats = NDArray[np.float32]


def shape_labels(seed: int, height: int, width: int, count: int = 14) -> Labels:
    """Ellipses and polygons over each other (H, W): a number for each connected visible part, from 1 on."""
    rng = np.random.default_rng(seed)
    side = min(height, width)
    top = np.zeros((height, width), np.int32)
    for number in range(1, count + 1):
        middle = rng.uniform(0.15, 0.85, 2) * (width, height)
        radius = rng.uniform(0.08, 0.22) * side
        mask = np.zeros((height, width), np.uint8)
        if rng.integers(4) == 0:
            axes = (int(radius), int(radius * rng.uniform(0.5, 1)))
            cv2.ellipse(mask, (int(middle[0]), int(middle[1])), axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        else:
            corners = int(rng.integers(3, 8))
            angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
            far = radius * rng.uniform(0.7, 1.1, corners)
            outline = np.stack([middle[0] + far * np.cos(angles), middle[1] + far * np.sin(angles)], axis=1)
            cv2.fillPoly(mask, [outline.astype(np.int32)], 1)
        top[mask > 0] = number
    return _parts(top, np.ones_like(top, np.bool_))


def draw_lines(labels: Labels, width: float, gap: float = 0, *, gaps: int = 10, seed: int = 0) -> Floats:
    """Ink (H, W) of soft-edged lines, ``width`` wide, between the labels, with round-ended gaps of ``gap`` pixels."""
    rng = np.random.default_rng(seed + 99)
    big = np.repeat(np.repeat(labels, 2, axis=0), 2, axis=1)
    spine = np.zeros(big.shape, np.uint8)
    for axis in (0, 1):
        apart = np.diff(big, axis=axis) != 0
        first, second = (np.s_[:-1], np.s_[1:]) if axis == 0 else (np.s_[:, :-1], np.s_[:, 1:])
        spine[first] |= apart
        spine[second] |= apart
    if gap > 0:
        # Away from where three lines meet: there, cutting one line opens more than one gap.
        kernel = np.ones((3, 3))
        most, least = cv2.dilate(big.astype(np.float32), kernel), cv2.erode(big.astype(np.float32), kernel)
        lone = cv2.distanceTransform(((big == most) | (big == least)).astype(np.uint8), cv2.DIST_L2, 5)
        places = np.argwhere((spine > 0) & (lone > 2 * gap + 6 * width + 8))
        rng.shuffle(places)
        chosen: list[NDArray[np.int64]] = []
        for place in places:
            if all(np.hypot(*(place - other)) > 8 * (gap + width) + 20 for other in chosen):
                chosen.append(place)
            if len(chosen) == gaps:
                break
        rows, columns = np.mgrid[: big.shape[0], : big.shape[1]]
        for row, column in chosen:
            spine[np.hypot(rows - row, columns - column) < gap + width] = 0
    away = cv2.distanceTransform(1 - spine, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ink = np.clip(width + 0.5 - away, 0, 1).astype(np.float32)
    return np.asarray(ink.reshape(labels.shape[0], 2, labels.shape[1], 2).mean(axis=(1, 3)), np.float32)


def enclosed(labels: Labels, width: float) -> Labels:
    """What lines without gaps enclose (H, W): numbered connected paper within each label; 0 on lines."""
    return _parts(labels, draw_lines(labels, width) <= 0.35)


def intersection_over_union(truth: Labels, found: NDArray[np.uint16], least: float) -> list[float]:
    """For each true area into which a circle of radius ``least`` fits, how well the best found one covers it."""
    on_paper = np.where(truth > 0, found, 0)
    result = []
    for number in range(1, int(truth.max()) + 1):
        area = truth == number
        if cv2.distanceTransform(np.pad(area, 1).astype(np.uint8), cv2.DIST_L2, 5).max() < least:
            continue
        held = np.bincount(on_paper[area])
        best = int(held.argmax())
        result.append(float(held[best] / (area.sum() + (on_paper == best).sum() - held[best])))
    return result


def _parts(labels: Labels, where: NDArray[np.bool_]) -> Labels:
    result = np.zeros_like(labels)
    total = 0
    for number in range(int(labels.max()) + 1):
        count, found = cv2.connectedComponents(((labels == number) & where).astype(np.uint8), connectivity=4)
        result[found > 0] = found[found > 0] + total
        total += count - 1
    return result
