"""Finding the same picture twice: by perceptual hash first, by comparing what is left second.

The hash is the sign pattern of the 8x8 lowest frequencies of the 32x32 brightness (pHash; Zauner 2010). It finds
pictures of the same composition; whether they are the same picture, resaved or rescaled, a small thumbnail decides,
so that two expressions of one face count as two pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Look", "look", "near_pairs"]

THUMBNAIL = 32
NEAR_BITS = 6
"""Of 64: resaving and rescaling flip a few signs of frequencies that are nearly zero."""
NEAR_LEVELS = 8.0
"""Of 255: the largest difference that JPEG at quality 75 and scaling to .55 to 1.3 made in 60 pictures was 7."""

_ONES = np.array([bin(value).count("1") for value in range(256)], np.uint8)


@dataclass(frozen=True)
class Look:
    """What of a picture is compared: ``bits`` (8,) u8, its hash, and ``thumbnail`` (32, 32, 3) u8."""

    bits: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]


def look(rgb: NDArray[np.uint8]) -> Look:
    """The look of the picture (H, W, 3)."""
    small = cv2.resize(rgb, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    low = cv2.dct(grey)[:8, :8].ravel()
    # The mean brightness says nothing about the composition, and would always be the greatest.
    low[0] = 0.0
    # Blurred a little, since scaling filters differ most at edges.
    return Look(np.packbits(low > np.median(low)), np.asarray(cv2.GaussianBlur(small, (0, 0), 0.7), np.uint8))


def near_pairs(looks: list[Look]) -> list[tuple[int, int]]:
    """Pairs (earlier, later) of the same picture: every later one is named once, with the first that it repeats."""
    if not looks:
        return []
    bits = np.stack([one.bits for one in looks])
    thumbnails = np.stack([one.thumbnail for one in looks]).astype(np.int16)
    found = []
    for later in range(1, len(looks)):
        apart = _ONES[bits[:later] ^ bits[later]].sum(axis=1)
        alike = np.flatnonzero(apart <= NEAR_BITS)
        if len(alike):
            worst = np.abs(thumbnails[alike] - thumbnails[later]).max(axis=(1, 2, 3))
            same = alike[worst <= NEAR_LEVELS]
            if len(same):
                found.append((int(same[0]), later))
    return found
