"""Binding a graph to the weights file: its weight inputs become initializers that lie there, at an offset.

ONNX "external data" is a file name, an offset and a length. A safetensors file is 8 bytes of length, a JSON header and
the plain little-endian tensors, so both can mean the same bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TensorProto, helper

__all__ = ["Location", "bind", "locations", "unbind"]

_TYPES = {"F16": TensorProto.FLOAT16, "F32": TensorProto.FLOAT}
_CAST = ".cast"


@dataclass(frozen=True)
class Location:
    """Where a tensor lies in its file, in bytes from the file's start."""

    dtype: int
    shape: tuple[int, ...]
    offset: int
    length: int


def locations(weights: Path) -> dict[str, Location]:
    """Every tensor of a safetensors file."""
    with weights.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    return {
        name: Location(
            _TYPES[entry["dtype"]],
            tuple(entry["shape"]),
            8 + size + entry["data_offsets"][0],
            entry["data_offsets"][1] - entry["data_offsets"][0],
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }


def bind(model: onnx.ModelProto, weights: Path) -> None:
    """Change the model in place: every input that the weights file holds is read from there.

    A tensor of another type than the graph wants is cast first thing: once, when an engine opens the graph.
    """
    stored = locations(weights)
    bound = [value for value in model.graph.input if value.name in stored]
    casts, renamed = [], {}
    for value in bound:
        location, wanted = stored[value.name], value.type.tensor_type.elem_type
        model.graph.input.remove(value)
        model.graph.initializer.append(_external(value.name, location, weights.name))
        if location.dtype != wanted:
            renamed[value.name] = value.name + _CAST
            casts.append(helper.make_node("Cast", [value.name], [renamed[value.name]], to=wanted))
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name, name)
    _put_first(model, casts)


def unbind(model: onnx.ModelProto, weights: Path) -> None:
    """The inverse of ``bind`` for a float32 graph, in place: the weights are float32 inputs again."""
    stored = locations(weights)
    casts = [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in stored]
    renamed = {node.output[0]: node.input[0] for node in casts}
    for node in casts:
        model.graph.node.remove(node)
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name, name)
    for tensor in [tensor for tensor in model.graph.initializer if tensor.name in stored]:
        model.graph.initializer.remove(tensor)
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, TensorProto.FLOAT, list(tensor.dims)))


def _put_first(model: onnx.ModelProto, nodes: Sequence[onnx.NodeProto]) -> None:
    """Nodes stand in the order in which they run."""
    every = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(every)


def _external(name: str, location: Location, file: str) -> TensorProto:
    tensor = TensorProto(name=name, data_type=location.dtype, dims=location.shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", file), ("offset", location.offset), ("length", location.length)):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, str(value)
    return tensor
