"""The manifest beside a model: every file that belongs to it, with size and SHA-256, and what the graphs expect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nurie.protocol import ModelError

__all__ = ["MANIFEST", "MANIFEST_VERSION", "FileRecord", "Manifest", "Variant"]
__all__ += ["read_manifest", "record", "write_manifest"]

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1


@dataclass(frozen=True)
class FileRecord:
    """One file: its size in bytes and SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Variant:
    """The same weights computed with in another way.

    precision: of the arithmetic (float32, float16, bfloat16, int8). graphs: as the manifest's own, of which it may
    share some; empty where an engine needs none. tolerance: by network, the root mean square by which its output may
    differ from PyTorch's in float32. gate: what the quality gate measured ("loss_db", "allowed_db", "triples",
    "steps"); None as long as it has not.
    """

    precision: str
    graphs: Mapping[str, str]
    tolerance: Mapping[str, float]
    gate: Mapping[str, Any] | None = None

    @property
    def passed(self) -> bool:
        """Whether the gate found its pictures as good as float32's: only then may it be chosen without being named."""
        return self.gate is not None and self.gate["loss_db"] <= self.gate["allowed_db"]


@dataclass(frozen=True)
class Manifest:
    """A model's files.

    weights: the safetensors file. graphs: network ("matcher", "reference", "denoiser") to ONNX file; these point into
    the weights by offset, so they fit that very file and no other. export: opset, inputs and outputs of the graphs and
    what made them, for people. variants: other ways to compute, by name.
    """

    model: str
    weights: str
    graphs: Mapping[str, str]
    files: Mapping[str, FileRecord]
    export: Mapping[str, Any]
    variants: Mapping[str, Variant] = field(default_factory=dict)


def record(path: Path) -> FileRecord:
    """Measure a file. OSError when it cannot be read."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return FileRecord(size, digest.hexdigest())


def read_manifest(folder: Path) -> Manifest:
    """Read ``folder``'s manifest. ModelError when it is missing, damaged or of another version."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["version"]
        if version != MANIFEST_VERSION:
            raise ModelError(
                f"{path} is a manifest of format {version}, and this Nurie reads format {MANIFEST_VERSION}.",
                "Use the model that came with this version.",
                code="model_version",
            )
        manifest = Manifest(
            model=content["model"],
            weights=content["weights"],
            graphs=dict(content["graphs"]),
            files={name: FileRecord(**entry) for name, entry in content["files"].items()},
            export=content["export"],
            variants={name: Variant(**entry) for name, entry in content.get("variants", {}).items()},
        )
        _check_names(manifest)
    except FileNotFoundError:
        raise ModelError(f"The model's manifest {path} is missing.", "Install the model again.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        text = " ".join(str(error).split())
        raise ModelError(f"The model's manifest {path} is damaged ({text}).", "Install the model again.") from error
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it as ``read_manifest`` reads it."""
    text = json.dumps({"version": MANIFEST_VERSION, **asdict(manifest)}, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _check_names(manifest: Manifest) -> None:
    """Every file is one of the folder itself, and every file that is used has a record."""
    graphs = [name for variant in manifest.variants.values() for name in variant.graphs.values()]
    for name in (manifest.weights, *manifest.graphs.values(), *graphs, *manifest.files):
        if name != Path(name).name or name in ("", ".", ".."):
            raise ValueError(f"{name!r} is no plain file name")
        if name not in manifest.files:
            raise ValueError(f"no record of {name}")
