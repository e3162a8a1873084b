"""Colour evidence: the reference's colours, moved to where a correspondence network says they belong on the sketch.

The network gives, for each cell of the sketch, a distribution over the reference's cells and "no partner". From it
come a flow (where to fetch pixels), a confidence (how much of the probability lies there) and an expected colour (the
mean over the whole distribution: blurred, but right on average). Where the confidence is high the evidence is the
warped pixels, where it is low the expected colour takes over, and where there is no partner it fades to zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.geodesic import crossing_cost, smooth_within
from nurie.imaging.register import registered

__all__ = ["Evidence", "Match", "choose", "evidence", "match_cells", "merge"]

Array = NDArray[np.float32]

REACH = 2
"""Cells around the best one whose probability the flow averages, which gives it sub-cell precision."""
TEAR = 2.5
"""Neighbouring cells whose partners lie further apart than this many cells do not belong to one surface."""

AREA = 0.15
"""Share of the canvas' side over which references are compared with each other."""
OUTLINE = 20.0
"""What crossing a full line costs when they are, in pixels of paper."""

FAVOUR = 1.4
"""How much more confident another reference must be somewhere than the one that fits the whole drawing best."""

UNLIKE, ALIKE = 0.3, 0.8
"""Correlation of lines up to which it says nothing, and from which on a pixel surely lies where it belongs."""

FIRST = 1.1
"""How much better a later reference must fit the whole drawing than the first, which is the artist's main one."""


@dataclass(frozen=True)
class Match:
    """``flow`` (h, w, 2) in [0, 1]: where on the reference each sketch cell's (x, y) lies; ``confidence`` (h, w) in
    [0, 1], the chance that it lies there; ``colour`` (h, w, 3) in [-1, 1], expected; ``found`` (h, w) in [0, 1], the
    chance that it lies anywhere on the reference."""

    flow: Array
    confidence: Array
    colour: Array
    found: Array


@dataclass(frozen=True)
class Evidence:
    """``rgb`` (S, S, 3) in [-1, 1], zeros where nothing is known; ``confidence`` (S, S) in [0, 1]; ``origin``: where
    the colours were fetched, (S, S, 3), x, y and of several references which one; None where that is not known."""

    rgb: Array
    confidence: Array
    origin: Array | None = None

    @property
    def channels(self) -> Array:
        """As the denoiser takes it, (1, 4, S, S): colours, then confidence."""
        stacked = np.concatenate([self.rgb.transpose(2, 0, 1), self.confidence[None]])[None]
        return np.ascontiguousarray(stacked, dtype=np.float32)


