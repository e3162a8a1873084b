"""Areas keep their numbers, and with them their colours, while a drawing moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.shapes import draw_lines, shape_labels
from nurie.imaging.oklab import rgb_to_oklab
from nurie.imaging.regions import find_regions
from nurie.imaging.tracking import flicker, shared_colors, track

SIZE = (300, 380)


def moved(labels: NDArray[np.int32], angle: float, shift: tuple[float, float], scale: float = 1) -> NDArray[np.int32]:
    matrix = cv2.getRotationMatrix2D((labels.shape[1] / 2, labels.shape[0] / 2), angle, scale)
    matrix[:, 2] += np.array(shift)
    size = (labels.shape[1], labels.shape[0])
    ground = float(labels[0, 0])
    warped = cv2.warpAffine(labels.astype(np.float32), matrix, size, flags=cv2.INTER_NEAREST, borderValue=ground)
    return np.asarray(warped, np.int32)


@settings(max_examples=10)
@given(st.integers(0, 500))
def test_a_frame_is_tracked_onto_itself(seed: int) -> None:
    labels = find_regions(draw_lines(shape_labels(seed, *SIZE), 3)).labels
    partners = track(labels, labels)
    seen = np.unique(labels[2::1, 2::1])
    wrong = [number for number in seen if partners[number] != number and (labels == number).sum() > 20]
    assert wrong == []


@pytest.mark.parametrize(("angle", "shift", "scale"), [(0, (9, -6), 1), (3, (0, 0), 1), (-4, (8, 5), 1.03)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_areas_are_found_again_after_a_movement(
    seed: int, angle: float, shift: tuple[float, float], scale: float
) -> None:
    shapes = shape_labels(seed, *SIZE)
    after = moved(shapes, angle, shift, scale)
    one, two = (find_regions(draw_lines(frame, 3)).labels for frame in (shapes, after))
    partners = track(one, two)
    right = total = 0
    for number in range(1, int(shapes.max()) + 1):
        then, now = shapes == number, after == number
        if min(then.sum(), now.sum()) < 400:
            continue
        expected, found = int(np.bincount(one[then]).argmax()), int(np.bincount(two[now]).argmax())
        right += partners[found] == expected
        total += 1
    assert total >= 6
    assert right >= 0.9 * total


def test_no_two_areas_have_one_partner() -> None:
    one = find_regions(draw_lines(shape_labels(1, *SIZE), 3)).labels
    two = find_regions(draw_lines(shape_labels(2, *SIZE), 3)).labels
    partners = track(one, two)
    named = partners[partners > 0]
    assert len(set(named.tolist())) == len(named)
    assert partners[0] == 0


def test_tracked_areas_share_their_colour_and_flicker_ends() -> None:
    partners = np.array([0, 2, 1, 0])
    before = rgb_to_oklab(np.array([[0, 0, 0], [200, 80, 60], [60, 90, 200]], np.uint8))
    after = rgb_to_oklab(np.array([[0, 0, 0], [70, 95, 190], [190, 90, 70], [10, 250, 10]], np.uint8))
    areas = np.array([0.0, 100, 300, 50])
    painted = np.array([False, True, True])
    shaken = flicker(partners, before, after, areas)
    steady = shared_colors(partners, before, after, painted)
    assert shaken > 2
    assert flicker(partners, before, steady, areas) == 0
    np.testing.assert_array_equal(steady[3], after[3])
    np.testing.assert_array_equal(steady[1], before[2])
    # What became another colour altogether is not forced.
    green = after.copy()
    green[1] = rgb_to_oklab(np.array([20, 220, 20], np.uint8))
    np.testing.assert_array_equal(shared_colors(partners, before, green, painted)[1], green[1])
