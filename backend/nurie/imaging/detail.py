"""Detail: what is finer than a pixel of the model, taken from the reference itself.

The model paints a small picture; a highlight in an eye or a strand of hair is lost in it, however well the reference
shows it. Where the evidence tells to the pixel which place of the reference belongs to which of the drawing, and the
lines of both look alike there or nothing is drawn, the reference's own pixels are laid over the painting, as far as
they agree with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement, from_canvas
from nurie.imaging.depth import Levels, top_level
from nurie.imaging.evidence import Evidence
from nurie.imaging.ground import strips
from nurie.imaging.register import Pass, nudged

__all__ = ["Detail", "Placed", "agreeing", "fetched", "finer_size", "laid", "shrunk"]

Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_FINER = 2
"""Times that details are finer than the model's canvas."""
_PASS = Pass(1, 2, 7)
_UNLIKE, _ALIKE = 0.3, 0.8
"""Correlation of lines up to which nothing is taken, and from which on all of it is."""
_BARE = 0.7
"""How much is taken where nothing is drawn, and so nothing contradicts: a shadow or a shine."""
_AROUND = 7
"""Side in pixels of the surrounding, twice averaged, that must be bare."""
_SOME = 0.02
"""Share of ink in it from which on it is not."""
_EVEN = 1.5
"""Standard deviation in the model's pixels over which reference and painting are compared,"""
_TOLERANCE = 0.2
"""and the difference, in [0, 1], at which the reference counts for a third."""


@dataclass(frozen=True)
class Detail:
    """``rgb`` (K, K, 3), and ``share`` (K, K), 255 where it may take the painting's place altogether."""

    rgb: Bytes
    share: Bytes


@dataclass(frozen=True)
class Placed:
    """A detail on a square of the drawing."""

    detail: Detail
    placement: Placement


def finer_size(placement: Placement) -> int:
    """Side K of a canvas for the details of a drawing on ``placement``: no finer than the drawing."""
    return placement.size * (_FINER if placement.scale < 1 else 1)


def fetched(evidence: Evidence, references: Sequence[Bytes], ink: Array, size: int) -> Detail | None:
    """The detail of ``size`` K that ``references`` (H, W, 3) have for a drawing's ``ink`` (S, S) in [0, 1]; None where
    the evidence (S, S) does not tell its origin, in their pixels."""
    if evidence.origin is None:
        return None
    at, number = np.ascontiguousarray(evidence.origin[..., :2]), evidence.origin[..., 2]
    # Several pixels of a large reference to one of the detail: shrunk first, they are all seen.
    small = {
        int(one): _shrunk_to(references[int(one)], at, (number == one) & (evidence.confidence > 0.5), size / len(ink))
        for one in np.unique(number)
    }
    first = _seen(small, at, number).astype(np.float32) / np.float32(127.5) - np.float32(1)
    at, alike = nudged(at, first, ink, _PASS)
    sure = np.maximum(np.clip((alike - _UNLIKE) / (_ALIKE - _UNLIKE), 0, 1), _BARE * _bare(ink))
    share = _enlarged(np.clip(sure * evidence.confidence, 0, 1), size)
    number = np.asarray(cv2.resize(number, (size, size), interpolation=cv2.INTER_NEAREST))
    return Detail(_seen(small, _enlarged(at, size), number), np.asarray(255 * share + np.float32(0.5)).astype(np.uint8))


def _seen(references: Mapping[int, tuple[Bytes, float]], at: Array, number: Array) -> Bytes:
    """What lies ``at`` (K, K, 2) in the reference that ``number`` (K, K) names, white beyond it: (K, K, 3).

    Of each there is a copy, and how much smaller it is than ``at`` takes it to be.
    """
    picture: Bytes = np.empty((*number.shape, 3), np.uint8)
    for one, (reference, scale) in references.items():
        x, y = cv2.split((at + np.float32(0.5)) * np.float32(scale) - np.float32(0.5))
        white = (255, 255, 255)
        found = cv2.remap(reference, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=white)
        if len(references) == 1:
            return np.asarray(found, np.uint8)
        there = number == one
        picture[there] = found[there]
    return picture


def agreeing(detail: Detail, painting: Array) -> Detail:
    """As much of it as agrees with a painting (S, S, 3) in [0, 1], seen from so far away that no detail shows."""
    size = len(painting)
    small = cv2.resize(detail.rgb, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    apart = np.abs(cv2.GaussianBlur(small - painting, (0, 0), _EVEN)).max(axis=2)
    agrees = _enlarged(np.exp(-np.square(apart / np.float32(_TOLERANCE))), len(detail.rgb))
    return replace(detail, share=np.asarray(detail.share * agrees + np.float32(0.5)).astype(np.uint8))


def laid(color: Levels, ink: Array, details: Sequence[Placed]) -> Levels:
    """A colour layer RGBA (H, W, 4) with details laid over it between the drawing's lines, ``ink`` (H, W) in [0, 1].

    Its alpha stays as it is.
    """
    top = np.float32(top_level(color))
    color = color.copy() if details else color
    for placed in details:
        detail, place = placed.detail, placed.placement
        rows, columns = (
            slice(max(0, first), max(0, min(length, first + place.side)))
            for first, length in zip((place.y0, place.x0), color.shape, strict=False)
        )
        shown = color[rows, columns]
        if not detail.share.any() or shown.size == 0:
            continue
        both = np.dstack([detail.rgb, detail.share]).astype(np.float32) / np.float32(255)
        inner = Placement(place.x0 - columns.start, place.y0 - rows.start, place.side, len(both))
        for first, last, strip in strips(inner, (shown.shape[0], shown.shape[1])):
            found = from_canvas(both, strip, (last - first, shown.shape[1]))
            share = found[..., 3:] * (1 - np.clip(ink[rows, columns][first:last, :, None], 0, 1))
            before = shown[first:last, :, :3].astype(np.float32)
            shown[first:last, :, :3] = before + share * (found[..., :3] * top - before) + np.float32(0.5)
    return color


def shrunk(placed: Placed, step: int) -> Placed:
    """The same for a drawing shrunk ``step`` times."""
    return replace(placed, placement=placed.placement.shrunk(step))


def _bare(ink: Array) -> Array:
    """1 where nothing is drawn around a pixel, falling to 0 where something is: (S, S)."""
    near, window = (ink > 0.2).astype(np.float32), (_AROUND, _AROUND)
    return np.asarray(np.clip(1 - cv2.blur(cv2.blur(near, window), window) / np.float32(_SOME), 0, 1), np.float32)


def _shrunk_to(reference: Bytes, at: Array, sure: NDArray[np.bool_], finer: float) -> tuple[Bytes, float]:
    """The reference as small as a detail shows it that is so many times ``finer`` than ``at`` (S, S, 2), by what is
    ``sure`` (S, S); and how much smaller that is: at most 1."""
    steps = np.hypot(*np.moveaxis(np.diff(at, axis=1), 2, 0))[sure[:, 1:]]
    step = float(np.median(steps)) / finer if len(steps) else 1.0
    if not math.isfinite(step) or step < 1.5:
        return reference, 1.0
    height, width = (max(1, round(side / step)) for side in reference.shape[:2])
    small = cv2.resize(reference, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), width / reference.shape[1]


def _enlarged(values: Array, size: int) -> Array:
    return np.asarray(cv2.resize(values, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)
