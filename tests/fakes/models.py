"""A complete model of all kinds of layers, small enough to be exported in a test; its weights are random."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nurie.model.matcher import MatcherConfig
from nurie.model.presets import DenoiserConfig, Preset, ReferenceConfig, preset
from nurie.runtime.description import Canvases, Description
from nurie.runtime.manifest import Manifest, record, write_manifest
from nurie.runtime.store import NETWORKS
from nurie.runtime.torch_engine import build_networks
from nurie.sampling import Sampling
from nurie.training.state import TrainState
from nurie_export.weights import narrow, write_weights

__all__ = ["SAMPLING", "checkpoints", "compact", "describe", "networks", "write_folder"]

SAMPLING = Sampling(steps=3, prediction_type="sample")


def describe() -> Description:
    """``compact`` with fewer, narrower layers, on canvases of 64, 48 and 32 pixels."""
    reference = ReferenceConfig(
        patch=4,
        widths=(8, 16, 24),
        blocks=(0, 1, 0),
        norm="group",
        groups=4,
        attention_blocks=1,
        heads=2,
        mlp_ratio=2,
        positions=True,
        final_kernel=1,
        dropout=0.0,
    )
    denoiser = DenoiserConfig(
        sketch_channels=1,
        evidence_channels=4,
        patch=4,
        widths=(16, 32),
        encoder_blocks=(1, 1),
        decoder_blocks=(1, 0),
        pool_skips=False,
        project_up=True,
        token_dim=24,
        token_projection=None,
        heads=2,
        mlp_ratio=2,
        positions=True,
        frequencies=16,
        time_dim=16,
        head_kernel=3,
        head_skip=True,
        zero_head=False,
        dropout=0.0,
        groups=4,
    )
    matcher = MatcherConfig(stem=8, width=16, dim=16, layers=1, heads=2, descriptor=16)
    return Description(
        preset=Preset("small", 64, reference, denoiser, prediction_type="sample"),
        matcher={"kind": "cells", **asdict(matcher)},
        canvases=Canvases(denoiser=64, matcher=48, reference=32),
        sampling=SAMPLING,
    )


def networks(description: Description, seed: int = 0) -> nn.ModuleDict:
    """In evaluation mode; norms have seen something, as after training."""
    torch.manual_seed(seed)
    built = build_networks(description)
    for module in built.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
        if isinstance(module, nn.BatchNorm2d) and module.running_mean is not None and module.running_var is not None:
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return built.eval()


def checkpoints(folder: Path) -> tuple[Path, Path]:
    """The matcher's and the denoiser's training checkpoint of ``networks(describe())``."""
    description = describe()
    built = networks(description)
    canvases = description.canvases
    settings: dict[str, dict[str, Any]] = {
        "matcher": {"network": "matcher", "size": canvases.matcher, "model": _matcher_fields(description)},
        "denoiser": {
            "network": "denoiser",
            "preset": description.preset.to_dict(),
            "conditions": asdict(canvases) | {"canvas": canvases.denoiser, "crop": 48},
        },
    }
    paths = folder / "matcher.safetensors", folder / "denoiser.safetensors"
    for name, path in zip(("matcher", "denoiser"), paths, strict=True):
        parts = (
            built["matcher"] if name == "matcher" else nn.ModuleDict({k: built[k] for k in ("reference", "denoiser")})
        )
        state = TrainState(parts, learning_rate=0.0, weight_decay=0.0, ema=0.9)
        # What is exported is the average, so the weights themselves may be anything.
        for parameter in parts.parameters():
            nn.init.zeros_(parameter)
        state.save(path, settings[name])
    return paths


def write_folder(folder: Path) -> Path:
    """Weights, stand-ins for the graphs, and the manifest: a model for everything that reads no graph."""
    folder.mkdir(parents=True)
    description = describe()
    write_weights(folder / "small.safetensors", narrow(networks(description).state_dict()), description)
    graphs = {network: f"{network}.onnx" for network in NETWORKS}
    for name in graphs.values():
        (folder / name).write_bytes(name.encode())
    files = {path.name: record(path) for path in folder.iterdir()}
    write_manifest(folder, Manifest("small", "small.safetensors", graphs, files, {}))
    return folder


def _matcher_fields(description: Description) -> dict[str, object]:
    return {key: value for key, value in description.matcher.items() if key != "kind"}


def compact() -> Description:
    """The real preset's description, for what needs no weights."""
    return Description(
        preset=preset("compact"),
        matcher={"kind": "cells", **asdict(MatcherConfig())},
        canvases=Canvases(denoiser=256, matcher=192, reference=128),
        sampling=Sampling(prediction_type="sample"),
    )
