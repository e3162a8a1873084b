"""Installing a model into the user's folder: from a folder, a zip or an address; it appears whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nurie.protocol import ModelError
from nurie.runtime.download import Progress, check_space, download, fetch_small
from nurie.runtime.manifest import MANIFEST, FileRecord, Manifest, read_manifest, record, write_manifest
from nurie.runtime.store import StoredModel, embedded_folder, find_model

__all__ = ["install"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SUFFIXES = frozenset({".safetensors", ".onnx"})
"""Formats that hold numbers and graphs, and no code that opening them would run."""


def install(source: str, models: Path, progress: Progress | None = None) -> StoredModel:
    """Install the model of a folder with a manifest, of a zip of such a folder, or of a manifest's address (https).

    Every file is compared with the manifest before the model appears under its name in ``models``; one of that name is
    replaced then. ModelError for anything that is missing, damaged, no model, or does not fit on the disk.
    """
    if "://" in source:
        return _from_address(source, models, progress)
    path = Path(source)
    if path.is_dir():
        return _from_folder(path, models)
    if not path.is_file():
        raise ModelError(f"The model {path} does not exist.", "Check the path.")
    if not zipfile.is_zipfile(path):
        raise ModelError(f"{path} is no model: a folder with a {MANIFEST}, or a zip of one.", "Check the path.")
    return _from_zip(path, models)


def _from_folder(folder: Path, models: Path) -> StoredModel:
    manifest = _checked(read_manifest(folder))
    return _put(manifest, models, lambda name, target: _copy(folder / name, target))


def _from_zip(path: Path, models: Path) -> StoredModel:
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as scratch:
            inside = [name for name in archive.namelist() if Path(name).name == MANIFEST]
            if len(inside) != 1 or archive.getinfo(inside[0]).file_size > 1 << 20:
                raise ModelError(f"{path} is no zip of one model.", f"It must hold one {MANIFEST}.")
            (Path(scratch) / MANIFEST).write_bytes(archive.read(inside[0]))
            manifest = _checked(read_manifest(Path(scratch)))
            prefix = inside[0].removesuffix(MANIFEST)

            def extract(name: str, target: Path) -> None:
                # The size is the manifest's, never the archive's own claim.
                with archive.open(prefix + name) as packed, target.open("wb") as file:
                    file.write(packed.read(manifest.files[name].bytes + 1))

            return _put(manifest, models, extract)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, EOFError) as error:
        raise ModelError(
            f"The zip {path} is damaged ({' '.join(str(error).split())}).", "Download it again."
        ) from error


def _from_address(url: str, models: Path, progress: Progress | None) -> StoredModel:
    if not url.endswith(f"/{MANIFEST}"):
        raise ModelError(f"{url} is no model's address.", f"It ends in /{MANIFEST}.")
    content = fetch_small(url)
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / MANIFEST).write_bytes(content)
        manifest = _checked(read_manifest(Path(scratch)))
    base = url.removesuffix(MANIFEST)
    # Kept when the download breaks off, so that the next one goes on.
    return _put(
        manifest,
        models,
        lambda name, target: download(base + name, manifest.files[name], target, progress),
        text=content,
        resume=True,
    )


def _put(
    manifest: Manifest,
    models: Path,
    bring: Callable[[str, Path], None],
    *,
    text: bytes | None = None,
    resume: bool = False,
) -> StoredModel:
    """Bring each file into a folder beside the final one, compare all, and only then give it its name."""
    with _staging(models, manifest.model, keep=resume) as staging:
        missing = [name for name, entry in manifest.files.items() if not _is(staging / name, entry)]
        check_space(staging, sum(manifest.files[name].bytes for name in missing))
        for name in missing:
            bring(name, staging / name)
            if not _is(staging / name, manifest.files[name]):
                raise ModelError(f"The model file {name} is damaged.", "Download the model again.")
        if text is None:
            write_manifest(staging, manifest)
        else:
            (staging / MANIFEST).write_bytes(text)
        final, former = models / manifest.model, staging.with_suffix(".former")
        if final.exists():
            final.replace(former)
        staging.replace(final)
        shutil.rmtree(former, ignore_errors=True)
    return find_model(manifest.model, models)


@contextmanager
def _staging(models: Path, name: str, *, keep: bool) -> Iterator[Path]:
    """The folder in which a model is put together; what is left in it after a failure stays where ``keep`` says so."""
    # One folder deeper than models are looked for.
    staging = models / ".incoming" / name
    try:
        if not keep:
            shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True, exist_ok=True)
        yield staging
    except OSError as error:
        text = f"The model could not be written to {models}: {error.strerror or error}."
        raise ModelError(text, "Free space, or choose another folder of models.") from error
    finally:
        if not keep:  # after a success it has its final name
            shutil.rmtree(staging, ignore_errors=True)


def _checked(manifest: Manifest) -> Manifest:
    """ModelError for a model whose name or files could do harm or would never be found."""
    if _NAME.fullmatch(manifest.model) is None:
        raise ModelError(f"{manifest.model!r} is no name for a model.", "Ask who made it.")
    if (embedded_folder() / manifest.model).exists():
        raise ModelError(f"The model '{manifest.model}' comes with Nurie.", "Give the other one another name.")
    for name in manifest.files:
        if Path(name).suffix not in _SUFFIXES:
            text = f"The model holds {name}; only {' and '.join(sorted(_SUFFIXES))} files are installed."
            raise ModelError(text, "Other kinds may carry programs.")
    return manifest


def _is(file: Path, expected: FileRecord) -> bool:
    """Whether the file is there and is the one that the manifest records; another one is removed."""
    if not file.is_file():
        return False
    if record(file) == expected:
        return True
    file.unlink()
    return False


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise ModelError(f"The model file {source} is missing.", "Download the model again.")
    shutil.copyfile(source, target)
