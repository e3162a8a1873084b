"""A job at half its size, for when memory is short: a quarter of the pixels, and the way back."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import cv2
import numpy as np
from PIL import Image

from nurie.colorizer import Result
from nurie.inputs import Inputs

__all__ = ["enlarged", "halved"]


def halved(inputs: Inputs) -> Inputs:
    """The drawing at half its size, and with it everything that is measured in its pixels."""
    sketch = inputs.sketch
    return replace(
        inputs,
        sketch=type(sketch)(**{field.name: _half(getattr(sketch, field.name)) for field in fields(sketch)}),
        hints=_half(inputs.hints),
        mask=_half(inputs.mask),
        points=tuple(replace(pair, sketch=(pair.sketch[0] / 2, pair.sketch[1] / 2)) for pair in inputs.points),
    )


def enlarged(result: Result, shape: tuple[int, int]) -> Result:
    """Both pictures at the drawing's size (H, W), in 8 bits; what they are made of stays small and is let go."""
    size = shape[1], shape[0]
    return replace(
        result,
        image=result.image.resize(size, Image.Resampling.BICUBIC),
        color=result.color.resize(size, Image.Resampling.BICUBIC),
        painting=None,
        image16=None,
        color16=None,
    )


def _half(value: Any) -> Any:
    """(H, W[, C]) to half of both, rounded down; what is no array stays as it is."""
    if not isinstance(value, np.ndarray):
        return value
    size = max(1, value.shape[1] // 2), max(1, value.shape[0] // 2)
    return np.ascontiguousarray(cv2.resize(value, size, interpolation=cv2.INTER_AREA))