def match_cells(log_p: Array, reference: Array) -> Match:
    """Reads the network's log-probabilities (N, N + 1) over the square reference canvas (S, S, 3) in [-1, 1].

    The last column is "no partner". Raises ValueError where N is no square number.
    """
    cells = round(len(log_p) ** 0.5)
    if log_p.shape != (cells * cells, cells * cells + 1):
        raise ValueError(f"log-probabilities of shape {log_p.shape} do not describe a square grid of cells")
    # A quarter of numpy's time; these are millions.
    p: Array = np.asarray(cv2.exp(log_p[:, :-1]), np.float32)
    palette = cv2.resize(reference, (cells, cells), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    # One product for the colours and for what they add up to.
    sums = p @ np.column_stack([palette, np.ones(len(palette), np.float32)])
    found = sums[:, 3]
    colour = sums[:, :3] / np.maximum(found, 1e-6)[:, None]
    best = p.argmax(axis=1)
    row, column = best // cells, best % cells
    index = np.arange(len(p))
    weight, x_sum, y_sum, mass = (np.zeros(len(p), np.float32) for _ in range(4))
    for dy in range(-REACH, REACH + 1):
        for dx in range(-REACH, REACH + 1):
            y, x = row + dy, column + dx
            inside = (y >= 0) & (y < cells) & (x >= 0) & (x < cells)
            near = np.where(inside, p[index, np.clip(y, 0, cells - 1) * cells + np.clip(x, 0, cells - 1)], 0)
            weight, x_sum, y_sum = weight + near, x_sum + near * x, y_sum + near * y
            if max(abs(dy), abs(dx)) <= 1:
                mass = mass + near
    weight = np.maximum(weight, 1e-12)
    flow = (np.stack([x_sum / weight, y_sum / weight], axis=1) + 0.5) / cells
    grid = (cells, cells)
    return Match(
        flow.reshape(*grid, 2).astype(np.float32),
        np.clip(mass, 0, 1).reshape(grid).astype(np.float32),
        colour.reshape(*grid, 3).astype(np.float32),
        np.clip(found, 0, 1).reshape(grid).astype(np.float32),
    )


def fine_flow(flow: Array, size: int) -> Array:
    """Flow (h, h, 2) for every pixel of a canvas of ``size``: bilinear on one surface, the nearest cell's at a tear.

    Between two surfaces the mean of their partners is a third place, which shows colours of neither.
    """
    cells = len(flow)
    smooth = cv2.resize(flow, (size, size), interpolation=cv2.INTER_LINEAR)
    nearest = cv2.resize(flow, (size, size), interpolation=cv2.INTER_NEAREST)
    kernel = np.ones((3, 3), np.uint8)
    spread = (np.asarray(cv2.dilate(flow, kernel)) - np.asarray(cv2.erode(flow, kernel))).max(axis=2) * cells
    # Twice: the kernel spans two steps from cell to cell.
    torn = cv2.resize((spread > 2 * TEAR).astype(np.float32), (size, size), interpolation=cv2.INTER_NEAREST)
    return np.where(torn[..., None] > 0, nearest, smooth).astype(np.float32)


def evidence(match: Match, reference: Array, ink: Array | None = None) -> Evidence:
    """The evidence that ``match`` carries over from the reference canvas (S, S, 3) in [-1, 1]; its origin lies there.

    With the drawing's ``ink`` (S, S) in [0, 1], the reference's lines are laid onto the drawing's, and where they look
    alike its pixels are surer.
    """
    size = len(reference)
    at = fine_flow(match.flow, size) * np.float32(size) - np.float32(0.5)
    surer = None
    if ink is not None:
        at, alike = registered(at, reference, ink)
        surer = np.clip((alike - UNLIKE) / (ALIKE - UNLIKE), 0, 1).astype(np.float32)
    warped = cv2.remap(reference, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # How much of what was found lies at the flow's place, not somewhere else: pixels against the expected colour.
    certain = np.clip(match.confidence / np.maximum(match.found, 1e-6), 0, 1)
    colour, own, found, confidence = (
        np.asarray(cv2.resize(cells, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)
        for cells in (match.colour, certain.astype(np.float32), match.found, match.confidence)
    )
    if surer is not None:
        own = own + surer * (1 - own)
        confidence = confidence + surer * np.maximum(found - confidence, 0)
    # In place, and with shares for each channel: numpy is slow with axes of three.
    share = cv2.cvtColor(own, cv2.COLOR_GRAY2RGB)
    rgb = np.asarray(warped, np.float32)
    rgb -= colour
    rgb *= share
    rgb += colour
    rgb *= cv2.cvtColor(found, cv2.COLOR_GRAY2RGB)
    return Evidence(rgb, confidence, np.dstack([at, np.zeros((size, size), np.float32)]))


def merge(parts: Sequence[Evidence]) -> Evidence:
    """The best evidence per pixel: of several views of one reference, the one that is most confident there.

    Raises ValueError where there is none.
    """
    if not parts:
        raise ValueError("no evidence to merge")
    if len(parts) == 1:
        return parts[0]
    return _taken(parts, np.stack([part.confidence for part in parts]).argmax(axis=0))


def choose(parts: Sequence[Evidence], ink: Array) -> Evidence:
    """Of several references' evidence the one that fits the drawing best, and another's where that fits far better.

    Confidence is compared as its mean over a wide surrounding, lines (S, S) being borders: pixel by pixel, references
    of different colours would be patched together inside one area. Raises ValueError where there is none.
    """
    if not parts:
        raise ValueError("no evidence to choose from")
    if len(parts) == 1:
        return parts[0]
    confidence = np.dstack([part.confidence for part in parts])
    around = smooth_within(confidence, crossing_cost(ink, OUTLINE), AREA * len(ink))
    overall = around.mean(axis=(0, 1))
    overall[0] *= FIRST
    around[..., overall.argmax()] *= FAVOUR
    return _taken(parts, around.argmax(axis=2))


def _taken(parts: Sequence[Evidence], which: NDArray[np.intp]) -> Evidence:
    """Each pixel's evidence from the part that ``which`` (S, S) names."""
    first = parts[0]
    rgb, confidence = first.rgb.copy(), first.confidence.copy()
    origin = None if any(part.origin is None for part in parts) or first.origin is None else first.origin.copy()
    for number, part in enumerate(parts[1:], 1):
        there = which == number
        rgb[there], confidence[there] = part.rgb[there], part.confidence[there]
        if origin is not None and part.origin is not None:
            origin[there] = part.origin[there]
    return Evidence(rgb, confidence, origin)
