"""Drawings with known lines, for the imaging tests."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["INK", "figure", "figure_ink", "on_paper"]

INK = (120, 160)
"""(H, W) of the standard drawing."""


def figure_ink(shape: tuple[int, int] = INK, width: int = 2) -> NDArray[np.float32]:
    """Two rooms side by side in one frame: ink 0..1 (H, W), antialiased nowhere."""
    height, length = shape
    ink = np.zeros(shape, np.float32)
    left, right, top, bottom = length // 5, length - length // 5, height // 5, height - height // 5
    cv2.rectangle(ink, (left, top), (right, bottom), 1.0, width)
    cv2.line(ink, (length // 2, top), (length // 2, bottom), 1.0, width)
    return ink


def figure(shape: tuple[int, int] = INK) -> NDArray[np.float32]:
    """The colours of the two rooms, red and blue, on white: (H, W, 3) in [0, 1]."""
    height, length = shape
    rgb = np.ones((*shape, 3), np.float32)
    rows = slice(height // 5, height - height // 5 + 1)
    rgb[rows, length // 5 : length // 2] = (0.9, 0.2, 0.1)
    rgb[rows, length // 2 : length - length // 5 + 1] = (0.1, 0.3, 0.9)
    return rgb


def on_paper(
    ink: NDArray[np.float32],
    paper: tuple[float, float, float] = (1, 1, 1),
    line: tuple[float, float, float] = (0, 0, 0),
) -> NDArray[np.uint8]:
    """Ink of one colour on paper of another: uint8 (H, W, 3)."""
    mixed = np.multiply(1 - ink[..., None], paper) + ink[..., None] * np.asarray(line)
    return np.asarray(np.clip(mixed * 255 + 0.5, 0, 255), dtype=np.uint8)
