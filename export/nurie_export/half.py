"""A graph in float16, for GPUs: half the memory, and their matrix units."""

from __future__ import annotations

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from nurie_export.graphs import Interface, bare

__all__ = ["halved"]

KEPT = ("Resize", "LogSoftmax", "Range")
"""Operators that stay in float32: ONNX Runtime has no float16 Resize on every device, and the logarithms of small
probabilities would be steps."""


def halved(model: onnx.ModelProto, interface: Interface) -> onnx.ModelProto:
    """The graph of float32 weight inputs (``external.unbind``) as one that takes them, and computes, in float16.

    Inputs and outputs stay float32, and so do a timestep's angles: float16 knows no number between 998 and 999.
    """
    result: onnx.ModelProto = convert_float_to_float16(
        model,
        keep_io_types=[*interface.inputs, *interface.outputs],
        op_block_list=list(KEPT),
        node_block_list=[node.name for node in _angles(model)],
        disable_shape_infer=False,
    )
    # The converter puts its casts behind the nodes that need them.
    OnnxModel(result).topological_sort()
    return bare(result)


def _angles(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Every sine and cosine, and what they are computed from."""
    made_by = {name: node for node in model.graph.node for name in node.output}
    found: dict[str, onnx.NodeProto] = {}
    waiting = [node for node in model.graph.node if node.op_type in ("Sin", "Cos")]
    while waiting:
        node = waiting.pop()
        if node.name not in found:
            found[node.name] = node
            waiting += [made_by[name] for name in node.input if name in made_by]
    return list(found.values())
