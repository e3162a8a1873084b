"""Averages of the weights, and others put together afterwards."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ema_pytorch.post_hoc_ema import sigma_rel_to_gamma, solve_weights
from hypothesis import given
from hypothesis import strategies as st

from nurie.protocol import InputError, UsageError
from nurie.training.averages import PROFILES, WIDEST, exponent, exponential_share, mixture, power_share
from nurie.training.checkpoints import load_ema, read_checkpoint
from nurie.training.loop import run
from nurie.training.posthoc import average
from training.runs import CPU, LOOP, contents, line

WIDTHS = st.floats(0.02, 0.25)
GAMMAS = [exponent(width) for width in PROFILES.values()]


def averaged(values: np.ndarray[tuple[int], np.dtype[np.float64]], gamma: float) -> list[float]:
    """The average of exponent ``gamma`` after each step of a run whose weight takes these values."""
    average, history = math.nan, []
    for step, value in enumerate(values, start=1):
        share = power_share(step, gamma)
        average = value if step == 1 else share * average + (1 - share) * value
        history.append(float(average))
    return history


@given(WIDTHS)
def test_the_width_of_a_profile_is_what_its_name_says(width: float) -> None:
    """sigma_rel is the standard deviation of the profile (gamma + 1) t^gamma over a run of length 1 (section 3.1)."""
    gamma = exponent(width)
    mean, square = (gamma + 1) / (gamma + 2), (gamma + 1) / (gamma + 3)
    assert math.sqrt(square - mean**2) == pytest.approx(width, rel=1e-6)
    assert gamma == pytest.approx(sigma_rel_to_gamma(width), rel=1e-9)


@pytest.mark.parametrize("width", [0, -0.1, WIDEST, 1, math.nan])
def test_a_width_that_no_average_has_is_refused(width: float) -> None:
    with pytest.raises(ValueError, match=r"must lie between 0 and 0\.289"):
        exponent(width)


@given(st.integers(1, 5000), WIDTHS)
def test_shares_are_shares(step: int, width: float) -> None:
    assert 0 <= power_share(step, exponent(width)) < power_share(step + 1, exponent(width)) < 1
    assert 0 < exponential_share(step, 0.999) <= exponential_share(step + 1, 0.999) <= 0.999


@given(WIDTHS, st.integers(8, 40))
def test_mixtures_are_those_of_another_implementation(width: float, count: int) -> None:
    steps = np.repeat(np.arange(1, count + 1) * 100.0, 2)
    gammas = np.tile(np.array(GAMMAS), count)
    found = mixture(steps, gammas, steps[-1], exponent(width))
    told = solve_weights(*map(torch.tensor, (steps, gammas, steps[-1], exponent(width))))
    np.testing.assert_allclose(found, told.squeeze(1).numpy(), atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.floats(0.04, 0.15))
def test_a_mixture_is_near_the_average_that_was_not_kept(seed: int, width: float) -> None:
    """Of weights that walk at random, from twenty snapshots of two averages."""
    values = np.random.default_rng(seed).normal(size=1000).cumsum()
    kept = np.arange(50, 1001, 50)
    histories = [averaged(values, gamma) for gamma in GAMMAS]
    snapshots = np.array([history[step - 1] for step in kept for history in histories])
    weights = mixture(np.repeat(kept, 2).astype(float), np.tile(np.array(GAMMAS), len(kept)), 1000.0, exponent(width))
    true = averaged(values, exponent(width))[-1]
    assert abs(weights @ snapshots - true) < 0.01 * values.std()
    assert weights.sum() == pytest.approx(1, abs=1e-3)


def test_an_average_of_another_length_is_put_together_after_the_run(tmp_path: Path) -> None:
    loop = replace(LOOP, steps=40, decay_from=40, learning_rate=0.05, snapshot_every=4 * LOOP.batch)
    run(line(), loop, tmp_path, CPU)
    names = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert names == [f"{step:08d}.safetensors" for step in range(4, 41, 4)]
    # Of a width that was kept, it is what was kept.
    same, between, kept = tmp_path / "same.safetensors", tmp_path / "between.safetensors", {}
    average(tmp_path, 0.05, same)
    for name, value in read_checkpoint(tmp_path / "checkpoint.safetensors")[0].items():
        kept[name] = value.item()
    assert load_ema(same)["weight"].item() == pytest.approx(kept["ema05.weight"], abs=2e-3)  # float16
    average(tmp_path, 0.08, between)
    ends = sorted([kept["ema05.weight"], kept["ema10.weight"]])
    assert ends[0] < load_ema(between)["weight"].item() < ends[1]
    metadata = read_checkpoint(between)[1]
    assert metadata["step"] == "40"
    assert '"network": "line"' in metadata["settings"]


def test_snapshots_are_resumed_to_the_byte(tmp_path: Path) -> None:
    loop = replace(LOOP, steps=4, snapshot_every=LOOP.batch)
    run(line(), loop, tmp_path / "straight", CPU)
    run(line(), replace(loop, steps=2), tmp_path / "broken", CPU)
    run(line(), loop, tmp_path / "broken", CPU)
    for step in range(1, 5):
        name = Path("snapshots", f"{step:08d}.safetensors")
        assert contents(tmp_path / "broken" / name)[1] == contents(tmp_path / "straight" / name)[1]


def test_a_run_that_kept_none_can_begin_to(tmp_path: Path) -> None:
    run(line(), replace(LOOP, steps=2), tmp_path, CPU)
    before = load_ema(tmp_path / "checkpoint.safetensors")["bias"].item()
    run(line(), replace(LOOP, steps=3, snapshot_every=2, learning_rate=0.0), tmp_path, CPU)
    stored = read_checkpoint(tmp_path / "checkpoint.safetensors")[0]
    assert stored["ema05.bias"].item() == pytest.approx(before, abs=1e-2)


def test_what_cannot_be_averaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no snapshots.*--snapshot-every"):
        average(tmp_path, 0.1, tmp_path / "out.safetensors")
    with pytest.raises(UsageError, match="width"):
        average(tmp_path, 0.5, tmp_path / "out.safetensors")
    assert list(tmp_path.iterdir()) == []
