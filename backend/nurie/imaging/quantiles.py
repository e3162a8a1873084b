"""Robust figures by region: weighted quantiles and means of what lies in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.oklab import squared_difference

__all__ = ["region_mean", "region_modes", "region_quantiles"]

Floats = NDArray[np.float32]

_SHIFTS = 4
"""Steps of mean shift, which starts near where it ends."""


def region_quantiles(
    labels: NDArray[np.int64], values: Floats, weights: Floats, count: int, shares: Sequence[float]
) -> Floats:
    """Quantiles of values (n, C) by label (n,), weighted by weights (n,) >= 0 -> (len(shares), count + 1, C).

    0 in rows of labels without weight. Channels are taken one by one.
    """
    total = np.bincount(labels, weights, count + 1)
    start = np.concatenate([[0.0], np.cumsum(total)[:-1]])
    result = np.zeros((len(shares), count + 1, values.shape[1]), np.float32)
    if len(labels) == 0:
        return result
    for channel in range(values.shape[1]):
        order = np.lexsort((values[:, channel], labels))
        reached = np.cumsum(weights[order], dtype=np.float64)
        sorted_values = values[order, channel]
        for number, share in enumerate(shares):
            # Half a hair under the target, so that the last sample of a label is not passed over by rounding.
            place = np.searchsorted(reached, start + share * total * (1 - 1e-9) - 1e-9 * total)
            result[number, :, channel] = sorted_values[np.minimum(place, len(sorted_values) - 1)]
    result[:, total <= 0] = 0
    return result


def region_mean(labels: NDArray[np.int64], values: Floats, weights: Floats, count: int) -> Floats:
    """Mean of values (n, C) by label (n,), weighted -> (count + 1, C); 0 in rows of labels without weight."""
    total = np.maximum(np.bincount(labels, weights, count + 1), 1e-20)
    columns = [
        np.bincount(labels, weights * values[:, channel], count + 1) / total for channel in range(values.shape[1])
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def region_modes(
    labels: NDArray[np.int64], values: Floats, weights: Floats, instead: Floats, starts: Floats, width: float
) -> Floats:
    """Densest colour by label (n,) of values (n, 3), weighted -> (count + 1, 3); ``instead`` (count + 1, 3) where a
    label has no weight near any start.

    From that one of ``starts`` (m, 3) with the most weight around it, uphill by mean shift (Comaniciu and Meer, 2002)
    with a Gaussian kernel of standard deviation ``width``.
    """
    count = len(instead) - 1

    def kernel(middle: Floats) -> Floats:
        return np.asarray(weights * np.exp(squared_difference(values, middle) / (-2 * width * width)), np.float32)

    density = np.stack([np.bincount(labels, kernel(start), count + 1) for start in starts], axis=1)
    modes = starts[density.argmax(axis=1)].astype(np.float32)
    found = density.max(axis=1) > 1e-3 * np.bincount(labels, weights, count + 1)
    for _ in range(_SHIFTS):
        moved = region_mean(labels, values, kernel(modes[labels]), count)
        modes = np.where(found[:, None], moved, modes)
    return np.where(found[:, None], modes, instead).astype(np.float32)
