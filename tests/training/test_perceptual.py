"""The perceptual loss: MS-SSIM's own maps, nothing for equal pictures, and a way down for others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nurie.training.loader import batches
from nurie.training.metrics.ms_ssim import WEIGHTS, scale_maps
from nurie.training.perceptual import structural_loss
from nurie.training.train_denoiser import ObjectiveConfig, denoiser_task
from training.runs import CONDITIONS, CPU, LOOP, TINY


def noise(seed: int, side: int = 48, count: int = 1) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def everywhere(picture: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(picture[:, :1])


@given(st.integers(0, 10_000), st.sampled_from([11, 24, 47, 96]))
@settings(max_examples=25)
def test_equal_pictures_lose_nothing_and_others_something(seed: int, side: int) -> None:
    one, other = noise(seed, side), noise(seed + 1, side)
    assert structural_loss(one, one, everywhere(one)).abs().item() < 1e-5
    lost = structural_loss(one, other, everywhere(one)).item()
    assert 0 < lost < 2
    assert structural_loss(other, one, everywhere(one)).item() == pytest.approx(lost, abs=1e-5)


@pytest.mark.parametrize("side", [32, 100, 180])
def test_it_is_what_the_metrics_maps_miss_of_1(side: int) -> None:
    one = noise(0, side)
    other = (one + 0.3 * noise(1, side)).clamp(-1, 1)
    maps = scale_maps(*((picture[0].permute(1, 2, 0).numpy() + 1) / 2 for picture in (one, other)))
    weights = np.array(WEIGHTS[: len(maps)])
    expected = 1 - (np.array([found.mean() for found in maps]) * weights).sum() / weights.sum()
    assert structural_loss(one, other, everywhere(one)).item() == pytest.approx(expected, abs=2e-4)


def test_its_gradient_leads_from_a_blank_picture_to_the_truth() -> None:
    """A blank picture has no contrast at all: where the figure would be a product, it would stay so."""
    truth = noise(2, 24)
    estimate = torch.zeros_like(truth, requires_grad=True)
    optimizer = torch.optim.Adam([estimate], 0.05)
    lost = []
    for _ in range(60):
        loss = structural_loss(estimate, truth, everywhere(truth)).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        assert estimate.grad is not None
        assert estimate.grad.isfinite().all()
        optimizer.step()
        lost.append(loss.item())
    assert lost[-1] < 0.2 * lost[0]


def test_what_does_not_count_changes_nothing() -> None:
    truth, estimate = noise(3, 96), noise(4, 96)
    weights = everywhere(truth)
    weights[..., 24:] = 0
    changed = estimate.clone()
    changed[..., 48:] = 1  # further right than any window that counts reaches, on every scale
    first, second = (structural_loss(picture, truth, weights) for picture in (estimate, changed))
    torch.testing.assert_close(first, second)
    assert structural_loss(estimate, truth, torch.zeros_like(weights)).item() == 0


def test_each_sample_has_a_loss_of_its_own() -> None:
    truth, estimate = noise(5, count=3), noise(6, count=3)
    estimate[1] = truth[1]
    lost = structural_loss(estimate, truth, everywhere(truth))
    assert lost.shape == (3,)
    assert lost[1].item() < 1e-5 < lost[0].item()


def test_a_picture_without_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="10 px"):
        structural_loss(noise(0, 10), noise(0, 10), torch.ones(1, 1, 10, 10))


def test_phase_2_adds_it_and_phase_1_does_not(pack_folder: Path, matcher_checkpoint: Path) -> None:
    def losses(perceptual: float) -> list[float]:
        objective = ObjectiveConfig(trajectory=1.0, trajectory_from=0.6, perceptual=perceptual)  # of 5 steps
        task = denoiser_task(TINY, pack_folder, matcher_checkpoint, LOOP, CONDITIONS, CPU, objective)
        batch = next(batches(task.dataset, [range(2)], workers=0, device=CPU))
        task.model.eval()
        with torch.no_grad():
            return [task.loss(batch, step)[0].item() for step in (2, 3)]

    without, with_it = losses(0.0), losses(0.5)
    assert with_it[0] == without[0]
    assert with_it[1] > without[1]
