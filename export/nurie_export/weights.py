"""Training checkpoints to the one weights file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from nurie.diffusion.parameterization import PredictionType
from nurie.model.presets import Preset
from nurie.protocol import ModelError
from nurie.runtime.description import METADATA_KEY, Canvases, Description
from nurie.runtime.torch_engine import build_networks
from nurie.sampling import Sampling
from nurie.training import checkpoints

__all__ = ["describe", "export_weights", "narrow", "read_checkpoint", "read_denoiser", "read_matcher", "write_weights"]


def read_checkpoint(path: Path, network: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The averaged weights of a checkpoint, and its settings with the ``step`` it was taken at.

    ModelError when it is missing, damaged or another network's.
    """
    stored, metadata = checkpoints.read_checkpoint(path)
    averaged = {name.removeprefix("ema."): value for name, value in stored.items() if name.startswith("ema.")}
    try:
        settings: dict[str, Any] = json.loads(metadata["settings"])
        settings["step"] = int(metadata["step"])
    except (ValueError, KeyError) as error:
        raise ModelError(f"The file {path} is no training checkpoint.", "Name the one of a run's folder.") from error
    if settings.get("network") != network:
        found = settings.get("network")
        raise ModelError(f"The checkpoint {path} is of a {found}, not of a {network}.", "Give each its own.")
    return averaged, settings


def read_matcher(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """As `read_checkpoint`, or the matcher inside a model's weights file, with which another denoiser was trained."""
    stored, metadata = checkpoints.read_checkpoint(path)
    if METADATA_KEY not in metadata:
        return read_checkpoint(path, "matcher")
    described = Description.from_metadata(metadata, str(path))
    tensors = {name.removeprefix("matcher."): value for name, value in stored.items() if name.startswith("matcher.")}
    config = {key: value for key, value in described.matcher.items() if key != "kind"}
    return tensors, {**described.training.get("matcher", {}), "network": "matcher", "model": config}


def read_denoiser(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """As `read_checkpoint`, or the denoiser and reference U-Net inside a model's weights file, for a new matcher."""
    stored, metadata = checkpoints.read_checkpoint(path)
    if METADATA_KEY not in metadata:
        return read_checkpoint(path, "denoiser")
    described = Description.from_metadata(metadata, str(path))
    tensors = {name: value for name, value in stored.items() if not name.startswith("matcher.")}
    settings = {**described.training.get("denoiser", {}), "network": "denoiser", "preset": asdict(described.preset)}
    return tensors, settings


def describe(
    matcher: Mapping[str, Any],
    denoiser: Mapping[str, Any],
    sampling: Sampling,
    predicts: PredictionType | None = None,
    sides: Mapping[str, int] | None = None,
) -> Description:
    """The model's description from both runs' settings.

    What the denoiser's output stands for is its run's to say; ``predicts`` says it for a run that did not note it.
    The canvases are those of training, but for ``sides`` (by network): convolutions work at other sizes as well.
    """
    seen = denoiser["conditions"]
    noted = denoiser["preset"].get("prediction_type")
    if noted is None and predicts is None:
        # The preset's default would be a guess, and a wrong one gives noise.
        raise ModelError("The denoiser's run did not note what it predicts.", "Say it with --predicts.")
    if noted is not None and predicts not in (None, noted):
        raise ModelError(f"The denoiser was trained to predict {noted}, not {predicts}.", "Leave --predicts out.")
    trained = {"denoiser": seen["canvas"], "matcher": seen["matcher"], "reference": seen["reference"]}
    preset = Preset.from_dict({**denoiser["preset"], "prediction_type": noted or predicts})
    return Description(
        preset=preset,
        matcher={"kind": "cells", **matcher["model"]},
        canvases=Canvases(**{**trained, **(sides or {})}),
        sampling=replace(sampling, prediction_type=preset.prediction_type),
        training={
            "matcher": {key: matcher[key] for key in ("step", "size", "loop") if key in matcher},
            "denoiser": {key: denoiser[key] for key in ("step", "conditions", "loop", "matcher") if key in denoiser},
        },
    )


def narrow(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and kernels as float16; vectors stay float32, being small, and variances may leave float16's range.

    ModelError for a value that is not finite afterwards; a norm's count of batches is left out.
    """
    result = {}
    for name, tensor in tensors.items():
        if not tensor.dtype.is_floating_point:
            continue
        narrowed = tensor.detach().to("cpu", torch.float16 if tensor.ndim > 1 else torch.float32).contiguous()
        if not bool(torch.isfinite(narrowed).all()):
            raise ModelError(f"The tensor {name} holds values that are not finite in {narrowed.dtype}.")
        result[name] = narrowed
    return result


def write_weights(path: Path, tensors: Mapping[str, Tensor], description: Description) -> None:
    """Write the file, whole or not at all; the same tensors and description give the same bytes."""
    expected = {name: value.shape for name, value in _floating(description).items()}
    given = {name: value.shape for name, value in tensors.items()}
    if expected != given:
        wrong = sorted(name for name in expected.keys() | given.keys() if expected.get(name) != given.get(name))
        raise ModelError(f"The tensors do not fit the networks that are described: {', '.join(wrong[:4])}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(save(dict(sorted(tensors.items())), description.to_metadata()))
    temporary.replace(path)


def export_weights(
    matcher: Path,
    denoiser: Path,
    out: Path,
    sampling: Sampling,
    predicts: PredictionType | None = None,
    sides: Mapping[str, int] | None = None,
) -> Description:
    """Both checkpoints into one weights file; returns what it says of itself. ``predicts``, ``sides``: `describe`.

    matcher, denoiser: each of its own run, or a model's weights file.
    """
    matcher_tensors, matcher_settings = read_matcher(matcher)
    other_tensors, denoiser_settings = read_denoiser(denoiser)
    try:
        description = describe(matcher_settings, denoiser_settings, sampling, predicts, sides)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The settings in {matcher} and {denoiser} describe no model ({error}).") from error
    # The denoiser's run trains the reference U-Net too, each under its own name.
    tensors = {**{f"matcher.{name}": tensor for name, tensor in matcher_tensors.items()}, **other_tensors}
    write_weights(out, narrow(tensors), description)
    return description


def _floating(description: Description) -> dict[str, Tensor]:
    with torch.device("meta"):
        state = build_networks(description).state_dict()
    return {name: tensor for name, tensor in state.items() if tensor.dtype.is_floating_point}
