"""Trapped balls: the ways between pieces."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nurie.imaging.trapped_ball import openings

SHAPE = (7, 9)


@given(arrays(np.int32, SHAPE, elements=st.integers(0, 4)), arrays(np.float32, SHAPE, elements=st.integers(0, 9)))
def test_a_way_is_the_deepest_crossing_between_two_pieces_and_lies_at_it(pieces: np.ndarray, depth: np.ndarray) -> None:
    ways: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for row, column in np.ndindex(SHAPE):
        for other in ((row + 1, column), (row, column + 1)):
            if other[0] == SHAPE[0] or other[1] == SHAPE[1]:
                continue
            one, two = sorted((int(pieces[row, column]), int(pieces[other])))
            if one and one != two:
                way = min(float(depth[row, column]), float(depth[other]))
                ways.setdefault((one, two), []).append((way, row * SHAPE[1] + column))
    pairs, saddle, place = openings(pieces, depth)
    assert [tuple(pair) for pair in pairs.tolist()] == sorted(ways)
    for pair, way, where in zip(pairs.tolist(), saddle.tolist(), place.tolist(), strict=True):
        crossings = ways[pair[0], pair[1]]
        assert way == max(crossings)[0]
        assert (way, where) in crossings
