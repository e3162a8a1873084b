"""The denoiser's convolutions in 8-bit integers, their ranges calibrated on training images.

A QDQ graph: each convolution stands between QuantizeLinear and DequantizeLinear, which engines fuse into an integer
convolution. The weights stay where they are, once: the graph holds a scale a channel, and rounds them when it is
opened.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from safetensors import safe_open

from nurie.runtime.engine import Floats
from nurie_export.external import bind, unbind
from nurie_export.graphs import bare

__all__ = ["quantized"]

# The first and the last see and make pixels themselves: what they round is seen, and they are a small share.
WHOLE = ("denoiser.input.weight", "denoiser.head.conv.weight", "denoiser.head.raw_conv.weight")


class _Feeds(CalibrationDataReader):  # type: ignore[misc]
    """The inputs of real calls, one after another."""

    def __init__(self, feeds: Sequence[Mapping[str, Floats]]) -> None:
        self._left = iter(feeds)

    def get_next(self) -> dict[str, Floats] | None:
        following = next(self._left, None)
        return None if following is None else dict(following)


def quantized(graph: Path, weights: Path, feeds: Sequence[Mapping[str, Floats]]) -> onnx.ModelProto:
    """The float32 graph with integer convolutions; ``feeds`` are inputs that it was really given.

    Seven bits a weight: without VNNI, a processor adds two products of eight bits in sixteen, which overflow.
    """
    model = onnx.load(graph, load_external_data=False)
    unbind(model, weights)
    stored = _embed(model, weights)
    kept = [node.name for node in model.graph.node if set(node.input) & set(WHOLE)]
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "quantized.onnx"
        quantize_static(
            model,
            out,
            _Feeds(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=kept,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"CalibMovingAverage": True},
        )
        result = onnx.load(out)
    _store_once(result, stored)
    bind(result, weights)
    return bare(result)


def _embed(model: onnx.ModelProto, weights: Path) -> list[str]:
    """The weight inputs as initializers, which is what the quantiser takes for weights; their names."""
    values = {value.name: value for value in model.graph.input}
    with safe_open(weights, "np") as file:
        names = [name for name in file.keys() if name in values]  # noqa: SIM118 - no mapping
        for name in names:
            model.graph.input.remove(values[name])
            model.graph.initializer.append(numpy_helper.from_array(file.get_tensor(name).astype(np.float32), name))
    return names


def _store_once(model: onnx.ModelProto, names: Sequence[str]) -> None:
    """Weights as inputs again; those that were rounded are rounded by the graph, of what the input holds."""
    there = {tensor.name: tensor for tensor in model.graph.initializer}
    rounding = []
    for name in names:
        rounded = there.get(f"{name}_quantized")
        whole = there.get(name)
        if rounded is not None and rounded.data_type == TensorProto.INT8:
            model.graph.initializer.remove(rounded)
            inputs = [name, f"{name}_scale", f"{name}_zero_point"]
            rounding.append(helper.make_node("QuantizeLinear", inputs, [rounded.name], axis=0))
            dims = list(rounded.dims)
        elif whole is not None:
            dims = list(whole.dims)
        else:
            continue  # a bias, in 32 bits: a few numbers, and the graph's own
        if whole is not None:
            model.graph.initializer.remove(whole)
        model.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))
    nodes = [*rounding, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
