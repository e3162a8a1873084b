"""What the exported graphs are made of."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch
from onnx import shape_inference

from fakes import models
from nurie.runtime.manifest import read_manifest
from nurie.runtime.store import NETWORKS
from nurie_export.graphs import OPSET, interfaces


@pytest.mark.parametrize("network", NETWORKS)
def test_plain_onnx(network: str, small_model: Path) -> None:
    path = small_model / f"{network}.onnx"
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path, load_external_data=False)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", OPSET)]
    assert not model.functions
    assert {node.domain for node in model.graph.node} == {""}
    # A value's noted shape stops optimisers from changing it; notes for people name files of the exporting machine.
    assert not model.graph.value_info
    assert not model.metadata_props
    assert b".py" not in path.read_bytes()


@pytest.mark.parametrize("network", NETWORKS)
def test_inputs_and_outputs_are_what_the_manifest_says(network: str, small_model: Path) -> None:
    graph = onnx.load(small_model / f"{network}.onnx", load_external_data=False).graph
    export = read_manifest(small_model).export
    shapes = {
        value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in graph.input
    }
    assert shapes == export["inputs"][network]
    assert [value.name for value in graph.output] == export["outputs"][network]


def test_pixels_are_packed_in_copies_that_are_fast(small_model: Path) -> None:
    graph = onnx.load(small_model / "denoiser.onnx", load_external_data=False).graph
    swaps = [list(entry.ints) for node in graph.node for entry in node.attribute if entry.name == "perm"]
    # In one step, packing pixels would be a permutation of six axes, which goes element by element.
    assert swaps.count([0, 2, 1, 3]) >= 2
    assert max(map(len, swaps)) < 6
    assert "DepthToSpace" not in {node.op_type for node in graph.node}


def test_channels_are_compared_and_added_up_many_at_a_time(small_model: Path) -> None:
    graph = shape_inference.infer_shapes(onnx.load(small_model / "denoiser.onnx", load_external_data=False)).graph
    sizes = {value.name: [size.dim_value for size in value.type.tensor_type.shape.dim] for value in graph.value_info}
    reduced = [
        (node.op_type, sizes[node.input[0]]) for node in graph.node if node.op_type in ("ReduceMax", "ReduceMean")
    ]
    # Of CBAM's spatial attention, with 16 channels on 16 x 16 cells: the means of rows; eighths of the channels.
    assert ("ReduceMean", [16, 256]) in reduced
    assert ("ReduceMax", [1, 2, 16, 16]) in reduced


def test_interfaces_follow_the_canvases() -> None:
    kinds = interfaces(models.compact())
    assert kinds["matcher"].inputs == {"sketch": (1, 1, 192, 192), "photo": (1, 3, 192, 192)}
    assert kinds["reference"].inputs == {"image": (1, 3, 128, 128)}
    assert kinds["denoiser"].inputs["evidence"] == (1, 4, 256, 256)
    assert kinds["denoiser"].inputs["tokens"] == (1, "tokens", 160)


def test_the_manifest_holds_everything(small_model: Path) -> None:
    manifest = read_manifest(small_model)
    assert {path.name for path in small_model.iterdir()} == {*manifest.files, "manifest.json"}
    assert sum(manifest.files[graph].bytes for graph in manifest.graphs.values()) < 1_000_000
    assert manifest.export["torch"] == torch.__version__.partition("+")[0]
