"""The paper's layout exports too: its PSC as it is, the U-Nets narrow, all with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from fakes import models, pictures
from nurie import colorizer
from nurie.model.presets import DenoiserConfig, Preset, ReferenceConfig
from nurie.runtime.description import Canvases, Description
from nurie.runtime.store import find_model
from nurie.sampling import Sampling
from nurie_export.cli import main
from nurie_export.weights import narrow, write_weights


def describe() -> Description:
    """``paper`` with fewer, narrower layers; PSC has one size, and sees 256 pixels."""
    reference = ReferenceConfig(widths=(16, 32, 64), blocks=(1, 1, 1), attention_blocks=1, mlp_ratio=1)
    denoiser = DenoiserConfig(
        widths=(16, 32, 64),
        encoder_blocks=(1, 1, 1),
        decoder_blocks=(1, 1, 1),
        token_dim=64,
        token_projection=16,
        mlp_ratio=1,
        frequencies=16,
        time_dim=32,
        groups=8,
    )
    preset = Preset("paper", 64, reference, denoiser)
    return Description(
        preset=preset,
        matcher={"kind": "psc"},
        canvases=Canvases(denoiser=64, matcher=256, reference=64),
        sampling=Sampling(steps=1, prediction_type=preset.prediction_type),
    )


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported as any model is, which compares every network with PyTorch before there is a manifest."""
    folder = tmp_path_factory.mktemp("model") / "paper"
    description = describe()
    weights = folder / "paper.safetensors"
    write_weights(weights, narrow(models.networks(description).state_dict()), description)
    assert main(["graphs", "--weights", str(weights)]) == 0
    return folder


def test_the_matcher_answers_with_a_warp_field(paper: Path) -> None:
    graph = onnx.load(find_model(str(paper)).graphs()["matcher"], load_external_data=False).graph
    assert [value.name for value in graph.output] == ["flow", "confidence"]


def test_it_colors_as_pytorch_does(paper: Path) -> None:
    sketch, reference = pictures.sketch(), pictures.reference()
    images = [
        np.asarray(colorizer.load(str(paper), engine=name, device="cpu").colorize(sketch, reference).image, np.int16)
        for name in ("onnx", "torch")
    ]
    assert images[0].shape == images[1].shape
    assert np.abs(images[0] - images[1]).mean() < 0.1
