"""PyTorch straight from the weights file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fakes import models
from nurie.device import Device
from nurie.model.psc import PSCInference
from nurie.model.reference_unet import tokens
from nurie.protocol import DeviceError, MemoryLimitError, ModelError
from nurie.runtime import load_engine
from nurie.runtime.correspondence import CellScores
from nurie.runtime.description import Description, read_description
from nurie.runtime.torch_engine import TorchEngine, build_networks
from nurie_export.parity import random_inputs
from nurie_export.weights import narrow, write_weights

CPU = Device("cpu")


def open_small(folder: Path) -> TorchEngine:
    engine = load_engine(str(folder), "torch", CPU)
    assert isinstance(engine, TorchEngine)
    return engine


def test_the_networks_are_the_files(small_weights: Path) -> None:
    """Every answer equals that of the networks that were exported, but for their weights' rounding to float16."""
    engine = open_small(small_weights)
    assert (engine.name, engine.device, engine.provider) == ("torch", "cpu", "cpu")
    plain, inputs = models.networks(models.describe()), random_inputs(models.describe())
    x_t, drawn, evidence, given = map(torch.from_numpy, (inputs.x_t, inputs.drawn, inputs.evidence, inputs.tokens))
    with torch.no_grad():
        encoded = tokens(plain["reference"](torch.from_numpy(inputs.image))).numpy()
        log_p = plain["matcher"](torch.from_numpy(inputs.sketch), torch.from_numpy(inputs.photo))[0].numpy()
        output = plain["denoiser"](x_t, torch.tensor([500.0]), drawn, evidence, given).numpy()
    answer = engine.network_match(inputs.sketch, inputs.photo)
    assert isinstance(answer, CellScores)
    np.testing.assert_allclose(answer.log_p, log_p, atol=0.05)
    np.testing.assert_allclose(engine.network_encode(inputs.image), encoded, atol=0.02)
    painted = engine.denoise(inputs.x_t, 500, inputs.drawn, inputs.evidence, inputs.tokens)
    np.testing.assert_allclose(painted, output, atol=0.02)
    assert np.abs(painted).max() > 0.1


def test_same_inputs_same_bytes(small_weights: Path) -> None:
    inputs = random_inputs(models.describe())
    painted = [
        open_small(small_weights).denoise(inputs.x_t, 999, inputs.drawn, inputs.evidence, inputs.tokens).tobytes()
        for _ in range(2)
    ]
    assert painted[0] == painted[1]


def test_a_preset_with_the_papers_matcher_gets_psc() -> None:
    with torch.device("meta"):
        built = build_networks(replace(models.describe(), matcher={"kind": "psc"}))
    assert isinstance(built["matcher"], PSCInference)


def test_the_papers_matcher_answers_with_a_warp_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With narrower stages, because PSC's own are a hundred megabytes."""
    monkeypatch.setattr("nurie.model.resnet.BLOCKS", (1, 1, 1, 1))
    monkeypatch.setattr("nurie.model.resnet.WIDTHS", (4, 8, 16, 32))
    description = replace(models.describe(), matcher={"kind": "psc"})
    networks = models.networks(description)
    write_weights(tmp_path / "m.safetensors", narrow(networks.state_dict()), description)
    engine = load_engine(str(tmp_path / "m.safetensors"), "torch", CPU)
    rng = np.random.default_rng(0)
    sketch, reference = (rng.uniform(-1, 1, (1, channels, 64, 64)).astype(np.float32) for channels in (1, 3))
    match = engine.match(sketch, reference)
    assert match.flow.shape == (48, 48, 2)
    assert match.confidence.shape == match.found.shape == (48, 48)
    assert 0 <= match.confidence.min() <= match.confidence.max() <= 1


@pytest.mark.parametrize("damage", ["shape", "missing", "extra"])
def test_weights_that_do_not_fit(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    description = models.describe()
    tensors = narrow(models.networks(description).state_dict())
    name = "denoiser.input.weight"
    if damage == "extra":
        tensors["denoiser.surplus"] = torch.zeros(2)
    elif damage == "shape":
        tensors[name] = torch.zeros(3, 3)
    else:
        del tensors[name]
    with pytest.raises(ModelError, match="do not fit the networks"):
        write_weights(tmp_path / "m.safetensors", tensors, description)
    monkeypatch.setattr("nurie_export.weights._floating", lambda _: tensors)
    write_weights(tmp_path / "m.safetensors", tensors, description)
    with pytest.raises(ModelError, match=r"m\.safetensors is damaged .*denoiser\.(input\.weight|surplus)"):
        load_engine(str(tmp_path / "m.safetensors"), "torch", CPU)


def test_a_description_that_cannot_be_built() -> None:
    description = models.describe()
    wrong = replace(description.preset, denoiser=replace(description.preset.denoiser, heads=5))
    for changed in (replace(description, preset=wrong), replace(description, matcher={"kind": "cells", "wings": 2})):
        with pytest.raises(ModelError, match="cannot be built"):
            build_networks(changed)


def test_a_card_that_is_not_there(small_weights: Path) -> None:
    with pytest.raises(DeviceError, match=r"finds no cuda:99 \(it finds \d+ CUDA devices?\)"):
        load_engine(str(small_weights), "torch", Device("cuda", 99))


def test_an_apple_gpu_that_is_not_there(small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="finds no Apple GPU"):
        load_engine(str(small_weights), "torch", Device("mps"))


@pytest.mark.parametrize(
    ("error", "kind"), [(torch.OutOfMemoryError("out"), MemoryLimitError), (RuntimeError("lost"), DeviceError)]
)
def test_failures_on_the_way_are_typed(error: Exception, kind: type[DeviceError], small_weights: Path) -> None:
    class Failing(nn.Module):
        def forward(self, *_: object) -> None:
            raise error

    engine = open_small(small_weights)
    engine._networks["reference"] = Failing()
    with pytest.raises(DeviceError, match=r"memory|lost") as caught:
        engine.encode_reference(np.zeros((1, 3, 64, 64), np.float32))
    assert type(caught.value) is kind


def test_the_description_is_the_one_that_was_written(small_weights: Path) -> None:
    description: Description = read_description(small_weights / "small.safetensors")
    assert description == models.describe()
