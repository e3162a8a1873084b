"""Point pairs: what they say about their surroundings, and what they leave alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.evidence import Evidence
from nurie.imaging.pull import Pull, follow_points
from nurie.imaging.spread import Paper

Floats = NDArray[np.float32]
SIZE = 64
RED, BLUE = (0.9, -0.8, -0.8), (-0.8, -0.6, 0.9)


def nothing() -> Evidence:
    return Evidence(np.zeros((SIZE, SIZE, 3), np.float32), np.zeros((SIZE, SIZE), np.float32))


def halves() -> Floats:
    """A reference, red on the left and blue on the right."""
    picture = np.empty((SIZE, SIZE, 3), np.float32)
    picture[:, : SIZE // 2], picture[:, SIZE // 2 :] = RED, BLUE
    return picture


def walled() -> Paper:
    """A thick line down the middle."""
    ink = np.zeros((SIZE, SIZE), np.float32)
    ink[:, SIZE // 2 - 1 : SIZE // 2 + 1] = 1
    return Paper(ink, np.ones(ink.shape, np.bool_))


def bare() -> Paper:
    return Paper(np.zeros((SIZE, SIZE), np.float32), np.ones((SIZE, SIZE), np.bool_))


def test_without_pairs_the_evidence_is_the_same() -> None:
    found = nothing()
    assert follow_points(found, [], walled()) is found


def test_the_place_gets_the_references_pixel_at_full_confidence() -> None:
    """A slope of colour, so that every place of the reference has a colour of its own."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    slope = np.stack([x, y, 1 - x], axis=2).astype(np.float32)
    pulled = follow_points(nothing(), [Pull((20, 30), (40, 10), slope)], bare())
    np.testing.assert_allclose(pulled.rgb[30, 20], slope[10, 40], atol=1e-5)
    assert pulled.confidence[30, 20] == 1
    # Its neighbours get more of the neighbours' pixels than of the point's: the flow is moved, no colour smeared.
    off = np.abs(pulled.rgb[31, 22] - slope[11, 42] * pulled.confidence[31, 22])
    assert (off < 0.5 * np.abs(slope[11, 42] - slope[10, 40])).all()


def test_beyond_the_surfaces_edge_its_colour_goes_on() -> None:
    """Moved by half its width, the reference shows blue there; but red was pointed at."""
    pulled = follow_points(nothing(), [Pull((40, 30), (24, 30), halves())], bare())
    strong = pulled.confidence > 0.5
    assert strong[30, 52]
    np.testing.assert_allclose(pulled.rgb[30, 52], np.array(RED) * pulled.confidence[30, 52], atol=0.02)


def test_nothing_is_less_certain_than_before_and_far_places_stay() -> None:
    rng = np.random.default_rng(1)
    found = Evidence(
        rng.uniform(-1, 1, (SIZE, SIZE, 3)).astype(np.float32), rng.uniform(0, 1, (SIZE, SIZE)).astype(np.float32)
    )
    pulled = follow_points(found, [Pull((10, 10), (50, 50), halves())], walled())
    assert (pulled.confidence >= found.confidence).all()
    right = slice(SIZE // 2 + 1, None)
    np.testing.assert_array_equal(pulled.rgb[:, right], found.rgb[:, right])
    np.testing.assert_array_equal(pulled.confidence[:, right], found.confidence[:, right])


def test_the_nearer_of_two_points_speaks() -> None:
    pulls = [Pull((8, 32), (10, 30), halves()), Pull((56, 32), (50, 30), halves())]
    pulled = follow_points(nothing(), pulls, bare())
    np.testing.assert_allclose(pulled.rgb[32, 10], np.array(RED) * pulled.confidence[32, 10], atol=1e-3)
    np.testing.assert_allclose(pulled.rgb[32, 54], np.array(BLUE) * pulled.confidence[32, 54], atol=1e-3)


def test_points_beside_the_canvas_say_nothing_and_points_on_its_rim_do() -> None:
    found = nothing()
    outside = follow_points(found, [Pull((-20, 30), (10, 10), halves())], walled())
    np.testing.assert_array_equal(outside.rgb, found.rgb)
    on_rim = follow_points(found, [Pull((0, 0), (SIZE + 3, SIZE - 0.6), halves())], walled())
    np.testing.assert_allclose(on_rim.rgb[0, 0], BLUE, atol=1e-5)
