"""Training pairs: in the pack's pictures colours are coordinates, so partners must have one colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nurie.protocol import InputError
from nurie.training.pairs import CELL, NO_PARTNER, UNKNOWN, Pair, Pairs, background

SIZE = 128
SAMPLES = range(12)


def corners(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The four pixels around every cell's centre, (cells, cells, 4, 3)."""
    at = [
        picture[y::CELL, x::CELL].astype(np.int64)
        for y in (CELL // 2 - 1, CELL // 2)
        for x in (CELL // 2 - 1, CELL // 2)
    ]
    return np.stack(at, axis=2)


def mismatch(pair: Pair) -> NDArray[np.float64]:
    """Distance in levels between the colours at both ends of every match whose ends show coordinates (blue 0)."""
    here, errors = corners(pair.color), []
    for cell in zip(*np.nonzero(pair.matches[..., 0] >= 0), strict=True):
        x, y = np.floor(pair.matches[cell] * SIZE - 0.5).astype(int).clip(0, SIZE - 2)
        there = pair.reference[y : y + 2, x : x + 2].reshape(4, 3).astype(np.int64)
        if here[cell][:, 2].max() == there[:, 2].max() == 0:
            errors.append(np.abs(here[cell].mean(axis=0) - there.mean(axis=0)).max())
    return np.array(errors)


@pytest.fixture(scope="module")
def pairs(pack_folder: Path) -> Pairs:
    return Pairs(pack_folder)


def test_a_warped_picture_matches_itself(pairs: Pairs) -> None:
    errors = [mismatch(pairs.sample(index, SIZE, kinds={"drawn": 1}, self_share=1, recolour=0)) for index in SAMPLES]
    assert sum(map(len, errors)) > 500
    assert np.concatenate(errors).max() < 3  # levels; one canvas pixel is about 2


def test_two_poses_match_by_their_rest_positions(pairs: Pairs) -> None:
    errors = [mismatch(pairs.sample(index, SIZE, kinds={"3d": 1}, self_share=0, recolour=0)) for index in SAMPLES]
    assert sum(map(len, errors)) > 200
    # A position is known every 3 packed pixels, about 5 levels apart, at both ends.
    assert np.concatenate(errors).max() < 8


def test_where_there_is_no_partner_the_reference_shows_no_such_colour(pairs: Pairs) -> None:
    seen = 0
    for index in SAMPLES:
        pair = pairs.sample(index, SIZE, kinds={"drawn": 1}, self_share=1, recolour=0)
        shown = pair.reference[2:-2, 2:-2].reshape(-1, 3)
        shown = shown[shown[:, 2] == 0][:, :2].astype(np.int64)
        for colour in corners(pair.color)[pair.matches[..., 0] == NO_PARTNER]:
            if colour[:, 2].max() == 0:
                seen += 1
                assert np.abs(shown - colour.mean(axis=0)[:2]).max(axis=1).min() > 1
    assert seen > 20


def test_paper_has_no_partner_and_other_pictures_are_unknown(pairs: Pairs) -> None:
    pair = pairs.sample(0, SIZE, kinds={"vector": 1}, self_share=1, recolour=0)
    paper = (corners(pair.color) == 255).all(axis=(2, 3))
    assert paper.any()
    assert (pair.matches[paper] == NO_PARTNER).all()


def test_two_pictures_without_positions_are_unknown(pairs: Pairs) -> None:
    target, other = 0, 1
    at = np.zeros((SIZE, SIZE, 2), np.float32)
    assert (pairs._matches(target, at, other, None, SIZE) == UNKNOWN).all()  # type: ignore[arg-type]


def test_a_sample_depends_on_nothing_but_seed_and_number(pack_folder: Path, pairs: Pairs) -> None:
    def parts(source: Pairs, index: int) -> list[bytes]:
        pair = source.sample(index, 64)
        return [part.tobytes() for part in (pair.color, pair.sketch, pair.reference, pair.matches)]

    later = parts(pairs, 7)
    again = Pairs(pack_folder)
    parts(again, 3)
    assert parts(again, 7) == later
    assert parts(again, 8) != later
    assert parts(Pairs(pack_folder, seed=1), 7) != later


def test_shapes_and_both_ends_recoloured_alike(pairs: Pairs) -> None:
    plain = pairs.sample(5, 64, kinds={"vector": 1}, self_share=1, recolour=0)
    painted = pairs.sample(5, 64, kinds={"vector": 1}, self_share=1, recolour=1)
    assert painted.color.shape == painted.reference.shape == (64, 64, 3)
    assert painted.sketch.shape == (64, 64)
    assert painted.matches.shape == (8, 8, 2)
    np.testing.assert_array_equal(painted.sketch, plain.sketch)
    np.testing.assert_array_equal(painted.matches, plain.matches)
    assert (painted.color != plain.color).any()
    assert (painted.reference != plain.reference).any()


def test_ground_is_what_reaches_the_border() -> None:
    picture = np.full((16, 16, 3), 255, np.uint8)
    picture[4:12, 4:12] = 0
    picture[6:10, 6:10] = 255  # white, but inside
    ground = background(picture)
    assert ground[0, 0] == 1
    assert ground[8, 8] == 0
    assert ground[4, 4] == 0


def test_what_is_not_there_is_refused(tmp_path: Path, pack_folder: Path) -> None:
    with pytest.raises(InputError, match="no finished pack"):
        Pairs(tmp_path)
    pairs = Pairs(pack_folder)
    pairs.groups["icon"] = []
    with pytest.raises(InputError, match="no pictures of kind"):
        pairs.sample(0, 64, kinds={"icon": 1.0})
