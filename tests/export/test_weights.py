"""From checkpoints to the weights file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from fakes import models
from nurie.diffusion.parameterization import PredictionType
from nurie.protocol import ModelError
from nurie.runtime.description import read_description
from nurie.sampling import Sampling
from nurie.training.checkpoints import load_ema, starting_weights
from nurie.training.train_denoiser import Networks
from nurie.training.train_matcher import load_matcher
from nurie_export.weights import describe, export_weights, narrow


def test_round_trip(tmp_path: Path) -> None:
    """The averaged weights of both runs, matrices rounded to float16 and vectors untouched."""
    out = tmp_path / "out" / "m.safetensors"
    description = export_weights(*models.checkpoints(tmp_path), out, Sampling(steps=3, sampler="dpmpp_2m"))
    assert read_description(out) == description
    assert description.sampling == Sampling(steps=3, sampler="dpmpp_2m", prediction_type="sample")
    assert description.training["denoiser"]["step"] == 0
    assert replace(description, sampling=models.SAMPLING, training={}) == models.describe()
    expected = models.networks(models.describe()).state_dict()
    expected = {name: tensor for name, tensor in expected.items() if not name.endswith("num_batches_tracked")}
    with safe_open(out, "pt") as file:
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    assert stored.keys() == expected.keys()
    for name, tensor in expected.items():
        assert stored[name].dtype == (torch.float16 if tensor.ndim > 1 else torch.float32)
        assert torch.equal(stored[name], tensor.to(stored[name].dtype)), name
    assert any(tensor.ndim > 1 and tensor.abs().max() > 0.1 for tensor in expected.values())


def test_training_starts_from_a_shipped_model(tmp_path: Path) -> None:
    """As from the checkpoints it was made of, but for the rounding to float16; another network is refused."""
    shipped = tmp_path / "m.safetensors"
    checkpoints = models.checkpoints(tmp_path)
    description = export_weights(*checkpoints, shipped, Sampling())
    expected = load_matcher(checkpoints[0]).state_dict()
    for name, tensor in load_matcher(shipped).state_dict().items():
        assert tensor.dtype == expected[name].dtype
        torch.testing.assert_close(tensor, expected[name], rtol=1e-3, atol=1e-6)
    both = Networks(description.preset)
    start = starting_weights(shipped, both.state_dict())
    torch.testing.assert_close(start, load_ema(checkpoints[1]), rtol=1e-3, atol=1e-6)
    with pytest.raises(ModelError, match="does not hold this network"):
        starting_weights(shipped, torch.nn.Linear(2, 2).state_dict())


def test_a_models_own_matcher_serves_another_denoiser(tmp_path: Path) -> None:
    """Again with the same denoiser, it is the same model: float16 rounds to itself."""
    matcher, denoiser = models.checkpoints(tmp_path)
    shipped, again = tmp_path / "m.safetensors", tmp_path / "again.safetensors"
    description = export_weights(matcher, denoiser, shipped, Sampling())
    assert export_weights(shipped, denoiser, again, Sampling()) == description
    assert again.read_bytes() == shipped.read_bytes()


def test_same_checkpoints_same_bytes(tmp_path: Path) -> None:
    checkpoints = models.checkpoints(tmp_path)
    for name in ("a", "b"):
        export_weights(*checkpoints, tmp_path / name, Sampling())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_two_checkpoints_may_not_be_swapped(tmp_path: Path) -> None:
    matcher, denoiser = models.checkpoints(tmp_path)
    with pytest.raises(ModelError, match=r"denoiser\.safetensors is of a denoiser, not of a matcher"):
        export_weights(denoiser, matcher, tmp_path / "m.safetensors", Sampling())
    assert not (tmp_path / "m.safetensors").exists()


def test_what_the_denoiser_predicts_is_never_guessed() -> None:
    small = models.describe()
    matcher = {"model": {key: value for key, value in small.matcher.items() if key != "kind"}}
    denoiser = {"preset": small.preset.to_dict(), "conditions": {"canvas": 64, "matcher": 48, "reference": 32}}
    kinds: tuple[PredictionType | None, ...] = (None, "sample")
    for predicts in kinds:
        assert replace(describe(matcher, denoiser, Sampling(steps=3), predicts), training={}) == small
    with pytest.raises(ModelError, match="trained to predict sample, not epsilon"):
        describe(matcher, denoiser, Sampling(), "epsilon")
    del denoiser["preset"]["prediction_type"]
    assert replace(describe(matcher, denoiser, Sampling(steps=3), "sample"), training={}) == small
    with pytest.raises(ModelError, match="did not note what it predicts"):
        describe(matcher, denoiser, Sampling())


@pytest.mark.parametrize("metadata", [None, {"settings": "{"}, {"step": "3"}, {"settings": "{}", "step": "x"}])
def test_a_file_that_is_no_checkpoint(metadata: dict[str, str] | None, tmp_path: Path) -> None:
    _, denoiser = models.checkpoints(tmp_path)
    save_file({"ema.x": torch.zeros(1)}, tmp_path / "other.safetensors", metadata)
    with pytest.raises(ModelError, match=r"other\.safetensors is no training checkpoint"):
        export_weights(tmp_path / "other.safetensors", denoiser, tmp_path / "m.safetensors", Sampling())


def test_a_missing_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.safetensors"):
        export_weights(tmp_path / "gone.safetensors", tmp_path / "x", tmp_path / "m.safetensors", Sampling())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e5])
def test_a_weight_that_float16_cannot_hold(value: float) -> None:
    with pytest.raises(ModelError, match="net\\.weight"):
        narrow({"net.weight": torch.full((2, 2), value)})


def test_a_variance_may_be_larger_than_float16() -> None:
    narrowed = narrow({"norm.running_var": torch.tensor([1e5, 1e-9]), "norm.num_batches_tracked": torch.tensor(3)})
    assert list(narrowed) == ["norm.running_var"]
    assert torch.equal(narrowed["norm.running_var"], torch.tensor([1e5, 1e-9]))
