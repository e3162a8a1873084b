"""Operators that the exporter's own translation makes slow on a processor, said in another way: the same values.

ONNX Runtime copies the last axis of a Transpose in one piece where it stays last, and swaps two axes in a loop of its
own; a permutation of six axes goes element by element. It adds up neighbours in memory, and whole rows, many at a
time, and anything else one after another, on one core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from onnxscript import opset20 as op

__all__ = ["TRANSLATIONS"]

PARTS = 8
"""Into as many the channels are taken apart for their largest value; fewer and more are slower."""


def pixel_unshuffle(x: Any, factor: int) -> Any:
    """(B, C, H f, W f) to (B, C f f, H, W), as `F.pixel_unshuffle`: rows apart first, then columns."""
    batch, channels, height, width = _sizes(x)
    rows = op.Reshape(x, _shape(batch * channels, height // factor, factor, width))
    rows = op.Transpose(rows, perm=[0, 2, 1, 3])
    columns = op.Reshape(rows, _shape(batch * channels * factor, height * width // factor // factor, factor))
    columns = op.Transpose(columns, perm=[0, 2, 1])
    return op.Reshape(columns, _shape(batch, channels * factor * factor, height // factor, width // factor))


def pixel_shuffle(x: Any, factor: int) -> Any:
    """(B, C f f, H, W) to (B, C, H f, W f), as `F.pixel_shuffle`: columns together first, then rows."""
    batch, channels, height, width = _sizes(x)
    columns = op.Reshape(x, _shape(batch * channels // factor, factor, height * width))
    columns = op.Transpose(columns, perm=[0, 2, 1])
    rows = op.Reshape(columns, _shape(batch * channels // factor // factor, factor, height, width * factor))
    rows = op.Transpose(rows, perm=[0, 2, 1, 3])
    return op.Reshape(rows, _shape(batch, channels // factor // factor, height * factor, width * factor))


def mean(x: Any, dim: Sequence[int], keepdim: bool = False, dtype: int = -1) -> Any:
    """`Tensor.mean`; the mean over one picture's channels is one of whole rows."""
    if not _over_channels(x, dim, keepdim):
        return op.ReduceMean(x, _shape(*dim), keepdims=int(keepdim))
    _, channels, height, width = _sizes(x)
    rows = op.Reshape(x, _shape(channels, height * width))
    return op.Reshape(op.ReduceMean(rows, _shape(0), keepdims=1), _shape(1, 1, height, width))


def amax(x: Any, dim: Sequence[int] = (), keepdim: bool = False) -> Any:
    """`Tensor.amax`; for the largest over one picture's channels, parts of these are compared as a whole first."""
    if _over_channels(x, dim, keepdim) and _size(x, 1) % PARTS == 0:
        x = op.Max(*op.Split(x, axis=1, num_outputs=PARTS))
    return op.ReduceMax(x, _shape(*dim), keepdims=int(keepdim))


def _over_channels(x: Any, dim: Sequence[int], keepdim: bool) -> bool:
    return tuple(dim) == (1,) and keepdim and len(x.shape) == 4 and x.shape[0] == 1


def _sizes(x: Any) -> list[int]:
    return [_size(x, axis) for axis in range(4)]


def _size(x: Any, axis: int) -> int:
    size = x.shape[axis]
    if not isinstance(size, int):
        raise TypeError(f"axis {axis} of {x.name} has no size yet")
    return size


def _shape(*sizes: int) -> Any:
    return op.Constant(value_ints=list(sizes))


TRANSLATIONS: Mapping[Any, Callable[..., Any]] = {
    torch.ops.aten.pixel_unshuffle.default: pixel_unshuffle,
    torch.ops.aten.pixel_shuffle.default: pixel_shuffle,
    torch.ops.aten.mean.dim: mean,
    torch.ops.aten.amax.default: amax,
}
"""For `torch.onnx.export`'s ``custom_translation_table``."""
