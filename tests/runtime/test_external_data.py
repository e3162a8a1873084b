"""What a graph may read: files of its own folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from nurie.device import Device
from nurie.protocol import ModelError
from nurie.runtime.external_data import check_external_data, locations
from nurie.runtime.onnx_engine import _open

OUTSIDE = [
    "../weights.bin",
    "../../etc/passwd",
    "/etc/passwd",
    "folder/weights.bin",
    "./weights.bin",
    "weights.bin/",
    "..",
    ".",
    "",
    "..\\weights.bin",
    "C:weights.bin",
    "*/_ORT_MEM_ADDR_/*",
]
PLACES = ["initializer", "sparse", "constant", "branch", "list", "function", "training"]


def tensor(location: str) -> TensorProto:
    made = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    for key, value in (("offset", "0"), ("location", location), ("length", "4")):
        entry = made.external_data.add()
        entry.key, entry.value = key, value
    return made


def model(location: str, place: str = "initializer") -> onnx.ModelProto:
    """A graph that reads one tensor from there, which it names at that place."""
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    node = helper.make_node("Identity", ["w"], ["y"])
    graph = helper.make_graph([node], "g", [], [output])
    made = helper.make_model(graph)
    constant = helper.make_node("Constant", [], ["w"])
    constant.attribute.add(name="value", type=onnx.AttributeProto.TENSOR, t=tensor(location))
    inner = helper.make_graph([constant, node], "inner", [], [output])
    match place:
        case "initializer":
            made.graph.initializer.append(tensor(location))
        case "sparse":
            made.graph.sparse_initializer.add(values=tensor(location), dims=[1])
        case "constant":
            made.graph.node.insert(0, constant)
        case "branch":
            made.graph.node.append(helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner))
        case "list":
            made.graph.node.append(helper.make_node("Odd", [], ["z"], domain="x", graphs=[inner]))
        case "function":
            made.functions.add(name="f", domain="x", node=[constant])
        case "training":
            made.training_info.add(algorithm=inner)
    return made


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80]) + varint(number >> 7)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("location", ["weights.bin", "../weights.bin"])
def test_every_place_that_may_hold_a_tensor_is_looked_at(place: str, location: str) -> None:
    assert set(locations(model(location, place).SerializeToString())) == {location}


@pytest.mark.parametrize("location", OUTSIDE)
def test_a_graph_that_leaves_its_folder_is_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(4))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "g.onnx").write_bytes(model(location).SerializeToString())
    with pytest.raises(ModelError, match="not in its folder") as caught:
        _open(folder / "g.onnx", Device("cpu"), "CPUExecutionProvider", 1)
    assert caught.value.code == "model_unsafe"


def test_a_graph_that_stays_in_its_folder_is_opened(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(4))
    onnx.save(model("weights.bin"), tmp_path / "g.onnx")
    assert _open(tmp_path / "g.onnx", Device("cpu"), "CPUExecutionProvider", 1).run(None, {})[0] == 0


def test_a_field_is_not_hidden_by_bits_that_readers_drop() -> None:
    """Five bytes of a tag carry 35 bits, of which protobuf keeps 32."""
    entry = onnx.StringStringEntryProto(key="location", value="../x").SerializeToString()
    tag = (13 << 3 | 2) | 1 << 33
    inside = varint(tag) + varint(len(entry)) + entry
    graph = bytes([5 << 3 | 2]) + varint(len(inside)) + inside
    assert list(locations(bytes([7 << 3 | 2]) + varint(len(graph)) + graph)) == ["../x"]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(ValueError):
        assert all(isinstance(name, str) for name in locations(content))


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_graph_is_read_or_refused(place: int, value: int) -> None:
    content = bytearray(model("weights.bin", "branch").SerializeToString())
    content[place % len(content)] = value
    with suppress(ValueError):
        list(locations(bytes(content)))


def test_nesting_has_an_end() -> None:
    """A graph in an attribute of a node of a graph, and so on: 100 of them."""
    content = b""
    for _ in range(100):
        for number in (6, 5, 1):  # attribute.g, node.attribute, graph.node
            content = bytes([number << 3 | 2]) + varint(len(content)) + content
    with pytest.raises(ValueError, match="nested"):
        list(locations(bytes([7 << 3 | 2]) + varint(len(content)) + content))


def test_the_embedded_graphs_name_the_weights_alone() -> None:
    folder = Path(__file__).resolve().parents[2] / "resources/compact"
    for graph in folder.glob("*.onnx"):
        assert set(locations(graph.read_bytes())) == {"compact.safetensors"}
        check_external_data(graph)
