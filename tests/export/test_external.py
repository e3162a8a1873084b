"""Graphs and weights mean the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper
from safetensors import safe_open
from safetensors.torch import save_file

from nurie.runtime.store import NETWORKS
from nurie_export.external import bind, locations


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    tensors = {
        "net.matrix": torch.randn(3, 4, generator=torch.Generator().manual_seed(0)).half(),
        "net.vector": torch.arange(4, dtype=torch.float32),
        "other.matrix": torch.zeros(5, 5).half(),
    }
    save_file(tensors, tmp_path / "w.safetensors", {"some": "metadata"})
    return tmp_path / "w.safetensors"


def test_locations_are_the_tensors_bytes(weights: Path) -> None:
    content = weights.read_bytes()
    kinds: dict[int, type[np.floating[Any]]] = {TensorProto.FLOAT16: np.float16, TensorProto.FLOAT: np.float32}
    with safe_open(weights, "np") as file:
        found = locations(weights)
        assert set(found) == set(file.keys())
        for name, place in found.items():
            stored = np.frombuffer(content[place.offset : place.offset + place.length], kinds[place.dtype])
            np.testing.assert_array_equal(stored.reshape(place.shape), file.get_tensor(name))


def test_bound_inputs_are_read_from_the_weights(weights: Path) -> None:
    def value(name: str, shape: list[int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [
        helper.make_node("MatMul", ["x", "net.matrix"], ["product"]),
        helper.make_node("Add", ["product", "net.vector"], ["y"]),
    ]
    inputs = [value("x", [1, 3]), value("net.matrix", [3, 4]), value("net.vector", [4])]
    graph = helper.make_graph(nodes, "two", inputs, [value("y", [1, 4])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    bind(model, weights)
    onnx.save(model, weights.with_name("two.onnx"))
    assert [entry.name for entry in model.graph.input] == ["x"]
    assert all(len(entry.raw_data) == 0 for entry in model.graph.initializer)

    session = ort.InferenceSession(weights.with_name("two.onnx"), providers=["CPUExecutionProvider"])
    x = np.array([[1.0, -2.0, 0.5]], np.float32)
    with safe_open(weights, "np") as file:
        expected = x @ file.get_tensor("net.matrix").astype(np.float32) + file.get_tensor("net.vector")
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=1e-5)


def test_every_weight_is_used_once_and_lies_in_the_weights_file(small_model: Path) -> None:
    """There is one set of weights: graphs hold positions and other constants, and nothing that was learned."""
    stored = locations(small_model / "small.safetensors")
    bound: list[str] = []
    for network in NETWORKS:
        graph = onnx.load(small_model / f"{network}.onnx", load_external_data=False).graph
        for tensor in graph.initializer:
            if tensor.data_location != TensorProto.EXTERNAL:
                assert len(tensor.raw_data) < 100_000
                continue
            place = {entry.key: entry.value for entry in tensor.external_data}
            expected = stored[tensor.name]
            assert place == {
                "location": "small.safetensors",
                "offset": str(expected.offset),
                "length": str(expected.length),
            }
            assert (tensor.data_type, tuple(tensor.dims)) == (expected.dtype, expected.shape)
            bound.append(tensor.name)
    assert sorted(bound) == sorted(stored)
