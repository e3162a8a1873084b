"""What a weights file says of itself: the networks, their canvases, how to sample, how it was trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from nurie.model.presets import Preset
from nurie.protocol import PROTOCOL_VERSION, ModelError
from nurie.sampling import Sampling

__all__ = ["METADATA_KEY", "WEIGHTS_VERSION", "Canvases", "Description", "read_description"]

WEIGHTS_VERSION = 1
"""Raised whenever an older Nurie would read newer weights wrongly, or the other way round."""

METADATA_KEY = "nurie"
"""One key for everything: safetensors writes several in an order that differs from run to run."""


@dataclass(frozen=True)
class Canvases:
    """Side in pixels of the square canvas that each network sees."""

    denoiser: int
    matcher: int
    reference: int

    def __post_init__(self) -> None:
        if min(self.denoiser, self.matcher, self.reference) < 16:
            raise ValueError(f"canvases of less than 16 pixels: {self}")


@dataclass(frozen=True)
class Description:
    """One model.

    matcher: {"kind": "cells", ...} with the fields of MatcherConfig (which lives beside its network, and would import
    PyTorch), or {"kind": "psc"}. training: a summary for people, read by nothing.
    """

    preset: Preset
    matcher: Mapping[str, Any]
    canvases: Canvases
    sampling: Sampling
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sampling.prediction_type != self.preset.prediction_type:
            raise ValueError(
                f"the denoiser predicts {self.preset.prediction_type}, and would be sampled as if it predicted "
                f"{self.sampling.prediction_type}"
            )

    def to_metadata(self) -> dict[str, str]:
        """The safetensors metadata."""
        content = {
            "version": WEIGHTS_VERSION,
            "protocol": PROTOCOL_VERSION,
            "preset": self.preset.to_dict(),
            "matcher": dict(self.matcher),
            "canvases": asdict(self.canvases),
            "sampling": asdict(self.sampling),
            "training": dict(self.training),
        }
        return {METADATA_KEY: json.dumps(content, sort_keys=True)}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], name: str) -> Description:
        """The inverse of ``to_metadata``; ModelError names the file ``name`` when it is not what this version reads."""
        if METADATA_KEY not in metadata:
            raise ModelError(f"{name} holds weights, but none of Nurie's.", "Choose a file made by 'nurie export'.")
        try:
            content = json.loads(metadata[METADATA_KEY])
            version = content["version"]
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(name, error) from error
        if version != WEIGHTS_VERSION:
            raise ModelError(
                f"{name} is a model of format {version}, and this Nurie reads format {WEIGHTS_VERSION}.",
                "Use the model that came with this version, or install the Nurie that the model was made for.",
                code="model_version",
            )
        try:
            if content["matcher"]["kind"] not in ("cells", "psc"):
                raise ValueError(f"a matcher of kind {content['matcher']['kind']!r}")
            return cls(
                preset=Preset.from_dict(content["preset"]),
                matcher=content["matcher"],
                canvases=Canvases(**content["canvases"]),
                sampling=Sampling.from_dict(content["sampling"]),
                training=content.get("training", {}),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(name, error) from error


def read_description(weights: Path) -> Description:
    """Read the head of a weights file, which also tells that it is whole. ModelError when it is missing or damaged."""
    try:
        with safe_open(weights, "np") as file:
            metadata = file.metadata() or {}
    except FileNotFoundError:
        raise ModelError(f"The model file {weights} is missing.", "Install Nurie again, or choose another.") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"The model file {weights} is damaged ({error}).", "Install or download it again.") from error
    return Description.from_metadata(metadata, str(weights))


def _unreadable(name: str, error: Exception) -> ModelError:
    text = " ".join(str(error).split())
    return ModelError(f"The description inside {name} cannot be read ({text}).", "Install or download it again.")
