"""A model's folder: graphs beside the weights, checked against PyTorch, and the manifest that holds them together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
import torch

from nurie.device import Device
from nurie.runtime.description import Description, read_description
from nurie.runtime.manifest import MANIFEST, Manifest, record, write_manifest
from nurie.runtime.onnx_engine import OnnxEngine
from nurie.runtime.store import NETWORKS
from nurie.runtime.torch_engine import TorchEngine, build_networks
from nurie_export import parity
from nurie_export.external import bind
from nurie_export.graphs import OPSET, graph, interfaces

__all__ = ["export_graphs"]


def export_graphs(weights: Path) -> Iterator[str]:
    """Write graphs and manifest beside ``weights``; yields one line for people after each of them.

    ModelError when a graph does not compute what PyTorch computes; there is no manifest then, and so no model.
    """
    description = read_description(weights)
    folder = weights.parent
    (folder / MANIFEST).unlink(missing_ok=True)
    paths = {name: folder / f"{name}.onnx" for name in NETWORKS}
    networks, kinds = build_networks(description), interfaces(description)
    for name, path in paths.items():
        model = graph(name, networks[name], kinds[name])
        bind(model, weights)
        onnx.save(model, path)
        onnx.checker.check_model(path, full_check=True)
        yield f"{path}: {path.stat().st_size:,} bytes, {len(model.graph.node)} nodes"
    cpu = Device("cpu")
    results = parity.check(
        OnnxEngine(description, paths, cpu), TorchEngine(description, weights, cpu), parity.random_inputs(description)
    )
    for result in results:
        yield f"{result.network}: {result.difference:.1e} from PyTorch (allowed {result.tolerance:.0e})"
    manifest = _manifest(weights, paths, description)
    write_manifest(folder, manifest)
    yield f"{folder / MANIFEST}: {sum(entry.bytes for entry in manifest.files.values()):,} bytes in all"


def _manifest(weights: Path, graphs: dict[str, Path], description: Description) -> Manifest:
    kinds = interfaces(description)
    return Manifest(
        model=description.preset.name,
        weights=weights.name,
        graphs={name: path.name for name, path in graphs.items()},
        files={path.name: record(path) for path in (weights, *graphs.values())},
        export={
            "opset": OPSET,
            "torch": torch.__version__.partition("+")[0],
            "onnx": onnx.__version__,
            "inputs": {name: dict(kind.inputs) for name, kind in kinds.items()},
            "outputs": {name: list(kind.outputs) for name, kind in kinds.items()},
        },
    )
