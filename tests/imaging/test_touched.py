"""Corrections change the picture where they change what the model is told, and nowhere else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nurie.imaging.evidence import Evidence
from nurie.imaging.touched import kept_elsewhere, touched

SIDE = 64


def known(seed: int) -> Evidence:
    random = np.random.default_rng(seed)
    return Evidence(
        random.uniform(-1, 1, (SIDE, SIDE, 3)).astype(np.float32), random.random((SIDE, SIDE)).astype(np.float32)
    )


@given(st.integers(0, 100), st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))
def test_only_what_is_near_a_change_is_touched(seed: int, row: int, column: int) -> None:
    before = known(seed)
    rgb = before.rgb.copy()
    rgb[row, column] = np.where(rgb[row, column] > 0, -1, 1)
    share = touched(before, Evidence(rgb, before.confidence))
    rows, columns = np.nonzero(share)
    assert share[row, column] == 1
    assert max(abs(rows - row).max(), abs(columns - column).max()) <= 2


@given(st.integers(0, 100))
def test_nothing_changed_is_nothing_touched(seed: int) -> None:
    before = known(seed)
    assert not touched(before, Evidence(before.rgb.copy(), before.confidence.copy())).any()


@given(st.integers(0, 100))
def test_what_is_kept_is_kept_to_the_bit(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, after = (random.uniform(-1, 1, (2, 3, 8, 8)).astype(np.float32) for _ in range(2))
    share = random.choice([0.0, 0.5, 1.0], (8, 8)).astype(np.float32)
    mixed = kept_elsewhere(before, after, share)
    np.testing.assert_array_equal(mixed[..., share == 0], before[..., share == 0])
    np.testing.assert_allclose(mixed[..., share == 1], after[..., share == 1], atol=1e-6)
