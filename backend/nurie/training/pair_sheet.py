"""A contact sheet of training pairs, to see with one's own eyes what the networks are shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.evidence import evidence
from nurie.training.conditions import true_match, unit
from nurie.training.pairs import Pair, Pairs

GAP = 4
UNKNOWN = 0.0
"""Mid grey, in [-1, 1]: nothing is carried over there."""


def row(pair: Pair) -> NDArray[np.uint8]:
    """Side by side, (S, 4 S + 3 gaps, 3): sketch, reference, the reference moved by the true matches, truth."""
    reference = unit(pair.reference)
    match = true_match(pair)
    moved = np.full_like(reference, UNKNOWN) if match is None else evidence(match, reference).rgb
    pictures = [np.repeat(pair.sketch[..., None], 3, axis=2), pair.reference, _to_bytes(moved), pair.color]
    gap = np.full((len(pair.color), GAP, 3), 128, np.uint8)
    return np.concatenate([part for picture in pictures for part in (gap, picture)][1:], axis=1)


def contact_sheet(pairs: Pairs, first: int, count: int, size: int, columns: int = 2) -> Image.Image:
    """Pairs ``first`` to ``first + count - 1`` on canvases of ``size`` pixels, :func:`row` by row, in ``columns``."""
    rows = [row(pairs.sample(index, size)) for index in range(first, first + count)]
    height, width = rows[0].shape[:2]
    lines = -(-count // columns)
    sheet = np.full((lines * (height + GAP) - GAP, columns * (width + 2 * GAP) - 2 * GAP, 3), 128, np.uint8)
    for number, picture in enumerate(rows):
        top, left = number // columns * (height + GAP), number % columns * (width + 2 * GAP)
        sheet[top : top + height, left : left + width] = picture
    return Image.fromarray(sheet)


def _to_bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray((picture + 1) * 127.5 + 0.5).clip(0, 255).astype(np.uint8)
