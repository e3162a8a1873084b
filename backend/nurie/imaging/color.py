"""Colour science: sRGB <-> CIE L*a*b* (D65), CIEDE2000, and the three figures every comparison of pictures uses."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ciede2000",
    "foreground",
    "lab_to_rgb",
    "linear_to_srgb",
    "psnr",
    "repaint",
    "rgb_to_lab",
    "srgb_to_linear",
    "ssim",
    "ssim_map",
    "visible_difference",
]

Array = NDArray[np.float64]

# IEC 61966-2-1 primaries; the white point is the matrix's own row sums, so that grey has a* = b* = 0 exactly.
_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_XYZ_TO_RGB = np.linalg.inv(_RGB_TO_XYZ)
_WHITE = _RGB_TO_XYZ.sum(axis=1)
_DELTA = 6.0 / 29.0

FOREGROUND_LIMIT = 0.97
"""A pixel is foreground where the truth's smallest channel lies below this."""
REPAINT_LIMIT = 10.0
"""CIEDE2000 above which an artist would paint the pixel again."""


def srgb_to_linear(rgb: ArrayLike) -> Array:
    """Gamma-encoded sRGB to linear light, any shape, nominal range [0, 1] (IEC 61966-2-1)."""
    value = np.asarray(rgb, dtype=np.float64)
    return np.where(value <= 0.04045, value / 12.92, ((np.maximum(value, 0.04045) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: ArrayLike) -> Array:
    """Linear light to gamma-encoded sRGB, any shape, nominal range [0, 1]; the inverse of `srgb_to_linear`."""
    value = np.asarray(linear, dtype=np.float64)
    # The threshold is the curve's own image of 0.04045, so that the two branches invert each other exactly.
    return np.where(value <= 0.04045 / 12.92, value * 12.92, 1.055 * np.maximum(value, 1e-12) ** (1 / 2.4) - 0.055)


def rgb_to_lab(rgb: ArrayLike) -> Array:
    """sRGB (..., 3) in [0, 1] to L*a*b* (..., 3): L* in [0, 100], a* and b* about [-128, 128] (CIE 15, D65)."""
    xyz = srgb_to_linear(rgb) @ _RGB_TO_XYZ.T / _WHITE
    f = np.where(xyz > _DELTA**3, np.cbrt(xyz), xyz / (3 * _DELTA**2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def lab_to_rgb(lab: ArrayLike) -> Array:
    """L*a*b* (..., 3) to sRGB (..., 3); colours outside the gamut come back outside [0, 1], unclipped."""
    value = np.asarray(lab, dtype=np.float64)
    fy = (value[..., 0] + 16) / 116
    f = np.stack([fy + value[..., 1] / 500, fy, fy - value[..., 2] / 200], axis=-1)
    xyz = np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29)) * _WHITE
    return linear_to_srgb(xyz @ _XYZ_TO_RGB.T)


def ciede2000(lab1: ArrayLike, lab2: ArrayLike) -> Array:
    """Colour difference of L*a*b* colours (..., 3), broadcast against each other -> (...), all weights one.

    After Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes" (2005), equations 2-22.
    """
    one, two = np.asarray(lab1, dtype=np.float64), np.asarray(lab2, dtype=np.float64)
    l1, a1, b1 = one[..., 0], one[..., 1], one[..., 2]
    l2, a2, b2 = two[..., 0], two[..., 1], two[..., 2]
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean_c7 / (mean_c7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1) % (2 * np.pi), np.arctan2(b2, a2) % (2 * np.pi)
    grey = c1 * c2 == 0

    # Hue difference on the short way round, and the mean hue on that same way (equations 10 and 14).
    dh = np.where(grey, 0.0, (h2 - h1 + np.pi) % (2 * np.pi) - np.pi)
    dh = np.where((dh == -np.pi) & (h2 > h1), np.pi, dh)
    far = np.abs(h1 - h2) > np.pi
    mean_h = (h1 + h2 + np.where(far, np.where(h1 + h2 < 2 * np.pi, 2 * np.pi, -2 * np.pi), 0.0)) / 2
    mean_h = np.where(grey, h1 + h2, mean_h)

    d_light, d_chroma, d_hue = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(dh / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(mean_h - np.pi / 6)
        + 0.24 * np.cos(2 * mean_h)
        + 0.32 * np.cos(3 * mean_h + np.pi / 30)
        - 0.20 * np.cos(4 * mean_h - 63 * np.pi / 180)
    )
    turn = np.exp(-(((np.degrees(mean_h) - 275) / 25) ** 2)) * np.pi / 6
    rotation = -np.sin(2 * turn) * 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    d_light = d_light / (1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2))
    d_chroma = d_chroma / (1 + 0.045 * mean_c)
    d_hue = d_hue / (1 + 0.015 * mean_c * t)
    square = d_light**2 + d_chroma**2 + d_hue**2 + rotation * d_chroma * d_hue
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))


