from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import structural_similarity

from nurie.imaging.color import (
    ciede2000,
    foreground,
    lab_to_rgb,
    linear_to_srgb,
    psnr,
    repaint,
    rgb_to_lab,
    srgb_to_linear,
    ssim,
    ssim_map,
    visible_difference,
)

# Sharma, Wu and Dalal (2005), Table 1: L* a* b* of either sample, then the difference.
SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
PAIRS = np.array([line.split() for line in SHARMA.strip().splitlines()], dtype=np.float64)

unit = st.floats(0, 1)
colors = arrays(np.float64, (5, 3), elements=unit)
labs = arrays(np.float64, (4, 3), elements=st.floats(-100, 100)).map(
    lambda lab: np.abs(lab) * [1, 0, 0] + lab * [0, 1, 1]
)


@given(colors)
def test_lab_and_back_is_the_same_colour(rgb: np.ndarray) -> None:
    assert np.allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=1e-9)


@given(arrays(np.float64, (9,), elements=unit))
def test_linear_light_and_back_is_the_same_value_in_the_same_order(value: np.ndarray) -> None:
    assert np.allclose(linear_to_srgb(srgb_to_linear(value)), value, atol=1e-12)
    order = np.argsort(value, kind="stable")
    assert np.all(np.diff(srgb_to_linear(value)[order]) >= 0)


@given(unit)
def test_greys_have_no_hue(level: float) -> None:
    assert np.allclose(rgb_to_lab([level] * 3)[1:], 0, atol=1e-9)


def test_known_lab_colours() -> None:
    assert np.allclose(rgb_to_lab([1, 1, 1]), [100, 0, 0], atol=1e-9)
    assert np.allclose(rgb_to_lab([1, 0, 0]), [53.24, 80.09, 67.20], atol=0.02)
    assert np.allclose(rgb_to_lab([0, 0, 1]), [32.30, 79.19, -107.86], atol=0.02)


def test_all_published_pairs() -> None:
    assert len(PAIRS) == 34
    assert np.allclose(ciede2000(PAIRS[:, :3], PAIRS[:, 3:6]), PAIRS[:, 6], atol=5e-5)


@given(labs, labs)
def test_differences_are_symmetric_and_zero_only_for_the_same_colour(one: np.ndarray, two: np.ndarray) -> None:
    there = ciede2000(one, two)
    assert np.allclose(there, ciede2000(two, one), atol=1e-9)
    assert np.all(there >= 0)
    assert np.allclose(ciede2000(one, one), 0)


def test_differences_broadcast() -> None:
    assert ciede2000(np.zeros((4, 1, 3)), np.ones((5, 3))).shape == (4, 5)


def test_foreground_is_what_is_not_near_white() -> None:
    picture = np.ones((10, 10, 3))
    picture[:5] = [1, 0.96, 1]
    assert foreground(picture).sum() == 50
    assert foreground(np.ones((10, 10, 3))).all()


def test_psnr_of_known_errors_over_the_mask_alone() -> None:
    truth = np.full((8, 8, 3), 0.5)
    result = truth + 0.1
    result[:4] = 0.0
    mask = np.zeros((8, 8), bool)
    mask[4:] = True
    assert psnr(result, truth, mask) == pytest.approx(20.0)
    assert psnr(truth, truth, mask) == 100.0


def test_ssim_follows_its_definition() -> None:
    rng = np.random.default_rng(3)
    x = rng.random((9, 11, 3))
    y = np.clip(x + rng.normal(0, 0.2, x.shape), 0, 1)
    mask = np.zeros((9, 11), bool)
    mask[4, 5] = True
    values = []
    for channel in range(3):
        a, b = x[1:8, 2:9, channel].ravel(), y[1:8, 2:9, channel].ravel()
        cov = np.cov(a, b)
        values.append(
            (2 * a.mean() * b.mean() + 1e-4)
            * (2 * cov[0, 1] + 9e-4)
            / ((a.mean() ** 2 + b.mean() ** 2 + 1e-4) * (cov[0, 0] + cov[1, 1] + 9e-4))
        )
    assert ssim(x, y, mask) == pytest.approx(np.mean(values))
    assert ssim(x, x, np.ones((9, 11), bool)) == pytest.approx(1.0)


def test_ssim_is_scikit_images_at_every_pixel() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((23, 31, 3)), rng.random((23, 31, 3))
    _, theirs = structural_similarity(x, y, data_range=1.0, channel_axis=-1, full=True)  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(ssim_map(x, y), theirs, atol=1e-9)


@given(colors, colors)
def test_visible_is_what_differs_by_more_than_ten(one: np.ndarray, two: np.ndarray) -> None:
    two[0] = one[0]
    visible = visible_difference(one, two)
    assert np.array_equal(visible, ciede2000(rgb_to_lab(one), rgb_to_lab(two)) > 10)
    assert not visible[0]


def test_repaint_counts_visible_differences() -> None:
    truth = np.full((4, 4, 3), 0.5)
    result = truth.copy()
    result[0] = [0.9, 0.1, 0.1]  # another colour
    result[1] += 0.01  # nobody sees this
    assert repaint(result, truth, np.ones((4, 4), bool)) == 0.25
