"""Ways inside a drawing: against Dijkstra's algorithm, and what smoothing must keep."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.imaging.geodesic import crossing_cost, nearest_seed, smooth_within

Floats = NDArray[np.float32]
SIZE = 16


def drawing(number: int) -> Floats:
    """Random ink: half of it paper, the rest of any strength."""
    ink = np.random.default_rng(number).uniform(-1, 1, (SIZE, SIZE))
    return np.maximum(ink, 0).astype(np.float32)


def dijkstra(seed: tuple[int, int], cost: Floats) -> NDArray[np.float64]:
    """Dijkstra, "A note on two problems in connexion with graphs" (1959), on the grid of four neighbours."""
    away = np.full(cost.shape, np.inf)
    away[seed] = 0
    queue = [(0.0, *seed)]
    while queue:
        way, y, x = heapq.heappop(queue)
        for v, u in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
            if 0 <= v < SIZE and 0 <= u < SIZE:
                total = way + (float(cost[y, x]) + float(cost[v, u])) / 2
                if total < away[v, u]:
                    away[v, u] = total
                    heapq.heappush(queue, (total, v, u))
    return away


places = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))


@given(st.integers(0, 2**32 - 1), st.lists(places, min_size=1, max_size=4, unique=True), st.floats(1, 200))
def test_ways_are_the_shortest_and_lead_to_the_nearest(number: int, at: list[tuple[int, int]], limit: float) -> None:
    cost = crossing_cost(drawing(number), 20)
    seeds = np.zeros(cost.shape, np.bool_)
    seeds[tuple(zip(*at, strict=True))] = True
    distance, nearest = nearest_seed(seeds, cost, limit)
    from_each = {y * SIZE + x: dijkstra((y, x), cost) for y, x in at}
    shortest = np.min(list(from_each.values()), axis=0)
    # At the very limit, rounding decides.
    clear = np.abs(shortest - limit) > 0.05
    near = shortest < limit
    np.testing.assert_allclose(distance[clear & near], shortest[clear & near], atol=0.05)
    assert np.isinf(distance[clear & ~near]).all()
    assert (nearest[clear & ~near] == -1).all()
    for index in np.unique(nearest[near & clear]):
        chosen = (nearest == index) & near & clear
        np.testing.assert_allclose(from_each[int(index)][chosen], shortest[chosen], atol=0.05)


def test_without_seeds_nothing_is_near() -> None:
    distance, nearest = nearest_seed(np.zeros((4, 4), np.bool_), np.ones((4, 4), np.float32), 10)
    assert np.isinf(distance).all()
    assert (nearest == -1).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 30))
def test_smoothing_stays_between_the_extremes_and_leaves_what_is_even(number: int, reach: float) -> None:
    cost = crossing_cost(drawing(number), 20)
    values = np.random.default_rng(number + 1).uniform(-1, 1, (SIZE, SIZE, 2)).astype(np.float32)
    smooth = smooth_within(values, cost, reach)
    assert smooth.min() >= values.min() - 1e-4
    assert smooth.max() <= values.max() + 1e-4
    assert smooth.std() < values.std()
    even = np.full((SIZE, SIZE, 1), 0.25, np.float32)
    np.testing.assert_allclose(smooth_within(even, cost, reach), even, atol=1e-5)


def plainly(values: Floats, cost: Floats, reach: float) -> NDArray[np.float64]:
    """Gastal and Oliveira's filter (2011, equations 14 and 21), value by value."""
    smooth = values.astype(np.float64)
    for wide in (4, 2, 1):
        sigma = reach * 3**0.5 * wide / 63**0.5
        for axis in (0, 1):
            lines, prices = np.moveaxis(smooth, axis, 0), np.moveaxis(cost, axis, 0)
            keep = np.exp(-(2**0.5) / sigma * (prices[1:] + prices[:-1]) / 2)
            for at in range(1, len(lines)):
                lines[at] += keep[at - 1][:, None] * (lines[at - 1] - lines[at])
            for at in range(len(lines) - 2, -1, -1):
                lines[at] += keep[at][:, None] * (lines[at + 1] - lines[at])
    return smooth


@given(st.integers(0, 2**32 - 1), st.integers(1, SIZE), st.integers(1, SIZE), st.integers(1, 4), st.floats(0.5, 30))
def test_smoothing_is_the_recursive_filter(number: int, height: int, width: int, channels: int, reach: float) -> None:
    cost = crossing_cost(drawing(number)[:height, :width], 20)
    values = np.random.default_rng(number + 1).uniform(-1, 1, (height, width, channels)).astype(np.float32)
    given_ = values.copy()
    np.testing.assert_allclose(smooth_within(values, cost, reach), plainly(values, cost, reach), atol=1e-4)
    np.testing.assert_array_equal(values, given_)


def test_smoothing_stays_on_its_side_of_a_line() -> None:
    ink = np.zeros((SIZE, SIZE), np.float32)
    ink[:, 8] = 1
    sides = np.zeros((SIZE, SIZE, 1), np.float32)
    sides[:, 8:] = 1
    smooth = smooth_within(sides, crossing_cost(ink, 200), 8)
    assert smooth[:, :8].max() < 0.01
    assert smooth[:, 9:].min() > 0.99
    # Without the line, both sides are one area.
    assert smooth_within(sides, crossing_cost(0 * ink, 200), 8)[:, 7].min() > 0.2
