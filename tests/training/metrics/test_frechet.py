from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from nurie.training.metrics.frechet import frechet_distance, kernel_distance

seeds = st.integers(0, 2**32 - 1)
counts = st.integers(2, 30)
dimensions = st.integers(1, 12)


def exact(mean: np.ndarray, covariance: np.ndarray, seed: int, count: int = 50) -> np.ndarray:
    """Samples whose own mean and covariance are the ones given, to rounding."""
    samples = np.random.default_rng(seed).normal(size=(count, len(mean)))
    samples -= samples.mean(axis=0)
    white = samples @ np.linalg.inv(np.linalg.cholesky(np.cov(samples, rowvar=False))).T
    return np.asarray(white @ np.linalg.cholesky(covariance).T + mean)


def textbook(x: np.ndarray, y: np.ndarray) -> float:
    """With the root of the covariances' product, as the paper writes it."""
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(a @ b)
    return float(((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum() + np.trace(a + b - 2 * np.real(root)))


@given(counts, dimensions, seeds)
@settings(max_examples=40)
def test_equal_sets_in_any_order_lie_nowhere_apart(count: int, dimension: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(count, dimension)), rng.normal(2, 3, size=(count + 3, dimension))
    assert frechet_distance(x, rng.permutation(x)) == pytest.approx(0, abs=1e-9 * (1 + np.square(x).sum()))
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(rng.permutation(y), x))


@given(counts, dimensions, seeds)
@settings(max_examples=40)
def test_a_shift_moves_a_set_by_its_square_and_scale_scales_by_its_square(
    count: int, dimension: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, y, shift = rng.normal(size=(count, dimension)), rng.normal(size=(count, dimension)), rng.normal(size=dimension)
    assert frechet_distance(x, x + shift) == pytest.approx((shift**2).sum(), abs=1e-9 * (1 + np.square(x).sum()))
    assert frechet_distance(3 * x, 3 * y) == pytest.approx(9 * frechet_distance(x, y), abs=1e-9)


def test_the_closed_form_for_gaussians() -> None:
    """Diagonal covariances commute: the distance is that of the means and of the standard deviations."""
    one = exact(np.array([0.0, 1.0, 2.0]), np.diag([1.0, 4.0, 9.0]), seed=0)
    two = exact(np.array([1.0, 1.0, 0.0]), np.diag([4.0, 4.0, 0.25]), seed=1, count=80)
    assert frechet_distance(one, two) == pytest.approx((1 + 4) + (1 + 0 + 2.5**2))


def test_the_root_of_the_product_of_covariances_that_do_not_commute() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 8)) @ rng.normal(size=(8, 8))
    y = rng.normal(size=(150, 8)) @ rng.normal(size=(8, 8)) + 1
    assert frechet_distance(x, y) == pytest.approx(textbook(x, y), rel=1e-7)


def test_it_holds_with_fewer_samples_than_dimensions() -> None:
    """Padding with zero dimensions changes nothing, and three samples span two dimensions."""
    x, y = exact(np.zeros(2), np.diag([1.0, 4.0]), 0, count=3), exact(np.ones(2), np.diag([9.0, 1.0]), 1, count=3)
    padded = [np.pad(part, ((0, 0), (0, 40))) for part in (x, y)]
    assert frechet_distance(*padded) == pytest.approx(2 + 4 + 1)


def test_one_sample_has_no_covariance() -> None:
    with pytest.raises(ValueError, match="two samples or more"):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))


def pictures(rng: np.random.Generator, count: int, shift: float = 0.0, dimension: int = 4) -> list[np.ndarray]:
    """Features of pictures with one to four patches each, which resemble each other within a picture."""
    return [
        rng.normal(shift, 1, dimension) + rng.normal(0, 0.3, (patches, dimension))
        for patches in rng.integers(1, 5, size=count)
    ]


def test_the_kernel_distance_by_hand() -> None:
    rng = np.random.default_rng(0)
    x, y = pictures(rng, 5), pictures(rng, 5, shift=0.5)

    def kernel(one: np.ndarray, two: np.ndarray) -> float:
        return float(np.mean([[(a @ b / 4 + 1) ** 3 for b in two] for a in one]))

    def by_hand(keep: list[int]) -> float:
        pairs = [(i, j) for i in keep for j in keep if i != j]
        terms = [kernel(x[i], x[j]) + kernel(y[i], y[j]) - kernel(x[i], y[j]) - kernel(y[i], x[j]) for i, j in pairs]
        return float(np.mean(terms))

    value, error = kernel_distance(x, y)
    assert value == pytest.approx(by_hand([*range(5)]))
    without = [by_hand([other for other in range(5) if other != one]) for one in range(5)]
    assert error == pytest.approx(np.sqrt(4 / 5 * np.square(np.subtract(without, np.mean(without))).sum()))


@given(st.integers(3, 12), seeds)
@settings(max_examples=30)
def test_the_kernel_distance_knows_equal_sets_and_no_order(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = pictures(rng, count), pictures(rng, count)
    order = rng.permutation(count)
    assert kernel_distance(x, x) == pytest.approx((0, 0), abs=1e-9)
    there, back = kernel_distance(x, y), kernel_distance([y[i] for i in order], [x[i] for i in order])
    assert there == pytest.approx(back)


def test_the_kernel_distance_is_unbiased_and_knows_its_error() -> None:
    """Over many draws from one distribution its mean is 0, though each has only ten pictures."""
    rng = np.random.default_rng(0)
    found = np.array([kernel_distance(pictures(rng, 10), pictures(rng, 10)) for _ in range(600)])
    spread = found[:, 0].std()
    assert abs(found[:, 0].mean()) < 4 * spread / np.sqrt(600)
    apart = np.array([kernel_distance(pictures(rng, 10), pictures(rng, 10, shift=1.0)) for _ in range(600)])
    assert np.median(apart[:, 1]) == pytest.approx(apart[:, 0].std(), rel=0.5)
    assert apart[:, 0].mean() > 10 * abs(found[:, 0].mean())


@pytest.mark.parametrize(("one", "two"), [(2, 2), (4, 3)])
def test_the_kernel_distance_needs_pairs_of_pictures(one: int, two: int) -> None:
    with pytest.raises(ValueError, match="three pictures or more in both sets"):
        kernel_distance([np.zeros((1, 2))] * one, [np.zeros((1, 2))] * two)
