from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nurie.training.metrics.bootstrap import mean_interval

values = arrays(np.float64, st.integers(1, 30), elements=st.floats(-100, 100))


def test_it_covers_the_true_mean_about_as_often_as_it_says() -> None:
    """Skewed values, 60 at a time: percentile intervals cover a little less than they promise."""
    rng = np.random.default_rng(0)
    intervals = [mean_interval(rng.exponential(size=60), resamples=400) for _ in range(1000)]
    assert 0.90 < np.mean([low < 1 < high for low, high in intervals]) < 0.97


@given(values)
def test_it_lies_among_the_values_in_whatever_order_they_come(found: np.ndarray) -> None:
    low, high = mean_interval(found, resamples=50)
    assert found.min() - 1e-9 <= low <= high <= found.max() + 1e-9
    assert mean_interval(found[::-1], resamples=50) == (low, high)


@given(values, st.floats(0.1, 10), st.floats(-50, 50))
def test_it_moves_and_grows_with_the_values(found: np.ndarray, scale: float, shift: float) -> None:
    low, high = mean_interval(found, resamples=50)
    assert mean_interval(scale * found + shift, resamples=50) == pytest.approx(
        (scale * low + shift, scale * high + shift), abs=1e-6
    )


def test_more_confidence_is_wider_and_more_values_are_narrower() -> None:
    rng = np.random.default_rng(0)
    few, many = rng.normal(size=20), rng.normal(size=2000)

    def width(found: np.ndarray, level: float) -> float:
        low, high = mean_interval(found, level)
        return high - low

    assert width(few, 0.99) > width(few, 0.95) > width(few, 0.5)
    assert width(many, 0.95) < width(few, 0.95) / 5


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="nothing"):
        mean_interval([])
