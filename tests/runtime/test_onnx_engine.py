"""ONNX Runtime: without PyTorch, without a word left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from nurie.device import Device
from nurie.protocol import DeviceError, MemoryLimitError, ModelError
from nurie.runtime import load_engine
from nurie.runtime.description import Description, read_description
from nurie.runtime.onnx_engine import OnnxEngine, open_engine
from nurie.runtime.store import StoredModel, find_model
from nurie_export.parity import random_inputs

CPU = Device("cpu")


@pytest.fixture
def stored(small_model: Path) -> StoredModel:
    return find_model(str(small_model))


@pytest.fixture
def description(stored: StoredModel) -> Description:
    return read_description(stored.weights)


def test_what_really_runs_is_told(stored: StoredModel, description: Description) -> None:
    engine = open_engine(stored, description, None)
    assert (engine.name, engine.device, engine.provider, engine.model) == (
        "onnx",
        "cpu",
        "CPUExecutionProvider",
        "small",
    )


def test_same_inputs_same_bytes(stored: StoredModel, description: Description) -> None:
    inputs = random_inputs(description)
    answers = []
    for _ in range(2):
        engine = open_engine(stored, description, CPU)
        for _ in range(2):
            output = engine.denoise(inputs.x_t, 999, inputs.drawn, inputs.evidence, inputs.tokens)
            answers.append(engine.network_encode(inputs.image).tobytes() + output.tobytes())
    assert len(set(answers)) == 1


def test_any_number_of_tokens(stored: StoredModel, description: Description) -> None:
    engine = open_engine(stored, description, CPU)
    inputs = random_inputs(description)
    for count in (1, 5, 300):
        tokens = np.resize(inputs.tokens, (1, count, inputs.tokens.shape[2]))
        output = engine.denoise(inputs.x_t, 999, inputs.drawn, inputs.evidence, tokens)
        assert output.shape == inputs.x_t.shape
        assert np.isfinite(output).all()


def test_torch_stays_out(small_model: Path) -> None:
    code = f"""
import sys
import numpy as np
from nurie.colorizer import load
from PIL import Image, ImageDraw
sketch = Image.new("L", (90, 70), 255)
ImageDraw.Draw(sketch).ellipse((10, 10, 60, 60), outline=0, width=3)
colorizer = load({str(small_model)!r}, engine="onnx", device="cpu")
result = colorizer.colorize(sketch, Image.new("RGB", (50, 50), (200, 40, 40)), steps=1)
assert result.image.size == (90, 70)
sys.exit(", ".join({{"torch", "openvino", "onnx", "diffusers"}} & set(sys.modules)) or 0)
"""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_device_this_build_cannot_use(
    stored: StoredModel, description: Description, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(DeviceError, match=r"cannot use cuda:0.*pip install 'nurie\[cuda\]'"):
        open_engine(stored, description, Device("cuda"))


class Session:
    """A session that quietly runs on the CPU, whatever it was asked for, as ONNX Runtime's does."""

    asked: list[Any]

    def __init__(self, graph: Path, options: object, providers: list[Any], enable_fallback: int) -> None:
        Session.asked = providers

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"]

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="x_t", shape=[1, 3, 64, 64])]

    def disable_fallback(self) -> None:
        pass


@pytest.fixture
def pretended_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    monkeypatch.setattr(ort, "InferenceSession", Session)


@pytest.mark.usefixtures("pretended_gpu")
def test_a_silent_fall_back_is_an_error(stored: StoredModel, description: Description) -> None:
    with pytest.raises(DeviceError, match=r"asked for cuda:2 \(CUDAExecutionProvider\).*used CPUExecutionProvider"):
        open_engine(stored, description, Device("cuda", 2))
    assert Session.asked == [("CUDAExecutionProvider", {"device_id": "2", "use_tf32": "0"})]


@pytest.mark.usefixtures("pretended_gpu")
@pytest.mark.parametrize("driver", [True, False])
def test_the_gpu_is_the_best_device_where_there_is_one(
    driver: bool, stored: StoredModel, description: Description, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nurie.runtime.onnx_engine.has_nvidia_driver", lambda: driver)
    if driver:
        with pytest.raises(DeviceError, match="asked for cuda:0"):
            open_engine(stored, description, None)
    else:
        assert open_engine(stored, description, None).device == "cpu"


def broken(small_model: Path, folder: Path) -> dict[str, Path]:
    """A copy's graphs, to be damaged: without the store, which would notice before."""
    shutil.copytree(small_model, folder, dirs_exist_ok=True)
    return find_model(str(folder)).graphs()


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "gone"])
def test_a_damaged_graph(damage: str, small_model: Path, tmp_path: Path, description: Description) -> None:
    graphs = broken(small_model, tmp_path)
    graph = graphs["reference"]
    whole = graph.read_bytes()
    graph.write_bytes({"cut": whole[: len(whole) // 2], "noise": b"\xff" * 500}.get(damage, b""))
    if damage == "gone":
        graph.unlink()
    with pytest.raises(ModelError, match=r"reference\.onnx (is missing|cannot be read)"):
        OnnxEngine(description, graphs, CPU)


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_graphs_without_their_weights(damage: str, small_model: Path, tmp_path: Path, description: Description) -> None:
    graphs = broken(small_model, tmp_path)
    weights = tmp_path / "small.safetensors"
    if damage == "gone":
        weights.unlink()
    else:
        weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(ModelError, match="cannot be read"):
        OnnxEngine(description, graphs, CPU)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (
            RuntimeError("Failed to allocate memory for requested buffer of size 9"),
            MemoryLimitError,
            "not enough memory",
        ),
        (MemoryError(), MemoryLimitError, "not enough memory"),
        (RuntimeError("CUDA error:\nlaunch failure"), DeviceError, "failed on cpu \\(CUDA error: launch failure\\)"),
    ],
)
def test_failures_on_the_way_are_typed(
    error: Exception, kind: type[DeviceError], words: str, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = load_engine(str(small_model), "onnx", CPU)
    assert isinstance(engine, OnnxEngine)

    class Failing:
        def run(self, *_: object) -> None:
            raise error

    monkeypatch.setitem(engine._sessions, "reference", Failing())
    with pytest.raises(DeviceError, match=words) as caught:
        engine.encode_reference(np.zeros((1, 3, 64, 64), np.float32))
    assert type(caught.value) is kind
