"""A model at another working size, or without weights: a folder made for the measurement.

Needs PyTorch, and for graphs the extra ``export``; what is installed at its own size needs neither.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nurie.model.presets import PRESETS, Preset
from nurie.protocol import ModelError
from nurie.runtime.description import Canvases, Description, read_description
from nurie.runtime.store import find_model
from nurie.sampling import Sampling

__all__ = ["at_size", "describe", "own_size", "prepare"]


def describe(model: str, installed: Path | None = None) -> Description:
    """The description of an installed model or, for a preset that has no weights, of one with random ones."""
    try:
        return read_description(find_model(model, installed).weights)
    except ModelError:
        if model not in PRESETS:
            raise
    return untrained(PRESETS[model])


def untrained(preset: Preset) -> Description:
    """The preset as it would be exported: every network at the preset's canvas, eight steps."""
    kind: dict[str, Any] = {"kind": "psc"} if preset.name == "paper" else {"kind": "cells"}
    canvases = Canvases(denoiser=preset.canvas, matcher=preset.canvas, reference=preset.canvas)
    return Description(preset, kind, canvases, Sampling(prediction_type=preset.prediction_type))


def at_size(description: Description, size: int) -> Description:
    """The same model working at ``size`` pixels a side; no network sees more than that, or more than it did."""
    seen = description.canvases
    smaller = {name: min(getattr(seen, name), size) for name in ("matcher", "reference")}
    return replace(description, canvases=Canvases(denoiser=size, **smaller))


def own_size(model: str, installed: Path | None = None) -> int:
    """Side in pixels of the canvas that the model's denoiser sees."""
    return describe(model, installed).canvases.denoiser


def prepare(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """Write the folder ``task["out"]`` of ``task["model"]`` at ``task["size"]``, with graphs if ``task["graphs"]``.

    The graphs' weights are the model's own where it has any: the numbers do not matter here, but denormal ones would.
    """
    torch = importlib.import_module("torch")
    export = importlib.import_module("nurie_export.weights")
    engine = importlib.import_module("nurie.runtime.torch_engine")
    ready()
    installed = Path(task["models"]) if task["models"] else None
    description = at_size(describe(task["model"], installed), task["size"])
    torch.manual_seed(0)
    networks = engine.build_networks(description)
    try:
        engine.load_weights(networks, find_model(task["model"], installed).weights)
    except ModelError:
        if task["model"] not in PRESETS:
            raise
    weights = Path(task["out"]) / f"{description.preset.name}.safetensors"
    export.write_weights(weights, export.narrow(networks.state_dict()), description)
    if task["graphs"]:
        for _ in importlib.import_module("nurie_export.folder").export_graphs(weights):
            pass
    return {"weights": str(weights)}
