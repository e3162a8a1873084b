"""Laws of medians and of fitted growths."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurie.bench.statistics import fit_growth, medians, ratio

XS = [0.25, 1.0, 4.0, 9.0, 16.0]


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=9), st.randoms())
def test_medians_forget_the_order_and_stay_within_the_samples(values: list[float], random: Random) -> None:
    def middle_of(numbers: list[float]) -> dict[str, Any]:
        samples: list[dict[str, Any]] = [{"a": number, "b": {"c": number}} for number in numbers]
        return medians(samples)

    middle = middle_of(values)
    assert middle == middle_of(random.sample(values, len(values)))
    assert min(values) <= middle["a"] <= max(values)
    assert middle["b"]["c"] == middle["a"]


def test_one_disturbed_run_of_three_changes_nothing() -> None:
    assert medians([{"s": 1.0}, {"s": 50.0}, {"s": 1.1}]) == {"s": 1.1}


def test_what_is_no_number_is_kept_and_what_nobody_measured_is_none() -> None:
    samples: list[dict[str, Any]] = [
        {"engine": "onnx", "joules": None, "size": 3},
        {"engine": "onnx", "joules": None, "size": 3, "late": 2.0},
    ]
    assert medians(samples) == {"engine": "onnx", "joules": None, "size": 3, "late": 2.0}


def test_ratios_of_what_is_not_known_are_not_known() -> None:
    assert ratio(6.0, 2.0) == 3
    assert ratio(None, 2.0) is ratio(2.0, None) is ratio(2.0, 0.0) is None


@given(
    offset=st.floats(0, 10),
    factor=st.floats(0.5, 50),
    exponent=st.integers(15, 150).map(lambda step: step / 50),
)
def test_a_curve_is_found_again(offset: float, factor: float, exponent: float) -> None:
    ys = [offset + factor * x**exponent for x in XS]
    fit = fit_growth(XS, ys)
    if fit.flat:
        assert max(ys) - min(ys) <= 0.1 * ys[0]
        return
    assert fit.exponent == pytest.approx(exponent, abs=0.021)
    for x, y in zip(XS, ys, strict=True):
        assert fit(x) == pytest.approx(y, rel=0.01)


@given(factor=st.floats(0.5, 50), scale=st.floats(0.01, 100))
def test_units_do_not_change_an_exponent(factor: float, scale: float) -> None:
    ys = [1 + factor * x**1.5 for x in XS]
    assert fit_growth(XS, [scale * y for y in ys]).exponent == fit_growth(XS, ys).exponent


def test_a_constant_is_flat_and_has_no_exponent() -> None:
    fit = fit_growth(XS, [3.0, 3.1, 2.95, 3.05, 3.0])
    assert fit.flat
    assert str(fit) == "flat"
    assert fit(100) == pytest.approx(3, rel=0.05)


def test_a_fixed_part_does_not_hide_a_square() -> None:
    """The slope of a log-log plot would be 0.9 here."""
    assert fit_growth(XS, [20 + x**2 for x in XS]).exponent == pytest.approx(2, abs=0.02)


def test_two_points_are_no_growth() -> None:
    with pytest.raises(ValueError, match="three"):
        fit_growth([1, 2, 2], [1, 2, 2])
