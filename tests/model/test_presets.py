"""The preset table, read without torch."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import pytest

from nurie.model.presets import PRESETS, Preset, preset


def test_reading_presets_imports_no_torch() -> None:
    code = "import sys, nurie.model.presets; sys.exit('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_survive_json(name: str) -> None:
    stored = json.dumps(preset(name).to_dict())
    assert Preset.from_dict(json.loads(stored)) == preset(name)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_agree_with_themselves(name: str) -> None:
    chosen = preset(name)
    assert chosen.name == name
    assert chosen.denoiser.token_dim == chosen.reference.token_dim
    assert chosen.canvas % chosen.denoiser.stride == 0
    assert chosen.canvas % chosen.reference.stride == 0


def test_stated_strides_and_channels() -> None:
    assert (preset("paper").denoiser.stride, preset("paper").denoiser.in_channels) == (8, 9)
    assert (preset("compact").denoiser.stride, preset("compact").denoiser.in_channels) == (32, 8)
    assert preset("compact").reference.stride == 16


def test_presets_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        preset("compact").canvas = 512  # type: ignore[misc]
    with pytest.raises(TypeError):
        PRESETS["mine"] = preset("paper")  # type: ignore[index]


def test_unknown_names_and_fields_are_refused() -> None:
    with pytest.raises(KeyError, match="compact, paper"):
        preset("huge")
    data = preset("compact").to_dict()
    data["denoiser"]["colour"] = 1
    with pytest.raises(TypeError):
        Preset.from_dict(data)
