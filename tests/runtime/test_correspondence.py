"""How matchers' answers read as a match."""

from __future__ import annotations

import numpy as np
import pytest

from nurie.imaging.evidence import match_cells
from nurie.runtime.correspondence import CellScores, WarpField, to_match
from nurie.runtime.engine import Floats

SIZE = 16


@pytest.fixture
def reference() -> Floats:
    return np.random.default_rng(0).uniform(-1, 1, (3, SIZE, SIZE)).astype(np.float32)


def field(shift: float = 0.0) -> Floats:
    """The identity, or all of it looking further right by a share of the width."""
    line = np.linspace(-1, 1, SIZE, dtype=np.float32)
    x, y = np.meshgrid(line + 2 * shift, line)
    return np.stack([x, y]).astype(np.float32)


def test_scores_of_cells_are_read_by_the_imaging(reference: Floats) -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(16, 17)).astype(np.float32)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    found = to_match(CellScores(log_p), reference)
    expected = match_cells(log_p, np.ascontiguousarray(reference.transpose(1, 2, 0)))
    for name in ("flow", "confidence", "colour", "found"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_the_identity_warp_leaves_every_pixel_where_it_is(reference: Floats) -> None:
    confidence = np.full((SIZE, SIZE), 0.5, np.float32)
    found = to_match(WarpField(field(), confidence), reference)
    centres = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE
    np.testing.assert_allclose(found.flow, np.stack(np.meshgrid(centres, centres), axis=-1), atol=1e-6)
    np.testing.assert_allclose(found.colour, reference.transpose(1, 2, 0), atol=1e-5)
    np.testing.assert_array_equal(found.found, np.ones((SIZE, SIZE), np.float32))
    np.testing.assert_array_equal(found.confidence, confidence)


def test_what_a_warp_sends_out_of_the_picture_has_no_partner(reference: Floats) -> None:
    shift = 4 / (SIZE - 1)
    found = to_match(WarpField(field(shift), np.ones((SIZE, SIZE), np.float32)), reference)
    inside = np.arange(SIZE) < SIZE - 4
    np.testing.assert_array_equal(found.found, np.broadcast_to(inside, (SIZE, SIZE)).astype(np.float32))
    np.testing.assert_array_equal(found.confidence, found.found)
    moved = reference.transpose(1, 2, 0)[:, 4:]
    np.testing.assert_allclose(found.colour[:, : SIZE - 4], moved, atol=1e-5)
