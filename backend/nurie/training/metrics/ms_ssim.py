"""Multi-scale structural similarity, over a whole picture or over a part of it.

Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment" (2003): five scales, each
half the last by 2 x 2 means; Gaussian window of 11 px, sigma 1.5; K1 = .01, K2 = .03, data range 1; only positions
where the window lies wholly in the picture; colour channels each for themselves, then their mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["WINDOW", "mean_over", "ms_ssim", "scale_maps"]

Array = NDArray[np.float64]

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents from the finest scale to the coarsest, as published: their sum is 1.0001."""
WINDOW = 11
"""Side of the window, and the smallest picture there is a figure for."""
_KERNEL = cv2.getGaussianKernel(WINDOW, 1.5)
_C1, _C2 = 0.01**2, 0.03**2


def ms_ssim(result: ArrayLike, truth: ArrayLike, mask: NDArray[np.bool_] | None = None) -> float:
    """MS-SSIM in [0, 1] of two pictures (H, W, 3) in [0, 1], over the mask (H, W) or over all; 1 for equal pictures."""
    maps = scale_maps(result, truth)
    return mean_over(maps, np.ones(np.shape(truth)[:2], np.bool_) if mask is None else mask)


def scale_maps(result: ArrayLike, truth: ArrayLike) -> list[Array]:
    """Contrast times structure by position, (H_j - 10, W_j - 10, 3), fine to coarse; times luminance in the last.

    A side too short for five scales (under 176 px) gives as many as hold the window. ValueError below one window.
    """
    x, y = np.asarray(result, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if x.shape != y.shape or min(x.shape[:2]) < WINDOW:
        raise ValueError(f"MS-SSIM needs two pictures of one size from {WINDOW} px on, not {x.shape} and {y.shape}")
    count = sum(min(x.shape[:2]) >> scale >= WINDOW for scale in range(len(WEIGHTS)))
    maps = []
    for scale in range(count):
        mx, my = _blur(x), _blur(y)
        variances = _blur(x * x) - mx * mx + _blur(y * y) - my * my
        found = (2 * (_blur(x * y) - mx * my) + _C2) / (variances + _C2)
        if scale == count - 1:
            found = found * (2 * mx * my + _C1) / (mx * mx + my * my + _C1)
        maps.append(found)
        x, y = _halve(x), _halve(y)
    return maps


def mean_over(maps: Sequence[Array], mask: NDArray[np.bool_]) -> float:
    """The figure from `scale_maps`, each scale's mean weighted by the mask (H, W) at that scale.

    The mask shrinks by 2 x 2 means like the pictures, so that a coarse pixel counts by its share of foreground. Where
    a scale's map shows none of the mask, that scale counts everywhere. A negative mean counts as 0, as the powers
    demand; fewer scales share the weights of all.
    """
    share = np.asarray(mask, dtype=np.float64)[..., None]
    weights = np.array(WEIGHTS[: len(maps)]) * (sum(WEIGHTS) / sum(WEIGHTS[: len(maps)]))
    means = []
    for found in maps:
        inner = _inside(share)
        means.append((found * inner).sum(axis=(0, 1)) / inner.sum() if inner.any() else found.mean(axis=(0, 1)))
        share = _halve(share)
    return float(np.prod(np.maximum(means, 0.0) ** weights[:, None], axis=0).mean())


def _blur(picture: Array) -> Array:
    return _inside(np.asarray(cv2.sepFilter2D(picture, cv2.CV_64F, _KERNEL, _KERNEL), dtype=np.float64))


def _inside(picture: Array) -> Array:
    """Without the border where the window would reach out of the picture."""
    edge = WINDOW // 2
    return picture[edge:-edge, edge:-edge]


def _halve(picture: Array) -> Array:
    """Means of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    blocks = picture[:height, :width].reshape(height // 2, 2, width // 2, 2, -1)
    return np.asarray(blocks.mean(axis=(1, 3)))
