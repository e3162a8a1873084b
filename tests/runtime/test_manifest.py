"""The manifest beside a model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nurie.protocol import ModelError
from nurie.runtime.manifest import MANIFEST, FileRecord, Manifest, Variant, read_manifest, record, write_manifest

MODEL = Manifest(
    model="small",
    weights="small.safetensors",
    graphs={"denoiser": "denoiser.onnx"},
    files={"small.safetensors": FileRecord(3, "ab"), "denoiser.onnx": FileRecord(4, "cd")},
    export={"opset": 20},
)


def test_round_trip(tmp_path: Path) -> None:
    write_manifest(tmp_path, MODEL)
    assert read_manifest(tmp_path) == MODEL


def test_variants_round_trip_and_a_manifest_without_has_none(tmp_path: Path) -> None:
    gate = {"loss_db": 0.02, "allowed_db": 0.1, "triples": 9, "steps": 4}
    variant = Variant("int8", {"denoiser": "denoiser.onnx"}, {"denoiser": 0.1}, gate)
    write_manifest(tmp_path, replace(MODEL, variants={"int8": variant}))
    assert read_manifest(tmp_path).variants == {"int8": variant}
    assert variant.passed
    assert not replace(variant, gate=gate | {"loss_db": 0.11}).passed
    assert not replace(variant, gate=None).passed
    content = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    del content["variants"]  # as models were written before there were any
    (tmp_path / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
    assert read_manifest(tmp_path) == MODEL


def test_a_variant_names_files_of_its_folder_only(tmp_path: Path) -> None:
    for name in ("../denoiser.onnx", "unlisted.onnx"):
        write_manifest(tmp_path, replace(MODEL, variants={"int8": Variant("int8", {"denoiser": name}, {})}))
        with pytest.raises(ModelError, match=r"manifest\.json is damaged"):
            read_manifest(tmp_path)


def test_a_record_is_size_and_hash(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)
    assert record(tmp_path / "file") == FileRecord(len(content), hashlib.sha256(content).hexdigest())


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json is missing"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\xff", '{"version": 1}'])
def test_damaged(text: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="latin-1")
    with pytest.raises(ModelError, match=r"manifest\.json is damaged"):
        read_manifest(tmp_path)


def change(folder: Path, **changes: Any) -> None:
    write_manifest(folder, MODEL)
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps(content | changes), encoding="utf-8")


def test_another_version(tmp_path: Path) -> None:
    change(tmp_path, version=2)
    with pytest.raises(ModelError, match="manifest of format 2") as caught:
        read_manifest(tmp_path)
    assert caught.value.code == "model_version"


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": "../secret"},
        {"weights": "unrecorded.safetensors"},
        {"graphs": {"denoiser": "/etc/passwd"}},
        {"graphs": {"denoiser": ".."}},
        {"files": {"small.safetensors": {"bytes": 3}}},
        {"graphs": None},
    ],
)
def test_files_outside_the_folder_or_without_a_record(changes: dict[str, Any], tmp_path: Path) -> None:
    change(tmp_path, **changes)
    with pytest.raises(ModelError, match="is damaged"):
        read_manifest(tmp_path)
