"""Colour evidence: what a match carries over, and what it must leave alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.imaging.evidence import Evidence, choose, evidence, fine_flow, match_cells, merge

Floats = NDArray[np.float32]
CELLS, SIZE = 8, 64
INNER = slice(4, -4)
"""Pixels between cell centres: in the outermost half cell the flow stays that of the last centre."""


@pytest.fixture
def reference() -> Floats:
    """Smooth colours, so that the cells' means are near the pixels."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    return np.stack([x, y, 1 - x], axis=2).astype(np.float32) * 1.6 - 0.8


def certain(partners: NDArray[np.int64]) -> Floats:
    """Log-probabilities that put every cell where ``partners`` (N,) say; N itself is "no partner"."""
    p = np.full((CELLS**2, CELLS**2 + 1), 1e-9, np.float32)
    p[np.arange(CELLS**2), partners] = 1
    return np.log(p)


def identity() -> Floats:
    centres = (np.arange(CELLS, dtype=np.float32) + 0.5) / CELLS
    return np.stack(np.meshgrid(centres, centres), axis=-1)


def test_matching_every_cell_with_itself_gives_the_reference_back(reference: Floats) -> None:
    match = match_cells(certain(np.arange(CELLS**2)), reference)
    np.testing.assert_allclose(match.flow, identity(), atol=1e-5)
    given_back = evidence(match, reference)
    np.testing.assert_allclose(given_back.rgb[INNER, INNER], reference[INNER, INNER], atol=1e-4)
    np.testing.assert_allclose(given_back.confidence, 1, atol=1e-5)


def test_a_mirrored_match_gives_the_mirror_image(reference: Floats) -> None:
    partners = np.arange(CELLS**2).reshape(CELLS, CELLS)[:, ::-1].ravel()
    given_back = evidence(match_cells(certain(partners), reference), reference)
    np.testing.assert_allclose(given_back.rgb[INNER, INNER], reference[:, ::-1][INNER, INNER], atol=1e-4)


def test_no_partner_gives_nothing(reference: Floats) -> None:
    nothing = evidence(match_cells(certain(np.full(CELLS**2, CELLS**2)), reference), reference)
    assert np.abs(nothing.rgb).max() < 1e-6
    assert nothing.confidence.max() < 1e-6


def test_doubt_gives_the_expected_colour(reference: Floats) -> None:
    # Half the probability in each of two far corners: no pixel is right, their mean is the best guess.
    p = np.full((CELLS**2, CELLS**2 + 1), 1e-9, np.float32)
    p[:, 0] = p[:, CELLS**2 - 1] = 0.5
    match = match_cells(np.log(p), reference)
    corners = (reference[:8, :8].mean(axis=(0, 1)) + reference[-8:, -8:].mean(axis=(0, 1))) / 2
    np.testing.assert_allclose(match.found, 1, atol=1e-5)
    np.testing.assert_allclose(match.confidence, 0.5, atol=1e-5)
    np.testing.assert_allclose(match.colour, np.broadcast_to(corners, match.colour.shape), atol=1e-4)


@given(st.floats(0, 1))
def test_probability_between_two_cells_is_a_place_between_them(share: float) -> None:
    p = np.full((CELLS**2, CELLS**2 + 1), 1e-9, np.float32)
    p[:, 27], p[:, 28] = max(1 - share, 1e-9), max(share, 1e-9)
    match = match_cells(np.log(p), np.zeros((SIZE, SIZE, 3), np.float32))
    np.testing.assert_allclose(match.flow[..., 0], (3.5 + share) / CELLS, atol=1e-4)
    np.testing.assert_allclose(match.flow[..., 1], 3.5 / CELLS, atol=1e-4)
    np.testing.assert_allclose(match.confidence, 1, atol=1e-4)


def test_probabilities_that_are_no_square_are_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        match_cells(np.zeros((10, 11), np.float32), np.zeros((SIZE, SIZE, 3), np.float32))


def test_flow_is_bilinear_on_one_surface() -> None:
    fine = fine_flow(identity(), SIZE)
    centres = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE
    expected = np.stack(np.meshgrid(centres, centres), axis=-1)
    np.testing.assert_allclose(fine[INNER, INNER], expected[INNER, INNER], atol=1e-6)


