"""Finding models and comparing them with their manifests; the files here hold no networks."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurie.protocol import ModelError
from nurie.runtime.manifest import Manifest, record, write_manifest
from nurie.runtime.store import NETWORKS, check_files, embedded_folder, find_model, list_models, verify


def make(parent: Path, name: str, networks: tuple[str, ...] = NETWORKS) -> Path:
    """A model folder with a weights file and graphs of a few bytes."""
    folder = parent / name
    folder.mkdir(parents=True)
    graphs = {network: f"{network}.onnx" for network in networks}
    for file in (f"{name}.safetensors", *graphs.values()):
        (folder / file).write_bytes(file.encode())
    files = {path.name: record(path) for path in folder.iterdir()}
    write_manifest(folder, Manifest(name, f"{name}.safetensors", graphs, files, {}))
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder with ``mine`` and ``compact``; the embedded one holds ``compact`` alone."""
    monkeypatch.setattr("nurie.runtime.store.embedded_folder", lambda: tmp_path / "embedded")
    make(tmp_path / "embedded", "compact")
    make(tmp_path / "installed", "mine")
    make(tmp_path / "installed", "compact")
    return tmp_path / "installed"


def test_the_embedded_folder_is_there() -> None:
    assert embedded_folder().name == "resources"
    assert embedded_folder().is_dir()


def test_list(installed: Path) -> None:
    assert [(model.name, model.origin) for model in list_models(installed)] == [
        ("compact", "embedded"),
        ("mine", "installed"),
    ]
    assert [model.name for model in list_models()] == ["compact"]


def test_the_embedded_model_comes_first(installed: Path) -> None:
    assert find_model("compact", installed).origin == "embedded"
    assert find_model("mine", installed).origin == "installed"


def test_an_unknown_name_is_answered_with_the_names_there_are(installed: Path) -> None:
    with pytest.raises(ModelError, match=r"'paper' is not installed.* There are: compact, mine"):
        find_model("paper", installed)


def test_a_model_at_a_path(installed: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "elsewhere", "other")
    for path in (folder, folder / "other.safetensors"):
        model = find_model(str(path))
        assert (model.name, model.origin, model.weights) == ("other", "path", folder / "other.safetensors")
        assert model.graphs()["matcher"] == folder / "matcher.onnx"


def test_weights_by_themselves(installed: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "elsewhere", "other")
    (folder / "apart.safetensors").write_bytes(b"")
    model = find_model(str(folder / "apart.safetensors"))
    assert (model.name, model.manifest, model.has_graphs, verify(model)) == ("apart", None, False, [])
    check_files(model)
    with pytest.raises(ModelError, match=r"apart\.safetensors has no ONNX graphs beside it.* --engine torch"):
        model.graphs()


def test_a_model_without_every_graph(installed: Path, tmp_path: Path) -> None:
    model = find_model(str(make(tmp_path / "elsewhere", "other", networks=("matcher",))))
    assert not model.has_graphs


@pytest.mark.parametrize("path", ["nowhere/x.safetensors", "x.safetensors", "nowhere/x"])
def test_nothing_at_the_path(path: str, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"nowhere/x|x\.safetensors"):
        find_model(path, installed)


def test_a_folder_that_is_no_model(installed: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json is missing"):
        find_model(str(tmp_path))


def test_verify_tells_damage_file_by_file(installed: Path) -> None:
    model = find_model("mine", installed)
    assert {check.state for check in verify(model)} == {"ok"}
    model.graphs()["matcher"].unlink()
    whole = model.weights.read_bytes()
    model.weights.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    graph = model.graphs()["denoiser"]
    graph.write_bytes(graph.read_bytes()[:-1])
    states = {check.path.name: check.state for check in verify(model)}
    assert states == {
        "mine.safetensors": "damaged",
        "matcher.onnx": "missing",
        "denoiser.onnx": "damaged",
        "reference.onnx": "ok",
    }


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_what_is_not_whole_is_not_used(damage: str, installed: Path) -> None:
    model = find_model("mine", installed)
    model.weights.unlink()
    if damage == "damaged":
        model.weights.mkdir()
    with pytest.raises(ModelError, match=rf"mine\.safetensors is {damage}"):
        check_files(model)
