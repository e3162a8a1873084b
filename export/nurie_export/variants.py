"""Variants of a model: the same weights file, computed with in another way; listed in the model's own manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx

from nurie.protocol import ModelError
from nurie.runtime.description import read_description
from nurie.runtime.engine import Floats
from nurie.runtime.hardware import has_native_bfloat16
from nurie.runtime.manifest import Manifest, Variant, read_manifest, record, write_manifest
from nurie.runtime.store import FULL, StoredModel, find_model
from nurie_export.external import bind, unbind
from nurie_export.graphs import dynamic_denoiser, graph, interfaces
from nurie_export.half import halved
from nurie_export.outputs import outputs_of

__all__ = ["ENGINES_OF", "PICTURE", "RMS", "Row", "add_bfloat16", "add_dynamic", "add_half", "add_int8", "parity_rows"]

PICTURE = {"float32": 0.1, "float16": 1.0, "bfloat16": 2.0, "int8": 4.0}
"""Mean difference of a whole colouring from PyTorch's in float32, in 8-bit levels."""
RMS = {
    "float32": {"matcher": 1e-4, "reference": 1e-5, "denoiser": 1e-5},
    "float16": {"matcher": 0.05, "reference": 0.01, "denoiser": 0.01},
    "bfloat16": {"matcher": 0.3, "reference": 0.05, "denoiser": 0.05},
    "int8": {"matcher": 1e-4, "reference": 1e-5, "denoiser": 0.15},
}
"""Root mean square of the difference from PyTorch's in float32, by precision; in int8 only the denoiser computes."""
ENGINES_OF = {
    "float32": ("torch", "onnx", "openvino"),
    "float16": ("onnx",),
    "bfloat16": ("torch", "openvino"),
    "int8": ("onnx", "openvino"),
}


@dataclass(frozen=True)
class Row:
    """One network of one engine and variant: its difference from PyTorch in float32, and what is allowed.

    ``what`` is a network, or "picture": a whole colouring, in 8-bit levels, the mean instead of the root mean square.
    """

    engine: str
    variant: str
    what: str
    rms: float
    largest: float
    allowed: float

    @property
    def holds(self) -> bool:
        """Whether it is within what is allowed; no number is not."""
        return self.rms <= self.allowed


def add_half(folder: Path) -> Variant:
    """``float16``, for GPUs: every graph again, of the same weights."""
    stored, manifest = _model(folder)
    kinds = interfaces(read_description(stored.weights))
    graphs = {}
    for name, path in stored.graphs().items():
        model = onnx.load(path, load_external_data=False)
        unbind(model, stored.weights)
        graphs[name] = _save(halved(model, kinds[name]), stored, f"{name}.float16.onnx")
    return _add(stored, manifest, "float16", "float16", graphs)


def add_int8(folder: Path, feeds: Sequence[Mapping[str, Floats]]) -> Variant:
    """``int8``, for CPUs: the denoiser with integer convolutions, the other networks as they are."""
    from nurie_export.quantize import quantized

    stored, manifest = _model(folder)
    model = quantized(stored.graphs()["denoiser"], stored.weights, feeds)
    path = folder / "denoiser.int8.onnx"
    onnx.save(model, path)
    return _add(stored, manifest, "int8", "int8", {**manifest.graphs, "denoiser": path.name})


def add_bfloat16(folder: Path) -> Variant:
    """``bfloat16``, for processors that multiply it: no graph of its own, the engines narrow what they compute with."""
    stored, manifest = _model(folder)
    return _add(stored, manifest, "bfloat16", "bfloat16", dict(manifest.graphs))


def add_dynamic(folder: Path) -> Variant:
    """``dynamic``: a denoiser for any number of pictures on canvases of any size, in float32."""
    from nurie.runtime.torch_engine import build_networks

    stored, manifest = _model(folder)
    description = read_description(stored.weights)
    model = graph("denoiser", build_networks(description)["denoiser"], dynamic_denoiser(description))
    name = _save(model, stored, "denoiser.dynamic.onnx")
    return _add(stored, manifest, "dynamic", FULL, {**manifest.graphs, "denoiser": name})


def parity_rows(folder: Path, engines: Sequence[str], variants: Sequence[str] | None = None) -> Iterator[Row]:
    """Every engine and variant beside PyTorch in float32, network by network, then a whole colouring.

    ModelError for an engine that does not run.
    """
    stored, manifest = _model(folder)
    plain = outputs_of(stored.weights, "torch", FULL)
    for name in [FULL, *manifest.variants] if variants is None else variants:
        precision = FULL if name == FULL else stored.variant(name).precision
        for engine in engines:
            if _runs(engine, name, precision):
                found = outputs_of(stored.weights, engine, name)
                yield from (_row(engine, name, precision, what, found[what], plain[what]) for what in plain)


def _runs(engine: str, variant: str, precision: str) -> bool:
    """Whether there is something to compare: PyTorch in float32 is what is compared with."""
    if precision == "bfloat16" and engine == "openvino" and not has_native_bfloat16():
        return False
    return engine in ENGINES_OF[precision] and (engine, variant) not in (("torch", FULL), ("torch", "dynamic"))


def _row(engine: str, variant: str, precision: str, what: str, found: Floats, plain: Floats) -> Row:
    if found.shape != plain.shape:
        raise ModelError(f"The {what} of {engine} {variant} is {found.shape}, and PyTorch's {plain.shape}.")
    apart = np.abs(found.astype(np.float64) - plain)
    if what == "picture":
        return Row(engine, variant, what, float(apart.mean()), float(apart.max()), PICTURE[precision])
    rms = float(np.sqrt((apart**2).mean()))
    return Row(engine, variant, what, rms, float(apart.max()), RMS[precision][what])


def _model(folder: Path) -> tuple[StoredModel, Manifest]:
    return find_model(str(folder)), read_manifest(folder)


def _save(model: onnx.ModelProto, stored: StoredModel, name: str) -> str:
    bind(model, stored.weights)
    onnx.save(model, stored.folder / name)
    onnx.checker.check_model(stored.folder / name, full_check=True)
    return name


def _add(stored: StoredModel, manifest: Manifest, name: str, precision: str, graphs: Mapping[str, str]) -> Variant:
    """Into the manifest, with every file's record; an older variant of the name is replaced, its gate forgotten."""
    variant = Variant(precision, dict(graphs), RMS[precision])
    files = dict(manifest.files) | {file: record(stored.folder / file) for file in graphs.values()}
    variants = dict(manifest.variants) | {name: variant}
    write_manifest(stored.folder, replace(manifest, files=files, variants=variants))
    return variant
