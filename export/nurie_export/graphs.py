"""The three networks as ONNX graphs whose weights are inputs, to be bound to the weights file afterwards.

As inputs, because an exporter that knew their values would fold, transpose and fuse them: into values that the weights
file does not hold. ONNX Runtime and OpenVINO do the same folding when they open the graph.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.func import functional_call

from nurie.model.reference_unet import tokens
from nurie.runtime.description import Description
from nurie_export.layout import TRANSLATIONS

__all__ = ["OPSET", "Interface", "bare", "graph", "interfaces"]

OPSET = 20
"""The first with Gelu."""

EXAMPLES = {"tokens": 24, "batch": 2, "height": 128, "width": 192}
"""Sizes of the open dimensions while a network is traced."""


@dataclass(frozen=True)
class Interface:
    """Inputs and outputs of one graph: name to shape; a name in place of a size is a dimension left open."""

    inputs: Mapping[str, tuple[int | str, ...]]
    outputs: tuple[str, ...]
    stride: int = 1
    """What an open height or width is a multiple of."""


def dynamic_denoiser(description: Description) -> Interface:
    """The denoiser for any number of pictures at once, on canvases of any size and shape it can take."""
    config = description.preset.denoiser

    def pictures(channels: int) -> tuple[int | str, ...]:
        return ("batch", channels, "height", "width")

    inputs: dict[str, tuple[int | str, ...]] = {
        "x_t": pictures(config.image_channels),
        "t": ("batch",),
        "sketch": pictures(config.sketch_channels),
        "evidence": pictures(config.evidence_channels),
        "tokens": ("batch", "tokens", config.token_dim),
    }
    return Interface(inputs, ("output",), config.stride)


def interfaces(description: Description) -> dict[str, Interface]:
    """What each network takes, at the canvas it was trained on."""
    config, sizes = description.preset.denoiser, description.canvases
    matcher, reference, size = sizes.matcher, sizes.reference, sizes.denoiser
    return {
        "matcher": Interface(
            {"photo": (1, 3, matcher, matcher), "sketch": (1, 1, matcher, matcher)},
            ("flow", "confidence"),
        )
        if description.matcher["kind"] == "psc"
        else Interface(
            {"sketch": (1, 1, matcher, matcher), "photo": (1, 3, matcher, matcher)},
            ("log_p",),
        ),
        "reference": Interface({"image": (1, 3, reference, reference)}, ("tokens",)),
        "denoiser": Interface(
            {
                "x_t": (1, config.image_channels, size, size),
                "t": (1,),
                "sketch": (1, config.sketch_channels, size, size),
                "evidence": (1, config.evidence_channels, size, size),
                "tokens": (1, "tokens", config.token_dim),
            },
            ("output",),
        ),
    }


def graph(name: str, network: nn.Module, interface: Interface) -> onnx.ModelProto:
    """Export one network in evaluation mode; its weights become inputs called ``name``.<their own name>."""
    functional = _Functional(network.eval(), tokenize=name == "reference")
    weights = list(functional.weights.values())
    examples = tuple(
        torch.zeros([size if isinstance(size, int) else EXAMPLES[size] for size in shape])
        for shape in interface.inputs.values()
    )
    sizes = _open_sizes(interface)
    open_dims = tuple(
        {axis: sizes[size] for axis, size in enumerate(shape) if isinstance(size, str)} or None
        for shape in interface.inputs.values()
    )
    # It counts, as warnings, the libraries that are not installed.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter's own use of what PyTorch has deprecated.
        warnings.simplefilter("ignore")
        traced = torch.export.export(
            functional, (weights, *examples), dynamic_shapes=([None] * len(weights), open_dims), strict=False
        )
        program = torch.onnx.export(
            traced,
            input_names=[*(f"{name}.{own}" for own in functional.weights), *interface.inputs],
            output_names=list(interface.outputs),
            opset_version=OPSET,
            optimize=True,
            dynamo=True,
            custom_translation_table={} if "height" in sizes else dict(TRANSLATIONS),
            verbose=False,
        )
    if program is None:
        raise RuntimeError(f"PyTorch gave no graph of the {name}")
    return _named(bare(program.model_proto), interface)


def _open_sizes(interface: Interface) -> dict[str, Any]:
    """The dimensions left open, for the tracer: one object a name."""
    found: dict[str, Any] = {}
    for name in {size for shape in interface.inputs.values() for size in shape if isinstance(size, str)}:
        if name in ("height", "width"):
            found[name] = interface.stride * torch.export.Dim(f"{name}_cells", min=2, max=1 << 9)
        else:
            found[name] = torch.export.Dim(name, min=1, max=1 << 16)
    return found


class _Functional(nn.Module):
    """A network whose weights are arguments; it is kept out of the modules, so that none is a constant."""

    def __init__(self, network: nn.Module, *, tokenize: bool) -> None:
        super().__init__()
        self.held: tuple[nn.Module] = (network,)
        self.tokenize = tokenize
        state = network.state_dict()
        self.weights = {name: value for name, value in state.items() if value.dtype.is_floating_point}

    def forward(self, weights: list[Tensor], *inputs: Tensor) -> Tensor:
        result: Any = functional_call(self.held[0], dict(zip(self.weights, weights, strict=True)), inputs)
        return tokens(result) if self.tokenize else result


def _named(model: onnx.ModelProto, interface: Interface) -> onnx.ModelProto:
    """With the open dimensions' own names in place of the exporter's."""
    for value in model.graph.input:
        for axis, size in enumerate(interface.inputs.get(value.name, ())):
            if isinstance(size, str):
                value.type.tensor_type.shape.dim[axis].dim_param = size
    return model


def bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without what the exporter notes for people: stack traces, shapes (which stop optimisers), names of modules."""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.ClearField("doc_string")
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
        value.ClearField("doc_string")
    return model
