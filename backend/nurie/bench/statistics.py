"""Medians, ratios and growth: pure functions of measured numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["Growth", "fit_growth", "highest", "medians", "ratio"]

EXPONENTS = [step / 50 for step in range(5, 151)]
"""0.10 to 3.00: what a growth may be fitted with."""
FLAT = 0.1
"""A curve that rises by less than this share of its start, over all that was measured, is called flat."""


def medians(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The median of every number that the samples hold, name by name; None where no sample has one.

    Nested mappings are taken apart likewise; of anything else (text, lists) the first is kept.
    """
    return _merged(samples, median)


def highest(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """As :func:`medians`, but the largest: what a machine once reached is possible."""
    return _merged(samples, max)


def _merged(samples: Sequence[Mapping[str, Any]], of: Callable[[list[float]], float]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in dict.fromkeys(name for sample in samples for name in sample):
        values = [sample[name] for sample in samples if sample.get(name) is not None]
        if not values:
            found[name] = None
        elif isinstance(values[0], Mapping):
            found[name] = _merged(values, of)
        elif isinstance(values[0], (int, float)) and not isinstance(values[0], bool):
            found[name] = of(values)
        else:
            found[name] = values[0]
    return found


def ratio(of: float | None, to: float | None) -> float | None:
    """``of / to``; None where one is not known or ``to`` is nothing."""
    return None if of is None or not to else of / to


@dataclass(frozen=True)
class Growth:
    """y = offset + factor * x ** exponent; ``error`` is the largest relative miss over what was measured."""

    offset: float
    factor: float
    exponent: float
    error: float

    def __call__(self, x: float) -> float:
        return float(self.offset + self.factor * x**self.exponent)

    @property
    def flat(self) -> bool:
        """Nothing grows, and the exponent means nothing."""
        return self.factor == 0

    def __str__(self) -> str:
        return "flat" if self.flat else f"exponent {self.exponent:.2f}"


def fit_growth(xs: Sequence[float], ys: Sequence[float]) -> Growth:
    """The curve that misses the points (all above 0, three or more) least, in relative terms; offset at least 0.

    A plain slope in a log-log plot would call every cost with a fixed part sublinear. ValueError below three points.
    """
    if len(set(xs)) < 3 or len(xs) != len(ys):
        raise ValueError("a growth needs three different sizes and a figure for each")
    if max(ys) - min(ys) <= FLAT * ys[xs.index(min(xs))]:
        level = sum(ys) / len(ys)
        return Growth(level, 0.0, 0.0, _miss([level] * len(ys), ys))
    fits = (_with_exponent(xs, ys, exponent) for exponent in EXPONENTS)
    return min(fits, key=lambda fit: sum(((fit(x) - y) / y) ** 2 for x, y in zip(xs, ys, strict=True)))


def _with_exponent(xs: Sequence[float], ys: Sequence[float], exponent: float) -> Growth:
    """Least squares of relative errors, by hand: weights 1/y, unknown offset and factor, both at least 0."""
    powers = [x**exponent for x in xs]
    a11 = sum(1 / y**2 for y in ys)
    a12 = sum(p / y**2 for p, y in zip(powers, ys, strict=True))
    a22 = sum(p**2 / y**2 for p, y in zip(powers, ys, strict=True))
    b1, b2 = sum(1 / y for y in ys), sum(p / y for p, y in zip(powers, ys, strict=True))
    determinant = a11 * a22 - a12 * a12
    offset, factor = (b1 * a22 - b2 * a12) / determinant, (b2 * a11 - b1 * a12) / determinant
    if offset < 0:
        offset, factor = 0.0, b2 / a22
    fitted = [offset + factor * p for p in powers]
    return Growth(offset, factor, exponent, _miss(fitted, ys))


def _miss(fitted: Iterable[float], ys: Sequence[float]) -> float:
    return max(math.fabs(f - y) / y for f, y in zip(fitted, ys, strict=True))
