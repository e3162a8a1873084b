"""Operators that the exporter's own translation makes slow, said in another order of the same copies.

ONNX Runtime copies the last axis of a Transpose in one piece where it stays last, and swaps two axes in a loop of its
own; a permutation of six axes goes element by element. Two steps of the fast kinds take a quarter of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from onnxscript import opset20 as op

__all__ = ["TRANSLATIONS"]


def pixel_unshuffle(x: Any, factor: int) -> Any:
    """(B, C, H f, W f) to (B, C f f, H, W), as `F.pixel_unshuffle`: rows apart first, then columns."""
    batch, channels, height, width = (_size(x, axis) for axis in range(4))
    rows = op.Reshape(x, _shape(batch * channels, height // factor, factor, width))
    rows = op.Transpose(rows, perm=[0, 2, 1, 3])
    columns = op.Reshape(rows, _shape(batch * channels * factor, height * width // factor // factor, factor))
    columns = op.Transpose(columns, perm=[0, 2, 1])
    return op.Reshape(columns, _shape(batch, channels * factor * factor, height // factor, width // factor))


def _size(x: Any, axis: int) -> int:
    size = x.shape[axis]
    if not isinstance(size, int):
        raise TypeError(f"axis {axis} of {x.name} has no size yet")
    return size


def _shape(*sizes: int) -> Any:
    return op.Constant(value_ints=list(sizes))


TRANSLATIONS: Mapping[Any, Callable[..., Any]] = {torch.ops.aten.pixel_unshuffle.default: pixel_unshuffle}
"""For `torch.onnx.export`'s ``custom_translation_table``."""
