"""Drawing styles: many line drawings from one, so that a network reads lines and not one way of drawing them.

Every style is a pure function of ``ink``, float32 (S, S), 0 = paper and 1 = full ink, and of ``rng``; it keeps shape
and range, and repeats itself for the same state of the generator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["STYLES", "Ink", "restyle"]

Ink = NDArray[np.float32]
Style = Callable[[Ink, np.random.Generator], Ink]

THICKEST = 12
"""Pixels: what is thicker is an area of solid black, and stays one when lines are thinned."""


def thinned(ink: Ink, rng: np.random.Generator) -> Ink:
    """Only the middle of every stroke (Zhang and Suen 1984), so that it stays whole; solid areas stay solid."""
    strokes = ink > 0.25 * max(float(ink.max()), 1e-6)
    solid = np.asarray(cv2.erode(strokes.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=THICKEST // 2))
    middle = strokes
    for _ in range(THICKEST // 2):
        before = middle
        for corner in (0, 1):
            middle = middle & ~_removable(middle, corner)
        if (middle == before).all():
            break
    kept = np.maximum(middle, cv2.dilate(solid, np.ones((3, 3), np.uint8), iterations=THICKEST // 2))
    soft = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), float(rng.uniform(0.4, 0.7))) * 1.8
    return _clipped(soft * float(ink.max()) * float(rng.uniform(0.8, 1.2)))


def _removable(mask: NDArray[np.bool_], corner: int) -> NDArray[np.bool_]:
    """Border pixels that a pass of Zhang and Suen takes away: the south-east's (0) or the north-west's (1)."""
    framed = np.pad(mask, 1)
    height, width = mask.shape
    # P2 to P9 of the paper: clockwise from the north.
    offsets = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    around = [framed[y : y + height, x : x + width] for y, x in offsets]
    count = np.sum(around, axis=0, dtype=np.uint8)
    rises = np.sum([~one & two for one, two in zip(around, [*around[1:], around[0]], strict=True)], axis=0)
    north, east, south, west = around[::2]
    first, second = (east & south, north | west) if corner == 0 else (north & west, east | south)
    gone = ~(first & second)
    return np.asarray(mask & (count >= 2) & (count <= 6) & (rises == 1) & gone)


def dilated(ink: Ink, rng: np.random.Generator) -> Ink:
    """A broader pen."""
    side = max(2, round(rng.uniform(0.006, 0.016) * len(ink)))
    return _clipped(cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))))


def broken(ink: Ink, rng: np.random.Generator) -> Ink:
    """Gaps, as a dry pen or a bad scan leaves them."""
    cells = max(2, len(ink) // int(rng.integers(6, 13)))
    noise = cv2.resize(rng.random((cells, cells), dtype=np.float32), ink.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return _clipped(np.where(noise < rng.uniform(0.05, 0.3), ink * float(rng.uniform(0, 0.5)), ink))


def sparse(ink: Ink, rng: np.random.Generator) -> Ink:
    """Without the short strokes and specks, as a first sketch of a picture that has much detail."""
    strokes = (ink > 0.3 * max(float(ink.max()), 1e-6)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    if count < 3:
        return ink
    length = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    keep = length >= rng.uniform(0.02, 0.12) * len(ink)
    keep[0] = True
    if not keep[1:].any():
        return ink
    kept = cv2.dilate(keep[labels].astype(np.uint8) * strokes, np.ones((3, 3), np.uint8))
    return _clipped(ink * kept)


def pencil(ink: Ink, rng: np.random.Generator) -> Ink:
    """Graphite on rough paper: grey, grainy, drawn over twice."""
    size = len(ink)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    waver = cv2.resize(rng.normal(0, 1.2, (6, 6, 2)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    again = cv2.remap(ink, x + waver[..., 0], y + waver[..., 1], cv2.INTER_LINEAR, borderValue=0)
    drawn = np.maximum(ink, float(rng.uniform(0.2, 0.7)) * again)
    grain = cv2.GaussianBlur(rng.random(ink.shape, dtype=np.float32), (0, 0), float(rng.uniform(0.5, 0.9)))
    grain = (grain - grain.mean()) / max(float(grain.std()), 1e-6)
    pressure = rng.uniform(0.5, 0.85) + rng.uniform(0.08, 0.25) * grain
    return _clipped(cv2.GaussianBlur(drawn * pressure, (0, 0), 0.5))


def grey(ink: Ink, rng: np.random.Generator) -> Ink:
    """Pale lines."""
    return _clipped(ink * float(rng.uniform(0.3, 0.85)))


def scan(ink: Ink, rng: np.random.Generator) -> Ink:
    """A sheet on a scanner: out of focus, unevenly lit, noisy, with dust."""
    size = len(ink)
    seen = cv2.GaussianBlur(ink, (0, 0), float(rng.uniform(0.4, 0.9)))
    shade = cv2.resize(rng.random((3, 3), dtype=np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    seen = seen + float(rng.uniform(0, 0.12)) * shade
    seen = seen + rng.normal(0, rng.uniform(0.01, 0.06), ink.shape).astype(np.float32)
    for _ in range(int(rng.integers(0, 12))):
        left, top = (int(at) for at in rng.integers(0, size, 2))
        seen[top : top + 2, left : left + 2] = rng.uniform(0.3, 0.9)
    return _clipped(seen)


def jpeg(ink: Ink, rng: np.random.Generator) -> Ink:
    """Saved with much loss."""
    paper = np.asarray(255 * (1 - ink) + 0.5).astype(np.uint8)
    _, data = cv2.imencode(".jpg", paper, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(10, 60))])
    return _clipped(1 - np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32) / 255)


STYLES: dict[str, Style] = {
    "thinned": thinned,
    "dilated": dilated,
    "broken": broken,
    "sparse": sparse,
    "pencil": pencil,
    "grey": grey,
    "scan": scan,
    "jpeg": jpeg,
}
"""By the name that the contact sheet shows."""


def restyle(line: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """One random drawing of the line picture (S, S), 255 = paper, in some of the styles, in the order of a drawing.

    First the pen, then what it leaves out, then the paper, and last the file.
    """
    ink: NDArray[Any] = 1 - line.astype(np.float32) / 255
    kind = rng.random()
    if kind < 0.22:
        ink = dilated(ink, rng)
    elif kind < 0.30:
        ink = 0.5 * ink + 0.5 * cv2.erode(ink, np.ones((2, 2), np.uint8))
    elif kind < 0.40:
        ink = thinned(ink, rng)
    if rng.random() < 0.15:
        ink = sparse(ink, rng)
    if rng.random() < 0.4:
        ink = np.clip(ink * rng.uniform(0.7, 2.5), 0, 1)
    if rng.random() < 0.25:  # hard-edged
        threshold = rng.uniform(0.25, 0.6)
        ink = np.clip((ink - threshold) * rng.uniform(3, 20) + 0.5, 0, 1)
    if rng.random() < 0.22:
        ink = broken(ink, rng)
    if rng.random() < 0.12:
        ink = pencil(ink, rng)
    elif rng.random() < 0.25:
        ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.4, 0.9))
    if rng.random() < 0.15:
        ink = grey(ink, rng)
    if rng.random() < 0.15:
        ink = scan(ink, rng)
    if rng.random() < 0.12:
        ink = jpeg(ink, rng)
    return np.asarray(255 * (1 - np.clip(ink, 0, 1))).astype(np.uint8)


def _clipped(ink: NDArray[Any]) -> Ink:
    return np.asarray(np.clip(ink, 0, 1), np.float32)
