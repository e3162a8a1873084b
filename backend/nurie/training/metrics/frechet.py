"""Distances between two sets of features: Fréchet (FID with an Inception network) and kernel (KID likewise)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["frechet_distance", "kernel_distance"]

Array = NDArray[np.float64]


def frechet_distance(one: ArrayLike, two: ArrayLike) -> float:
    """Squared Fréchet distance of the Gaussians fitted to features (N, D) and (M, D), N and M at least 2.

    Heusel et al., "GANs trained by a two time-scale update rule" (2017), equation 6. It is biased upwards, the more
    the fewer samples there are: compare only figures from equally many.
    """
    x, y = np.asarray(one, dtype=np.float64), np.asarray(two, dtype=np.float64)
    if len(x) < 2 or len(y) < 2:
        raise ValueError(f"a covariance needs two samples or more, not {len(x)} and {len(y)}")
    a, b = ((v - v.mean(axis=0)) / np.sqrt(len(v) - 1) for v in (x, y))
    # With covariances A'A and B'B, the trace of the root of their product is the sum of the singular values of AB':
    # no root of a nearly singular matrix is ever taken, however few the samples.
    cross = np.linalg.svd(_triangle(a) @ _triangle(b).T, compute_uv=False).sum()
    distance = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum() + (a * a).sum() + (b * b).sum() - 2 * cross
    return float(max(distance, 0.0))


def kernel_distance(one: Sequence[ArrayLike], two: Sequence[ArrayLike]) -> tuple[float, float]:
    """Unbiased squared maximum mean discrepancy and its standard error, from features (n_i, D) picture by picture.

    Kernel (x.y / D + 1)^3 of Bińkowski et al., "Demystifying MMD GANs" (2018). A picture counts as the mean of its
    features in the kernel's space; the estimator is that of Gretton et al., "A kernel two-sample test" (2012), lemma 6,
    over pairs of different pictures, so that pictures which show the same thing in both sets bias nothing. The error is
    the jackknife's over pictures. Both sets hold the same pictures in the same order; at least three.
    """
    count = len(one)
    if count != len(two) or count < 3:
        raise ValueError(f"the kernel distance needs three pictures or more in both sets, not {count} and {len(two)}")
    x, y = _stack(one), _stack(two)
    h = _gram(x, x) + _gram(y, y) - _gram(x, y) - _gram(y, x)
    np.fill_diagonal(h, 0.0)
    total, rows = h.sum(), h.sum(axis=1)
    without = (total - 2 * rows) / ((count - 1) * (count - 2))
    error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    return float(total / (count * (count - 1))), float(error)


def _triangle(matrix: Array) -> Array:
    """A matrix with the same A'A and no more rows than columns."""
    return matrix if len(matrix) <= matrix.shape[1] else np.asarray(np.linalg.qr(matrix, mode="r"))


def _stack(pictures: Sequence[ArrayLike]) -> tuple[Array, Array]:
    """All features (N, D), and the matrix (P, N) that takes the mean over each picture's own."""
    parts = [np.asarray(part, dtype=np.float64) for part in pictures]
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    mean = (owner == np.arange(len(parts))[:, None]) / np.array([len(part) for part in parts])[:, None]
    return np.concatenate(parts), mean


def _gram(one: tuple[Array, Array], two: tuple[Array, Array]) -> Array:
    """Kernel values between pictures, (P, P)."""
    (x, mean_x), (y, mean_y) = one, two
    return np.asarray(mean_x @ (x @ y.T / x.shape[1] + 1) ** 3 @ mean_y.T)
