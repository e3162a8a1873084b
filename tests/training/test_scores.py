from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nurie.imaging.color import foreground
from nurie.training.metrics.figures import Figures, compare
from nurie.training.scores import (
    Patches,
    Score,
    Scored,
    Scorer,
    by_source,
    halves_distance,
    mean,
    score,
    set_distances,
)
from nurie.training.triples import Triple


def scored(index: int, psnr: float = 10.0, patches: Patches | None = None) -> Scored:
    figures = Figures(psnr, 0.5, 0.6, 0.2)
    triple = Triple(f"{index}", "even" if index % 2 == 0 else "odd", *(Path(),) * 3)
    return Scored(triple, {"mine": Score(figures, figures, psnr)}, patches={} if patches is None else {"mine": patches})


def patched(index: int, shift: float) -> Scored:
    """Five patches with two features; shares of foreground from 0 to 1; all but the background moved by ``shift``."""
    truth = np.random.default_rng(index).normal(size=(5, 2))
    shares = np.linspace(0, 1, 5)
    return scored(index, patches=Patches(truth + shift * (shares >= 0.5)[:, None], truth, shares))


def test_figures_over_the_foreground_and_over_everything() -> None:
    truth = np.ones((60, 40, 3))
    truth[20:40, 10:30] = 0.3
    result = truth.copy()
    result[20:40, 10:30] = 0.4
    found = score(result, truth, seconds=2)
    assert found.seconds == 2
    assert (found.foreground, found.whole) == tuple(
        compare(result, truth, [foreground(truth), np.ones((60, 40), bool)])
    )
    assert found.psnr == found.foreground.psnr == pytest.approx(20)
    assert found.whole.psnr == pytest.approx(20 + 10 * np.log10(6))
    assert (found.ssim, found.repaint) == (found.foreground.ssim, found.foreground.repaint)


def test_results_of_another_size_are_compared_at_the_truths() -> None:
    truth = np.full((40, 60, 3), 0.5)
    assert score(np.full((80, 120, 3), 0.5), truth).psnr > 45


def test_a_network_adds_its_distance_and_patches() -> None:
    pytest.importorskip("stlpips_pytorch")
    from nurie.training.metrics.perceptual import Perceptual

    eyes = Perceptual()
    truth = np.ones((128, 128, 3))
    truth[30:100, 30:100] = [0.9, 0.4, 0.2]
    scorer = Scorer(truth, eyes)
    perfect, patches = scorer.score(truth)
    grey, other = scorer.score(np.full_like(truth, 0.5))
    assert perfect.foreground.perceptual == perfect.whole.perceptual == 0
    assert grey.foreground.perceptual is not None
    assert grey.whole.perceptual is not None
    assert min(grey.foreground.perceptual, grey.whole.perceptual) > 0.1
    assert patches is not None
    assert other is not None
    assert np.array_equal(patches.result, patches.truth)
    assert other.result.shape == other.truth.shape == (len(other.shares), 256)
    assert not np.allclose(other.result, other.truth)


def test_means_over_pictures_and_groups_by_source() -> None:
    found = [scored(index, psnr) for index, psnr in enumerate([10.0, 20.0, 60.0])]
    assert mean(found)["mine"].psnr == mean(found)["mine"].seconds == pytest.approx(30)
    groups = by_source(found)
    assert {name: [one.triple.id for one in group] for name, group in groups.items()} == {
        "even": ["0", "2"],
        "odd": ["1"],
    }


def test_distances_between_sets_over_foreground_patches_and_over_all() -> None:
    found = [patched(index, shift=0.0) for index in range(6)]
    assert set_distances(found, 0.5)["mine"].fid == pytest.approx(0, abs=1e-9)
    assert set_distances(found, 0.5)["mine"].kid == pytest.approx(0, abs=1e-9)
    moved = [patched(index, shift=3.0) for index in range(6)]
    inside, everywhere = set_distances(moved, 0.5)["mine"], set_distances(moved, 0.0)["mine"]
    assert (inside.patches, everywhere.patches) == (18, 30)
    assert inside.fid == pytest.approx(2 * 9)
    assert 0 < everywhere.fid < inside.fid
    assert inside.kid > everywhere.kid > 0


def test_a_picture_without_foreground_patches_counts_with_its_best() -> None:
    found = [patched(index, shift=0.0) for index in range(3)]
    thin = Patches(np.zeros((2, 2)), np.ones((2, 2)), np.array([0.1, 0.3]))
    assert set_distances([*found, scored(3, patches=thin)], 0.5)["mine"].patches == 3 * 3 + 1


def test_no_distance_without_patches_or_with_two_pictures() -> None:
    assert set_distances([scored(index) for index in range(4)], 0.5) == {}
    assert set_distances([patched(index, 0) for index in range(2)], 0.5) == {}
    assert halves_distance([scored(index) for index in range(4)], 0.5) is None


def test_chance_alone_sets_halves_of_the_truth_apart() -> None:
    found = [patched(index, shift=5.0) for index in range(40)]
    halves = halves_distance(found, 0.5)
    assert halves is not None
    assert 0 < halves < 0.5