def foreground(truth: ArrayLike) -> NDArray[np.bool_]:
    """Where a picture over white (H, W, 3) in [0, 1] is painted; all of it when that would be under 2 %."""
    mask: NDArray[np.bool_] = np.asarray(truth).min(axis=-1) < FOREGROUND_LIMIT
    return mask if mask.mean() >= 0.02 else np.ones_like(mask)


def psnr(result: ArrayLike, truth: ArrayLike, mask: NDArray[np.bool_]) -> float:
    """Peak signal-to-noise ratio in dB over the masked pixels and all channels; capped at 100 for equal pictures."""
    difference = np.asarray(result, dtype=np.float64)[mask] - np.asarray(truth, dtype=np.float64)[mask]
    return float(min(100.0, -10 * np.log10(max(float(np.mean(difference**2)), 1e-10))))


def ssim_map(result: ArrayLike, truth: ArrayLike, window: int = 7) -> Array:
    """Structural similarity (H, W, 3) of pictures (H, W, 3) in [0, 1]: uniform window, sample covariance.

    Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment" (2004), with K1 = .01, K2 = .03 and data range 1.
    """
    x, y = np.asarray(result, dtype=np.float64), np.asarray(truth, dtype=np.float64)

    def mean(a: Array) -> Array:
        blurred = cv2.blur(a, (window, window), borderType=cv2.BORDER_REFLECT)
        return np.asarray(blurred, dtype=np.float64).reshape(a.shape)

    unbiased = window**2 / (window**2 - 1)
    mx, my = mean(x), mean(y)
    vx, vy = unbiased * (mean(x * x) - mx * mx), unbiased * (mean(y * y) - my * my)
    vxy = unbiased * (mean(x * y) - mx * my)
    c1, c2 = 0.01**2, 0.03**2
    return np.asarray((2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2)))


def ssim(result: ArrayLike, truth: ArrayLike, mask: NDArray[np.bool_]) -> float:
    """Mean of the structural similarity map over the masked pixels and channels, in [-1, 1]."""
    return float(ssim_map(result, truth)[mask].mean())


def visible_difference(result: ArrayLike, truth: ArrayLike) -> NDArray[np.bool_]:
    """Where (...) an artist would change the colour of pixels (..., 3) in [0, 1]: CIEDE2000 above 10."""
    one, two = np.asarray(result, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    # Equal pixels, white ground above all, need no formula of forty operations.
    visible: NDArray[np.bool_] = (one != two).any(axis=-1)
    visible[visible] = ciede2000(rgb_to_lab(one[visible]), rgb_to_lab(two[visible])) > REPAINT_LIMIT
    return visible


def repaint(result: ArrayLike, truth: ArrayLike, mask: NDArray[np.bool_]) -> float:
    """Share in [0, 1] of the masked pixels whose colour an artist would change."""
    one, two = np.asarray(result, dtype=np.float64)[mask], np.asarray(truth, dtype=np.float64)[mask]
    return float(visible_difference(one, two).mean())
