"""Views, styles and colours: the laws that training pairs rest on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nurie.training import augment

SIZE = 32
seeds = st.integers(0, 2**32 - 1)
boxes = st.tuples(*[st.floats(0, 150)] * 2, *[st.floats(200, 384)] * 2)


@given(boxes, seeds, st.booleans(), st.sampled_from([0.0, 1.0]))
def test_a_view_is_undone_by_its_inverse(
    box: tuple[float, float, float, float], seed: int, mirror: bool, crop: float
) -> None:
    view = augment.random_view(box, SIZE, np.random.default_rng(seed), mirror=mirror, crop=crop)
    canvas = view.inverse(view.map(SIZE).reshape(-1, 2).astype(np.float64)).reshape(SIZE, SIZE, 2)
    y, x = np.mgrid[:SIZE, :SIZE]
    np.testing.assert_allclose(canvas, np.stack([x, y], axis=2), atol=1e-2)
    assert (np.linalg.det(view.matrix[:, :2]) < 0) == mirror


def test_a_flow_is_added_and_has_no_inverse() -> None:
    flow = augment.random_flow(SIZE, 5.0, np.random.default_rng(0))
    view = augment.fitted_view((0, 0, 100, 50), SIZE)
    bent = augment.View(view.matrix, flow)
    np.testing.assert_allclose(bent.map(SIZE) - view.map(SIZE), flow, atol=1e-4)
    with pytest.raises(ValueError, match="flow"):
        bent.inverse(np.zeros((1, 2)))


@given(boxes)
def test_a_fitted_view_shows_the_whole_box_centred(box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    corners = np.array([[left - 0.5, top - 0.5], [right - 0.5, bottom - 0.5]])  # edges; pixel centres are whole numbers
    low, high = augment.fitted_view(box, SIZE, margin=0.1).inverse(corners)
    longer, shorter = sorted((high - low).tolist(), reverse=True)
    assert longer == pytest.approx(SIZE / 1.2)
    assert shorter <= longer
    np.testing.assert_allclose(low + high, SIZE - 1, atol=1e-6)


@given(boxes, seeds, st.booleans(), st.booleans())
def test_a_mirrored_view_is_the_mirror_image_and_twice_is_none(
    box: tuple[float, float, float, float], seed: int, mirror: bool, bent: bool
) -> None:
    rng = np.random.default_rng(seed)
    view = augment.random_view(box, SIZE, rng, mirror=mirror, crop=0.5)
    view = augment.posed(view, SIZE, rng) if bent else view
    once = augment.mirrored(view, SIZE)
    np.testing.assert_allclose(once.map(SIZE), view.map(SIZE)[:, ::-1], atol=1e-3)
    np.testing.assert_allclose(augment.mirrored(once, SIZE).map(SIZE), view.map(SIZE), atol=1e-3)


@given(boxes, seeds)
def test_another_pose_bends_smoothly_and_turns_nothing_over(box: tuple[float, float, float, float], seed: int) -> None:
    view = augment.fitted_view(box, 64)
    rng, again = np.random.default_rng(seed), np.random.default_rng(seed)
    bent = augment.posed(view, 64, rng)
    np.testing.assert_array_equal(bent.map(64), augment.posed(view, 64, again).map(64))
    assert bent.flow is not None
    scale = view.matrix[0, 0]
    assert np.abs(np.diff(bent.flow / scale, axis=0)).max() < 8  # canvas pixels from one to the next: no tear
    with pytest.raises(ValueError, match="bent"):
        augment.posed(bent, 64, rng)


def test_content_box_holds_the_ink_exactly() -> None:
    line = np.full((20, 30), 255, np.uint8)
    assert augment.content_box(line) == (0, 0, 30, 20)
    line[4, 7], line[11, 3] = 0, 100
    assert augment.content_box(line) == (3, 4, 8, 12)


def test_an_unmoved_view_changes_nothing_and_the_outside_is_filled(noise: NDArray[np.uint8]) -> None:
    still = augment.View(np.array([[1.0, 0, 0], [0, 1, 0]])).map(SIZE)
    np.testing.assert_array_equal(augment.render(noise, still, (1, 2, 3)), noise)
    away = augment.View(np.array([[1.0, 0, SIZE + 2], [0, 1, 0]])).map(SIZE)
    assert (augment.render(noise, away, (1, 2, 3)) == (1, 2, 3)).all()


@given(seeds)
def test_ids_are_never_mixed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.choice(np.array([10, 200], np.uint8), (64, 64))
    view = augment.random_view((5, 5, 60, 60), SIZE, rng, mirror=False)
    assert set(np.unique(augment.render(ids, view.map(SIZE), 0, nearest=True))) <= {0, 10, 200}


@given(seeds, st.integers(0, 255))
def test_recolouring_keeps_greys(seed: int, level: int) -> None:
    change = augment.colour_change(np.random.default_rng(seed))
    grey = np.full((1, 1, 3), level, np.uint8)
    assert np.abs(augment.recolour(grey, change).astype(int) - level).max() <= 1


@given(seeds, st.integers(0, 255))
def test_turning_hues_keeps_greys(seed: int, level: int) -> None:
    change = augment.hue_change(np.random.default_rng(seed))
    grey = np.full((1, 1, 3), level, np.uint8)
    assert np.abs(augment.recolour_hues(grey, change).astype(int) - level).max() <= 1


@given(seeds)
def test_what_had_one_colour_has_one_afterwards(seed: int) -> None:
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (4, 3), np.uint8)
    regions = rng.integers(0, 4, (16, 16))
    painted = augment.recolour_hues(palette[regions], augment.hue_change(rng))
    for region in np.unique(regions):
        assert len(np.unique(painted[regions == region], axis=0)) == 1


def test_turning_hues_changes_each_colour_by_itself() -> None:
    change = np.tile(np.array([0, 1, 1], np.float32), (360, 1))
    change[60:180, 0] = 120  # greens become blues
    rgb = np.array([[[200, 0, 0], [0, 200, 0], [40, 40, 40]]], np.uint8)
    assert augment.recolour_hues(rgb, change)[0].tolist() == [[200, 0, 0], [0, 0, 200], [40, 40, 40]]


def test_recolouring_changes_colours_and_gamma_brightens() -> None:
    change = augment.colour_change(np.random.default_rng(0))
    colour = np.array([[[200, 80, 30]]], np.uint8)
    assert np.abs(augment.recolour(colour, change).astype(int) - colour).max() > 20
    assert (augment.recolour(colour, np.eye(3, 4, dtype=np.float32), gamma=0.5) > colour).all()


def test_every_region_has_its_own_change() -> None:
    rgb = np.full((1, 3, 3), 100, np.uint8)
    changes = np.tile(np.eye(3, 4, dtype=np.float32), (256, 1, 1))
    changes[1, :, 3], changes[2, 0, 3] = -1, 1
    painted = augment.recolour_regions(rgb, np.array([[0, 1, 2]], np.uint8), changes)
    np.testing.assert_array_equal(painted[0], [[100, 100, 100], [0, 0, 0], [255, 100, 100]])


@pytest.fixture
def noise() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
