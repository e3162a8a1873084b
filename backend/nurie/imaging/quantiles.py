"""Robust figures by region: weighted quantiles and means of what lies in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["region_mean", "region_quantiles"]

Floats = NDArray[np.float32]


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
