"""A closer look: of a reference only what the drawing shows, as large as the drawing shows it.

A bust beside a full figure is matched with a head of a few cells. Once the first match has told where on the reference
the drawing lies, that part is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.canvas import fit
from nurie.imaging.evidence import Match
from nurie.imaging.similarity import similarity
from nurie.inputs import on_white_canvas, over_white
from nurie.views import Shown, shows

__all__ = ["closer"]

Floats = NDArray[np.float32]

_SURE = 0.25
"""Confidence from which on a cell is asked for its partner,"""
_CELLS = 20.0
"""how much of it there must be in all, in cells,"""
_AGREE = 0.6
"""and what share of it must agree on where the drawing lies."""
_CLOSER = 0.8
"""Side of that part, as a share of what was shown before, up to which a closer look pays."""
_RIM = 0.08
"""What is shown around it, as a share of its longer side."""


def closer(part: Shown, reference: Image.Image, figure: Floats, matches: Sequence[Match]) -> Shown | None:
    """The part of ``part``, itself one of ``reference``, that a drawing shows; None where that is most of it, or where
    its matches, straight and mirrored, do not tell. ``figure`` (S, S): 1 in what the drawing's lines enclose."""
    rows, columns = np.nonzero(figure)
    if len(rows) == 0:
        return None
    found = similarity(*_partners(figure, matches))
    if found is None or found.share < _AGREE or found.scale <= 0:
        return None
    size = len(figure)
    ends = ((columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1))
    corners = [found(x / size, y / size) for x, y in ends]
    low, high = np.clip(np.min(corners, axis=0), 0, 1), np.clip(np.max(corners, axis=0), 0, 1)
    rim = _RIM * float((high - low).max())
    place = part.placement
    left, top, right, bottom = (
        round(start + float(share) * place.side)
        for start, share in zip((place.x0, place.y0) * 2, (*(low - rim), *(high + rim)), strict=True)
    )
    if not 0 < max(right - left, bottom - top) <= _CLOSER * place.side:
        return None
    placement = fit((left, top, right, bottom), place.size)
    picture = on_white_canvas(over_white(reference)[0], placement)
    if part.box is not None:
        picture = np.where(shows(placement, part.box), picture, np.float32(1))
    return Shown(part.image, placement, picture[None], part.box)


def _partners(figure: Floats, matches: Sequence[Match]) -> tuple[Floats, Floats, Floats]:
    """Places on the drawing, their surest partners on the reference, both (N, 2) in [0, 1], and how sure they are."""
    straight, mirrored = matches
    cells = len(straight.flow)
    inside = cv2.resize(figure, (cells, cells), interpolation=cv2.INTER_AREA)
    turned = mirrored.confidence > straight.confidence
    back = mirrored.flow * np.array((-1, 1), np.float32) + np.array((1, 0), np.float32)
    flow = np.where(turned[..., None], back, straight.flow)
    sure = np.maximum(mirrored.confidence, straight.confidence) * inside
    rows, columns = np.nonzero(sure > _SURE)
    weights = sure[rows, columns]
    if weights.sum() < _CELLS:
        weights = weights[:0]
    places = (np.column_stack([columns, rows]).astype(np.float32)[: len(weights)] + np.float32(0.5)) / cells
    return places, np.asarray(flow[rows, columns][: len(weights)]), np.asarray(weights, np.float32)
