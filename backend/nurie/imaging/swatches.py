"""Swatches: the few colours that an artist would mix for a drawing, and which area has which of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.fill import Fill
from nurie.imaging.growth import tiled
from nurie.imaging.oklab import difference, oklab_to_rgb

__all__ = ["MOST", "Swatches", "swatches_of"]

MOST = 32
"""Swatches at most; a list of more is not looked through."""
_ALIKE = 0.02
"""Distance in OKLab within which nobody sees two colours."""
_MERGED = 256
"""Colours, those of the largest areas, among which the nearest become one; the rest join them."""


@dataclass(frozen=True)
class Swatches:
    """``colors`` uint8 (k, 3) in sRGB, that of the most pixels first; ``numbers`` uint8 (n + 1,): for each area of the
    fill its swatch from 1 on, 0 for ground."""

    colors: NDArray[np.uint8]
    numbers: NDArray[np.uint8]

    def sheet(self, labels: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """The swatch at each pixel of the fill's ``labels`` (H, W), 0 on ground."""
        result: NDArray[np.uint8] = np.empty(labels.shape, np.uint8)

        def work(inner: tuple[slice, slice], _outer: object, _cut: object) -> None:
            result[inner] = np.take(self.numbers, labels[inner])

        tiled((labels.shape[0], labels.shape[1]), 0, work)
        return result


def swatches_of(fill: Fill, most: int = MOST) -> Swatches:
    """The colours of a fill, at most ``most`` (up to 255): the two nearest become the one of more pixels, again and
    again, until there are so few and all can be told apart."""
    areas = np.bincount(fill.labels.ravel(), minlength=fill.count + 1)
    there = np.flatnonzero(fill.painted & (areas > 0))
    numbers = np.zeros(fill.count + 1, np.uint8)
    if len(there) == 0:
        return Swatches(np.zeros((0, 3), np.uint8), numbers)
    lab, one = np.unique(fill.colors[there], axis=0, return_inverse=True)
    one = one.reshape(-1)  # numpy 2.0 gives it another shape
    sizes = np.bincount(one, areas[there])
    order = np.argsort(-sizes, kind="stable")
    kept = order[:_MERGED]
    owner = np.empty(len(lab), np.int64)
    owner[order] = np.arange(len(order))
    late = order[_MERGED:]
    if len(late):
        owner[late] = difference(lab[late][:, None], lab[kept][None]).argmin(axis=1)
    roots = _merged(lab[kept], np.bincount(owner, sizes, len(kept)).astype(np.float64), most)
    left, number = np.unique(roots, return_inverse=True)
    numbers[there] = number.reshape(-1)[owner[one]] + 1
    colors = (oklab_to_rgb(lab[kept][left]) * 255 + 0.5).astype(np.uint8)
    return Swatches(colors, numbers)


def _merged(lab: NDArray[np.float32], sizes: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """For each colour (n, 3), the largest first, the one that stands for it (n,)."""
    count = len(lab)
    roots = np.arange(count)
    away = difference(lab[:, None], lab[None]).astype(np.float64)
    np.fill_diagonal(away, np.inf)
    for left in range(count, 1, -1):
        place = int(away.argmin())
        first, second = sorted(divmod(place, count), key=lambda one: (-sizes[one], one))
        if left <= most and away.ravel()[place] > _ALIKE:
            break
        roots[roots == second] = first
        sizes[first] += sizes[second]
        away[second], away[:, second] = np.inf, np.inf
    return roots
