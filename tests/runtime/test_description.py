"""What a weights file says of itself, and every way in which it may not be what this version reads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from fakes import models
from nurie.model.presets import preset
from nurie.protocol import ModelError
from nurie.runtime.description import METADATA_KEY, WEIGHTS_VERSION, Canvases, Description, read_description
from nurie.sampling import Sampling


@pytest.mark.parametrize(
    "description",
    [
        models.compact(),
        replace(
            models.describe(), training={"denoiser": {"step": 3}}, sampling=replace(models.SAMPLING, evidence_scale=1.5)
        ),
        replace(models.compact(), preset=preset("paper"), sampling=Sampling(), matcher={"kind": "psc"}),
    ],
)
def test_round_trip(description: Description, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"x": np.zeros(1, np.float16)}, path, description.to_metadata())
    assert read_description(path) == description


def test_the_metadata_are_one_entry() -> None:
    """safetensors keeps no order among several, and the same model is to give the same bytes."""
    assert list(models.describe().to_metadata()) == [METADATA_KEY]


def write(path: Path, **changes: Any) -> Path:
    content = json.loads(models.describe().to_metadata()[METADATA_KEY])
    content.update(changes)
    save_file({"x": np.zeros(1, np.float16)}, path, {METADATA_KEY: json.dumps(content)})
    return path


@pytest.mark.parametrize("version", [0, WEIGHTS_VERSION + 1, "1", None])
def test_another_version_is_told_apart_from_damage(version: object, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"m\.safetensors is a model of format {version}") as caught:
        read_description(write(tmp_path / "m.safetensors", version=version))
    assert caught.value.code == "model_version"


@pytest.mark.parametrize(
    "changes",
    [
        {"preset": {}},
        {"preset": None},
        {"canvases": {"denoiser": 256}},
        {"canvases": {"denoiser": 256, "matcher": 192, "reference": 1}},
        {"matcher": {"kind": "telepathy"}},
        {"matcher": []},
        {"sampling": {"steps": 0}},
        {"sampling": {"mood": "good"}},
        {"sampling": {"prediction_type": "w"}},
        {"sampling": {"prediction_type": "epsilon"}},
    ],
)
def test_a_description_that_makes_no_sense(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"m\.safetensors cannot be read"):
        read_description(write(tmp_path / "m.safetensors", **changes))


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}"])
def test_a_description_that_is_no_object(text: str) -> None:
    with pytest.raises(ModelError, match="the file cannot be read"):
        Description.from_metadata({METADATA_KEY: text}, "the file")


def test_weights_of_something_else(tmp_path: Path) -> None:
    save_file({"x": np.zeros(1, np.float32)}, tmp_path / "other.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"other\.safetensors holds weights, but none of Nurie's"):
        read_description(tmp_path / "other.safetensors")


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.safetensors is missing"):
        read_description(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_a_file_that_is_cut_off(keep: int, tmp_path: Path) -> None:
    path = write(tmp_path / "m.safetensors")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"m\.safetensors is damaged"):
        read_description(path)


def test_a_file_that_is_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with pytest.raises(ModelError, match="is damaged"):
        read_description(path)


def test_canvases_have_a_size() -> None:
    with pytest.raises(ValueError, match="16 pixels"):
        Canvases(denoiser=256, matcher=8, reference=128)
