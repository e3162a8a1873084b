"""Installing models: whole or not at all, from every kind of source."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.downloads import Host, hosting
from nurie.cli.main import main
from nurie.protocol import ModelError
from nurie.runtime.install import install
from nurie.runtime.manifest import MANIFEST, Manifest, record, write_manifest
from nurie.runtime.store import check_files, find_model, list_models


def make(folder: Path, name: str = "mine", weights: bytes = b"weights" * 99, other: str = "d.onnx") -> Path:
    """A model's folder; its files hold nothing a network could read, which installing does not look at."""
    folder.mkdir(parents=True)
    for file, content in {"w.safetensors": weights, "d.onnx": b"graph", other: b"graph"}.items():
        (folder / file).write_bytes(content)
    files = {path.name: record(path) for path in sorted(folder.iterdir())}
    write_manifest(folder, Manifest(name, "w.safetensors", {"denoiser": "d.onnx"}, files, {"licence": "CC0"}))
    return folder


def pack(folder: Path, path: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, prefix + file.name)
    return path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    folder = make(tmp_path / "remote")
    with hosting() as made:
        made.files = {f"/m/{path.name}": path.read_bytes() for path in folder.iterdir()}
        yield made


def is_installed(models: Path) -> bool:
    check_files(find_model("mine", models))
    return [model.name for model in list_models(models)] == ["compact", "mine"] and not list(
        (models / ".incoming").iterdir()
    )


@pytest.mark.parametrize("kind", ["folder", "zip", "zip of a folder"])
def test_a_model_is_installed_by_hand(tmp_path: Path, models: Path, kind: str) -> None:
    source = make(tmp_path / "source")
    if kind != "folder":
        source = pack(source, tmp_path / "model.zip", "mine/" if kind == "zip of a folder" else "")
    assert install(str(source), models).folder == models / "mine"
    assert is_installed(models)


def test_a_newer_one_takes_the_place_of_an_older(tmp_path: Path, models: Path) -> None:
    install(str(make(tmp_path / "old")), models)
    install(str(make(tmp_path / "new", weights=b"newer")), models)
    assert (models / "mine/w.safetensors").read_bytes() == b"newer"
    assert is_installed(models)


@pytest.mark.parametrize("damage", ["altered", "missing", "cut"])
def test_a_damaged_one_is_refused_and_the_older_stays(tmp_path: Path, models: Path, damage: str) -> None:
    install(str(make(tmp_path / "old")), models)
    new = make(tmp_path / "new", weights=b"newer")
    if damage == "missing":
        (new / "d.onnx").unlink()
    else:
        (new / "d.onnx").write_bytes(b"grape" if damage == "altered" else b"gra")
    for source in (new, pack(new, tmp_path / "new.zip")):
        with pytest.raises(ModelError):
            install(str(source), models)
    assert (models / "mine/w.safetensors").read_bytes() == b"weights" * 99
    assert is_installed(models)


def test_a_model_is_downloaded_and_goes_on_after_a_break(host: Host, models: Path) -> None:
    host.mood = ["good", "good", *["error"] * 9]
    url = f"{host.url}/m/{MANIFEST}"
    with pytest.raises(ModelError):
        install(url, models)
    assert [model.name for model in list_models(models)] == ["compact"]
    host.mood, host.asked = [], []
    install(url, models)
    # One file was whole already and is not asked for again.
    assert len(host.asked) == 2
    assert is_installed(models)


@pytest.mark.parametrize("name", ["../mine", "/mine", "a/b", "", ".hidden", "compact"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, models: Path, name: str) -> None:
    with pytest.raises(ModelError):
        install(str(make(tmp_path / "source", name)), models)
    assert not models.exists() or not list_models(models)[1:]


def test_files_that_could_run_are_refused(tmp_path: Path, models: Path) -> None:
    for name in ("pickle.bin", "model.pt", "setup.py"):
        folder = make(tmp_path / name, other=name)
        with pytest.raises(ModelError, match=r"only \.onnx and \.safetensors"):
            install(str(folder), models)


def test_files_outside_the_folder_are_refused(tmp_path: Path, models: Path) -> None:
    folder = make(tmp_path / "source")
    content = json.loads((folder / MANIFEST).read_text())
    content["files"]["../outside.onnx"] = content["files"]["d.onnx"]
    (folder / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(ModelError, match="no plain file name"):
        install(str(folder), models)


def test_what_is_no_model_is_told(tmp_path: Path, models: Path) -> None:
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").mkdir()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "hello")
    whole = pack(make(tmp_path / "source"), tmp_path / "cut.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:60] + bytes(40) + whole[100:])
    for name in ("text", "empty", "other.zip", "cut.zip", "nothing"):
        with pytest.raises(ModelError):
            install(str(tmp_path / name), models)
    with pytest.raises(ModelError, match=r"ends in /manifest\.json"):
        install("https://example.com/model", models)


def test_the_command_installs(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NURIE_MODELS", str(models))
    monkeypatch.setenv("NURIE_SETTINGS", str(tmp_path / "settings.toml"))
    source = make(tmp_path / "source")
    assert main(["models", "install", str(source), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["installed"]["name"] == "mine"
    assert main(["models", "install", str(source)]) == 0
    assert "mine is installed" in capsys.readouterr().out
    assert main(["models", "verify", "mine"]) == 0
    shutil.rmtree(source)
    assert main(["models", "install", str(source)]) == 4
