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
from nurie.imaging.tracking import Tracks, flicker, shared_colors, track

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
    partners = track(labels, labels).partners
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
    partners = track(one, two).partners
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
    partners = track(one, two).partners
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
    steady = shared_colors(Tracks(partners, np.full(4, 0.3)), before, after, painted)
    assert shaken > 2
    assert flicker(partners, before, steady, areas) == 0
    np.testing.assert_array_equal(steady[3], after[3])
    np.testing.assert_array_equal(steady[1], before[2])
    # What became another colour altogether is not forced.
    green = after.copy()
    green[1] = rgb_to_oklab(np.array([20, 220, 20], np.uint8))
    doubtful = Tracks(partners, np.full(4, 0.3))
    np.testing.assert_array_equal(shared_colors(doubtful, before, green, painted)[1], green[1])


def test_an_area_that_is_surely_the_same_keeps_its_colour_though_the_model_paints_another_shade() -> None:
    before = rgb_to_oklab(np.array([[0, 0, 0], [200, 80, 60]], np.uint8))
    after = rgb_to_oklab(np.array([[0, 0, 0], [130, 40, 30]], np.uint8))
    painted = np.array([False, True])
    for sure, kept in ((0.9, before), (0.3, after)):
        tracks = Tracks(np.array([0, 1]), np.array([0, sure]))
        np.testing.assert_array_equal(shared_colors(tracks, before, after, painted)[1], kept[1])


@pytest.mark.parametrize("angle", [-25, 25])
def test_a_limb_that_moves_by_itself_is_followed(angle: float) -> None:
    """A figure that stands, with an arm of four equal parts that swings; without local movement the parts are mixed
    up, for each lies where its neighbour was."""

    def drawn(turned: float) -> NDArray[np.float32]:
        ink: NDArray[np.float32] = np.zeros((320, 320), np.float32)
        cv2.rectangle(ink, (60, 60), (130, 290), 1.0, 3)
        cv2.line(ink, (60, 140), (130, 140), 1.0, 3)
        matrix = cv2.getRotationMatrix2D((130, 150), turned, 1)
        for part in range(4):
            left = 132 + 36 * part
            corners = np.array([[left, 138], [left + 36, 138], [left + 36, 166], [left, 166]], np.float32)
            cv2.polylines(ink, [np.rint(cv2.transform(corners[None], matrix)).astype(np.int32)], True, 1.0, 3)
        return ink

    def middles(turned: float) -> list[tuple[int, int]]:
        matrix = cv2.getRotationMatrix2D((130, 150), turned, 1)
        places = np.array([[[150 + 36 * part, 152] for part in range(4)]], np.float32)
        return [(round(float(x)), round(float(y))) for x, y in cv2.transform(places, matrix)[0]]

    frames = [find_regions(drawn(turned)).labels for turned in (0, angle / 2, angle)]
    for one, two, then, now in (
        (frames[0], frames[1], middles(0), middles(angle / 2)),
        (frames[1], frames[2], middles(angle / 2), middles(angle)),
    ):
        partners = track(one, two).partners
        for (x0, y0), (x1, y1) in zip(then, now, strict=True):
            assert partners[two[y1, x1]] == one[y0, x0]
