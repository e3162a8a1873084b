"""Line extraction: sketches from coloured pictures, for training pictures that have no line layer.

Three families, so that a network cannot overfit to one: XDoG (Winnemöller et al. 2012, thresholded difference of
Gaussians), black top-hat (dark thin structures) and gradient edges. Grey float32 images in [0, 1], 1 = paper.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

TRIES = 4
LEAST_INK, MOST_INK = 0.008, 0.3
"""Shares of the sheet: an outline around a small figure, and a page full of hatching."""
GREATEST_GAIN = 3.0
"""More would draw the grain of what is only dark."""


def xdog(grey: Grey, sigma: float = 0.8, k: float = 1.6, gain: float = 0.98, phi: float = 40.0) -> Grey:
    """Extended difference of Gaussians of ``grey`` (H, W); ``sigma`` in pixels, ``phi`` the slope of the threshold."""
    difference = cv2.GaussianBlur(grey, (0, 0), sigma) - gain * cv2.GaussianBlur(grey, (0, 0), sigma * k)
    lines = np.where(difference > 0, 1.0, 1.0 + np.tanh(phi * difference))
    return np.clip(lines, 0, 1).astype(np.float32)


def _lines(depth: NDArray[Any], low: float, high: float) -> Grey:
    """Ink where ``depth`` reaches ``high``, paper where it is ``low``, linear between."""
    return np.asarray(np.clip(1 - (depth - low) / (high - low), 0, 1)).astype(np.float32)


def top_hat(grey: Grey, size: int = 5, low: float = 0.03, high: float = 0.15) -> Grey:
    """Dark lines thinner than ``size`` pixels: black top-hat, stretched from [low, high] to [paper, ink]."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return _lines(np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)), low, high)


def edges(rgb: NDArray[np.float32], low: float = 0.04, high: float = 0.2) -> Grey:
    """Colour edges of ``rgb`` (H, W, 3): largest channel of the morphological gradient, as soft lines."""
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return _lines((rgb - np.asarray(cv2.erode(rgb, kernel))).max(axis=2), low, high)


def extract(rgb: NDArray[np.float32], rng: np.random.Generator) -> Grey:
    """One random line drawing of ``rgb`` (H, W, 3) in [0, 1]; the style is drawn from ``rng``.

    Drawn again, a few times, where it comes out nearly blank or nearly black.
    """
    rgb = _stretched(rgb)
    for _ in range(TRIES):
        drawn = _extracted(rgb, rng)
        if LEAST_INK <= 1 - float(drawn.mean()) <= MOST_INK:
            break
    return drawn


def _extracted(rgb: NDArray[np.float32], rng: np.random.Generator) -> Grey:
    if rng.random() < 0.3:  # only what is large: what an artist draws of a painted, textured picture
        flat = cv2.medianBlur((rgb * 255 + 0.5).astype(np.uint8), int(rng.choice([3, 5, 7])))
        rgb = flat.astype(np.float32) / np.float32(255)
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)
    style = rng.integers(4)
    if style == 0:
        sigma, gain, phi = rng.uniform(0.5, 1.4), rng.uniform(0.96, 0.995), rng.uniform(15, 120)
        return xdog(grey, sigma, gain=gain, phi=phi)
    if style == 1:
        low = float(rng.uniform(0.02, 0.06))
        return top_hat(grey, int(rng.choice([3, 5, 7])), low, low + float(rng.uniform(0.04, 0.2)))
    if style == 2:
        low = float(rng.uniform(0.03, 0.1))
        return edges(rgb, low, low + float(rng.uniform(0.03, 0.2)))
    low = float(rng.uniform(0.02, 0.05))
    return np.minimum(top_hat(grey, 5, low, low + 0.1), xdog(grey, float(rng.uniform(0.6, 1.2)), phi=60.0))


def _stretched(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """With the contrast that the thresholds are made for: a night scene has lines too. A flat picture stays flat."""
    low, high = (float(value) for value in np.percentile(rgb[::4, ::4], (1, 99)))
    span = max(high - low, 1 / GREATEST_GAIN)
    if span >= 1:
        return rgb
    middle = (low + high) / 2
    return np.asarray(np.clip((rgb - middle) / span + 0.5, 0, 1), np.float32)
