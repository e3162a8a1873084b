"""OpenVINO, where it is installed: the same graphs, the same weights, the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurie.device import Device
from nurie.protocol import DeviceError, ModelError
from nurie.runtime import load_engine
from nurie.runtime.canvas import CanvasEngine
from nurie.runtime.description import read_description
from nurie_export.parity import check, random_inputs

pytest.importorskip("openvino")
CPU = Device("cpu")


def test_it_computes_what_pytorch_computes(small_model: Path) -> None:
    engine, plain = (load_engine(str(small_model), name, CPU) for name in ("openvino", "torch"))
    assert isinstance(engine, CanvasEngine)
    assert isinstance(plain, CanvasEngine)
    assert (engine.name, engine.device, engine.provider) == ("openvino", "cpu", "CPU")
    check(engine, plain, random_inputs(read_description(small_model / "small.safetensors")))


def test_same_inputs_same_bytes(small_model: Path) -> None:
    inputs = random_inputs(read_description(small_model / "small.safetensors"))
    painted = set()
    for _ in range(2):
        engine = load_engine(str(small_model), "openvino", CPU)
        for _ in range(2):
            output = engine.denoise(inputs.x_t, 999, inputs.drawn, inputs.evidence, inputs.tokens)
            painted.add(output.tobytes())
    assert len(painted) == 1


def test_a_device_it_does_not_have(small_model: Path) -> None:
    with pytest.raises(DeviceError, match="openvino engine does not run on cuda:0"):
        load_engine(str(small_model), "openvino", Device("cuda"))


def test_a_graph_that_is_missing_or_damaged(small_model: Path, tmp_path: Path) -> None:
    from nurie.runtime.openvino_engine import OpenVinoEngine

    description = read_description(small_model / "small.safetensors")
    graphs = {name: tmp_path / f"{name}.onnx" for name in ("matcher", "reference", "denoiser")}
    with pytest.raises(ModelError, match=r"matcher\.onnx is missing"):
        OpenVinoEngine(description, graphs, CPU)
    graphs["matcher"].write_bytes(b"\xff" * 500)
    with pytest.raises(ModelError, match=r"matcher\.onnx cannot be read"):
        OpenVinoEngine(description, graphs, CPU)
