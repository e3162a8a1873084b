from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import structural_similarity_index_measure

from nurie.training.metrics.ms_ssim import WEIGHTS, ms_ssim, scale_maps

sides = st.integers(11, 60)
seeds = st.integers(0, 2**32 - 1)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Soft blotches with some grain, (H, W, 3) in [0, 1]."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 8 + 1, width // 8 + 1, 3)).repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
    return np.asarray(0.8 * coarse + 0.2 * rng.random((height, width, 3)))


def published(x: np.ndarray, y: np.ndarray) -> float:
    """The paper's product: contrast from torchmetrics, the last scale's SSIM from scikit-image, channel by channel."""
    figures = []
    for channel in range(3):
        one, two = (torch.from_numpy(pixels[None, None, ..., channel]) for pixels in (x, y))
        figure = 1.0
        for weight in WEIGHTS[:-1]:
            _, contrast = structural_similarity_index_measure(
                one, two, data_range=1.0, sigma=1.5, return_contrast_sensitivity=True
            )
            figure *= float(contrast) ** weight
            one, two = (torch.nn.functional.avg_pool2d(pixels, 2) for pixels in (one, two))
        figures.append(figure * plain(one[0, 0].numpy(), two[0, 0].numpy()) ** WEIGHTS[-1])
    return float(np.mean(figures))


def plain(x: np.ndarray, y: np.ndarray) -> float:
    """SSIM of grey pictures as the paper has it, without the border where scikit-image makes pixels up."""
    _, found = structural_similarity(  # type: ignore[no-untyped-call]
        x, y, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    return float(found[5:-5, 5:-5].mean())


@pytest.mark.parametrize(("height", "width"), [(176, 176), (181, 233)])
def test_whole_pictures_have_the_figure_of_other_libraries(height: int, width: int) -> None:
    x = picture(height, width)
    y = 0.6 * x + 0.4 * picture(height, width, seed=1)
    assert ms_ssim(x, y) == pytest.approx(published(x, y), abs=1e-6)
    assert 0.2 < ms_ssim(x, y) < 0.95


def test_on_one_scale_it_is_plain_ssim() -> None:
    x, y = picture(20, 17), 0.5 * picture(20, 17) + 0.3
    assert len(scale_maps(x, y)) == 1
    assert ms_ssim(x, y) == pytest.approx(np.mean([plain(x[..., c], y[..., c]) ** sum(WEIGHTS) for c in range(3)]))


@given(sides, sides, seeds)
@settings(max_examples=30)
def test_a_picture_is_wholly_like_itself_and_likeness_is_mutual(height: int, width: int, seed: int) -> None:
    x, y = picture(height, width, seed), picture(height, width, seed + 1)
    mask = np.random.default_rng(seed).random((height, width)) < 0.5
    assert ms_ssim(x, x) == pytest.approx(1.0)
    assert ms_ssim(x, x, mask) == pytest.approx(1.0)
    assert ms_ssim(x, y, mask) == pytest.approx(ms_ssim(y, x, mask))
    assert 0 <= ms_ssim(x, y, mask) <= 1


@given(st.integers(0, 1000))
@settings(max_examples=10)
def test_it_falls_with_noise(seed: int) -> None:
    x = picture(96, 80, seed)
    noise = np.random.default_rng(seed).normal(0, 1, x.shape)
    figures = [ms_ssim(x + strength * noise, x) for strength in (0.0, 0.02, 0.08, 0.3, 1.0)]
    assert figures == sorted(figures, reverse=True)
    assert figures[-1] < 0.5 < figures[1]


def test_what_lies_far_from_the_mask_does_not_count() -> None:
    """The coarsest window reaches 5 x 16 px beyond a pixel, and a pixel of the mask is known to 16 px there."""
    x = picture(176, 400)
    y = x.copy()
    y[:, 270:] = 1 - y[:, 270:]
    mask = np.zeros((176, 400), bool)
    mask[:, :160] = True
    assert ms_ssim(x, y, mask) == pytest.approx(1.0)
    assert ms_ssim(x, y, ~mask) < 0.7
    assert ms_ssim(x, y) < 0.9


def test_a_mask_of_everything_is_no_mask() -> None:
    x, y = picture(90, 70), picture(90, 70, seed=1)
    assert ms_ssim(x, y, np.ones((90, 70), bool)) == pytest.approx(ms_ssim(x, y))


def test_a_mask_at_the_rim_alone_leaves_the_figure_of_all() -> None:
    x, y = picture(40, 40), picture(40, 40, seed=1)
    mask = np.zeros((40, 40), bool)
    mask[0] = True
    assert ms_ssim(x, y, mask) == pytest.approx(ms_ssim(x, y))


@pytest.mark.parametrize(
    ("side", "scales"), [(11, 1), (21, 1), (22, 2), (43, 2), (44, 3), (175, 4), (176, 5), (400, 5)]
)
def test_short_sides_have_fewer_scales(side: int, scales: int) -> None:
    x = np.zeros((side, 400, 3))
    assert len(scale_maps(x, x)) == scales


@pytest.mark.parametrize(("one", "two"), [((10, 50, 3), (10, 50, 3)), ((20, 20, 3), (20, 21, 3))])
def test_pictures_it_cannot_compare(one: tuple[int, ...], two: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="from 11 px on"):
        ms_ssim(np.zeros(one), np.zeros(two))