def test_flow_takes_a_side_at_a_tear() -> None:
    flow = np.full((CELLS, CELLS, 2), 0.1, np.float32)
    flow[:, CELLS // 2 :] = 0.9
    fine = fine_flow(flow, SIZE)
    np.testing.assert_allclose(fine[:, : SIZE // 2], 0.1, atol=1e-6)
    np.testing.assert_allclose(fine[:, SIZE // 2 :], 0.9, atol=1e-6)


def test_merging_takes_the_more_confident_at_every_pixel() -> None:
    left = np.tile(np.linspace(0, 1, 4, dtype=np.float32), (4, 1))
    one = Evidence(np.full((4, 4, 3), -1, np.float32), left)
    other = Evidence(np.full((4, 4, 3), 1, np.float32), left[:, ::-1].copy())
    merged = merge([one, other])
    np.testing.assert_array_equal(merged.rgb[0, :, 0], [1, 1, -1, -1])
    np.testing.assert_array_equal(merged.confidence, np.maximum(one.confidence, other.confidence))
    assert (merge([one]).rgb == one.rgb).all()
    with pytest.raises(ValueError, match="no evidence"):
        merge([])


def test_half_found_is_half_as_strong(reference: Floats) -> None:
    sure = match_cells(certain(np.arange(CELLS**2)), reference)
    two = np.float32(2)
    half = replace(sure, confidence=sure.confidence / two, found=sure.found / two)
    np.testing.assert_allclose(evidence(half, reference).rgb, evidence(sure, reference).rgb / 2, atol=1e-5)


def advantage(left: float, right: float, noise: Floats) -> Evidence:
    """Evidence of one colour whose confidence is ``left`` and ``right`` in the halves, unsteady from pixel to pixel."""
    confidence = np.where(np.arange(SIZE) < SIZE // 2, np.float32(left), np.float32(right)) + noise
    return Evidence(np.full((SIZE, SIZE, 3), left, np.float32), confidence.astype(np.float32))


@given(st.integers(0, 2**32 - 1))
def test_references_are_chosen_by_area_not_by_pixel(number: int) -> None:
    rng = np.random.default_rng(number)
    noise = [rng.uniform(-0.3, 0.3, (SIZE, SIZE)).astype(np.float32) for _ in range(2)]
    one, other = advantage(0.7, 0.3, noise[0]), advantage(0.3, 0.7, noise[1])
    line = np.zeros((SIZE, SIZE), np.float32)
    line[:, SIZE // 2 - 1 : SIZE // 2 + 1] = 1
    chosen = choose([one, other], line).rgb[..., 0]
    assert (chosen[:, : SIZE // 2 - 2] == np.float32(0.7)).all()
    assert (chosen[:, SIZE // 2 + 2 :] == np.float32(0.3)).all()
    by_pixel = merge([one, other]).rgb[..., 0]
    assert len(np.unique(by_pixel[:, : SIZE // 2])) == 2


def test_the_chosen_references_colours_and_confidence_belong_together() -> None:
    rng = np.random.default_rng(3)
    parts = [
        Evidence(np.full((SIZE, SIZE, 3), number / 4, np.float32), rng.random((SIZE, SIZE)).astype(np.float32))
        for number in range(3)
    ]
    chosen = choose(parts, np.zeros((SIZE, SIZE), np.float32))
    for number, part in enumerate(parts):
        mine = chosen.rgb[..., 0] == np.float32(number / 4)
        np.testing.assert_array_equal(chosen.confidence[mine], part.confidence[mine])


def test_nearly_equal_references_are_not_mixed() -> None:
    """The same picture in two colours: the first, throughout, although each is a little better on one side."""
    still = np.zeros((SIZE, SIZE), np.float32)
    chosen = choose([advantage(0.55, 0.5, still), advantage(0.5, 0.56, still)], still)
    assert (chosen.rgb == np.float32(0.55)).all()


def test_a_reference_that_fits_far_better_leads_wherever_it_stands() -> None:
    still = np.zeros((SIZE, SIZE), np.float32)
    poor, good = advantage(0.4, 0.4, still), advantage(0.5, 0.45, still)
    for parts in ([poor, good], [good, poor]):
        assert (choose(parts, still).rgb == np.float32(0.5)).all()


def test_one_reference_is_no_choice() -> None:
    only = advantage(0.2, 0.3, np.zeros((SIZE, SIZE), np.float32))
    assert choose([only], np.zeros((SIZE, SIZE), np.float32)) is only
    with pytest.raises(ValueError, match="no evidence"):
        choose([], np.zeros((SIZE, SIZE), np.float32))
