"""Where models are: embedded in the package (or the checkout), installed in the user's folder, or at a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nurie
from nurie.protocol import ModelError
from nurie.runtime.manifest import MANIFEST, FileRecord, Manifest, Variant, read_manifest, record

__all__ = [
    "FULL",
    "NETWORKS",
    "FileCheck",
    "StoredModel",
    "check_files",
    "embedded_folder",
    "find_model",
    "list_models",
    "verify",
]

NETWORKS = ("matcher", "reference", "denoiser")
FULL = "float32"
"""The name of a model's own arithmetic, beside its variants'."""
WEIGHTS_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class StoredModel:
    """A model that was found, not yet looked into; ``manifest`` is None for weights that lie by themselves."""

    name: str
    origin: Literal["embedded", "installed", "path"]
    weights: Path
    manifest: Manifest | None

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.weights.parent

    @property
    def has_graphs(self) -> bool:
        """Whether the engines that run ONNX can run it."""
        return self.manifest is not None and set(NETWORKS) <= set(self.manifest.graphs)

    def graphs(self, variant: str = FULL) -> dict[str, Path]:
        """The ONNX graph of every one of ``NETWORKS``. ModelError for a model, or a variant, without."""
        if self.manifest is None or not self.has_graphs:
            raise ModelError(
                f"{self.weights} has no ONNX graphs beside it, which this engine needs.",
                "Make them with 'nurie export', or choose --engine torch.",
            )
        named = self.manifest.graphs if variant == FULL else self.variant(variant).graphs
        if not set(NETWORKS) <= set(named):
            raise ModelError(f"{self.weights} has no {variant} graphs.", "Make them with 'nurie export'.")
        return {network: self.folder / named[network] for network in NETWORKS}

    def variant(self, name: str) -> Variant:
        """Another way to compute than in float32, which is no variant. ModelError for one that was not made."""
        variants = {} if self.manifest is None else self.manifest.variants
        if name not in variants:
            known = ", ".join([FULL, *variants])
            raise ModelError(f"{self.weights} has no variant {name!r}.", f"It has: {known}.")
        return variants[name]


@dataclass(frozen=True)
class FileCheck:
    """One file of a model, compared with the manifest."""

    path: Path
    state: Literal["ok", "missing", "damaged"]
    bytes: int


def embedded_folder() -> Path:
    """The folder of the embedded models: inside an installed package, or ``resources`` of the checkout."""
    package = Path(nurie.__file__).resolve().parent
    installed = package / "resources"
    return installed if installed.is_dir() else package.parents[1] / "resources"


def list_models(installed: Path | None = None) -> list[StoredModel]:
    """Every model that has a manifest, the embedded ones first; ``installed`` is the user's folder of models.

    A model whose manifest cannot be read raises ModelError.
    """
    found: dict[str, StoredModel] = {}
    for origin, folder in _folders(installed):
        for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
            found.setdefault(manifest.parent.name, _stored(manifest.parent, origin))
    return list(found.values())


def find_model(model: str, installed: Path | None = None) -> StoredModel:
    """The model of that name, or the one at that path (weights, or a folder with a manifest).

    ModelError when there is none. Nothing is compared yet, see ``check_files``.
    """
    path = Path(model)
    if path.suffix == WEIGHTS_SUFFIX or path.name != model or path.is_dir():
        return _at_path(path)
    for origin, folder in _folders(installed):
        if (folder / model / MANIFEST).is_file():
            return _stored(folder / model, origin)
    names = ", ".join(stored.name for stored in list_models(installed)) or "none"
    raise ModelError(f"The model '{model}' is not installed.", f"There are: {names}; or give the path of weights.")


def verify(stored: StoredModel) -> list[FileCheck]:
    """Compare every file of the manifest with its record."""
    if stored.manifest is None:
        return []
    return [_check(stored.folder / name, expected) for name, expected in stored.manifest.files.items()]


def check_files(stored: StoredModel) -> None:
    """ModelError for the first file that is missing or is not what the manifest records."""
    for check in verify(stored):
        if check.state != "ok":
            raise ModelError(f"The model file {check.path} is {check.state}.", "Install or download the model again.")


def _folders(installed: Path | None) -> Iterator[tuple[Literal["embedded", "installed"], Path]]:
    yield "embedded", embedded_folder()
    if installed is not None:
        yield "installed", installed


def _stored(folder: Path, origin: Literal["embedded", "installed", "path"]) -> StoredModel:
    manifest = read_manifest(folder)
    return StoredModel(folder.name, origin, folder / manifest.weights, manifest)


def _at_path(path: Path) -> StoredModel:
    if path.is_dir():
        return _stored(path, "path")
    if not path.is_file():
        raise ModelError(f"The model file {path} is missing.", "Check the path.")
    if (path.parent / MANIFEST).is_file():
        stored = _stored(path.parent, "path")
        if stored.weights.name == path.name:
            return stored
    return StoredModel(path.stem, "path", path, None)


def _check(path: Path, expected: FileRecord) -> FileCheck:
    try:
        found = record(path)
    except FileNotFoundError:
        return FileCheck(path, "missing", expected.bytes)
    except OSError:
        return FileCheck(path, "damaged", expected.bytes)
    return FileCheck(path, "ok" if found == expected else "damaged", expected.bytes)
