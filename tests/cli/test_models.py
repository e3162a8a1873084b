"""``nurie models`` and ``nurie doctor`` on a small model made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.engine import FakeEngine
from nurie import colorizer
from nurie.cli.doctor import without_names
from nurie.cli.main import main
from nurie.runtime.manifest import Manifest, record, write_manifest


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installed model ``small`` of two files, the only one there is."""
    folder = tmp_path / "models" / "small"
    folder.mkdir(parents=True)
    (folder / "small.safetensors").write_bytes(b"weights")
    (folder / "denoiser.onnx").write_bytes(b"graph")
    files = {path.name: record(path) for path in sorted(folder.iterdir())}
    write_manifest(folder, Manifest("small", "small.safetensors", {"denoiser": "denoiser.onnx"}, files, {}))
    monkeypatch.setenv("NURIE_SETTINGS", str(tmp_path / "settings.toml"))
    monkeypatch.setenv("NURIE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("nurie.runtime.store.embedded_folder", lambda: tmp_path / "none")
    return folder


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_list_tells_what_is_installed(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    assert answer(capsys)["models"] == [
        {
            "name": "small",
            "origin": "installed",
            "folder": str(model),
            "weights": "small.safetensors",
            "bytes": 12,
            "graphs": False,
        }
    ]
    assert main(["models", "list"]) == 0
    assert capsys.readouterr().out.startswith("small ")


def test_verify_tells_what_is_intact(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify"]) == 0
    assert capsys.readouterr().out == "small: denoiser.onnx: ok\nsmall: small.safetensors: ok\n"
    assert main(["models", "verify", "small", "--json"]) == 0
    assert {"file": "denoiser.onnx", "state": "ok", "bytes": 5} in answer(capsys)["models"]["small"]  # type: ignore[index]


@pytest.mark.parametrize("state", ["damaged", "missing"])
def test_verify_names_the_file_that_is_not(model: Path, state: str, capsys: pytest.CaptureFixture[str]) -> None:
    if state == "damaged":
        (model / "small.safetensors").write_bytes(b"weighty")
    else:
        (model / "small.safetensors").unlink()
    assert main(["models", "verify"]) == 4
    assert f"small.safetensors is {state}" in capsys.readouterr().err


def test_weights_by_themselves_cannot_be_verified(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (model / "manifest.json").unlink()
    assert main(["models", "verify", str(model / "small.safetensors")]) == 4
    assert "no manifest" in capsys.readouterr().err


def test_no_model_at_all(model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NURIE_MODELS", str(model / "elsewhere"))
    assert main(["models", "list"]) == 0
    assert main(["models", "verify"]) == 4
    captured = capsys.readouterr()
    assert captured.out == "No model is installed.\n"
    assert captured.err.startswith("nurie: No model is installed. Install Nurie again")


def test_parameters_name_the_presets_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "parameters", "huge"]) == 2
    assert "There are: paper, compact" in capsys.readouterr().err


def test_parameters_stand_beside_the_papers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "parameters", "paper"]) == 0
    rows = capsys.readouterr().out.splitlines()
    for total in ("8,304,256", "54,803,347", "104,145,030"):
        assert any(row.split()[-3:] == [total, total, "equal"] for row in rows)


def test_doctor_reports_what_really_runs(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(name: str, **asked: object) -> colorizer.Colorizer:
        assert (name, asked["engine"], asked["device"]) == ("small", "onnx", "auto")
        return colorizer.Colorizer(FakeEngine())

    monkeypatch.setattr(colorizer, "load", load)
    assert main(["doctor", "--model", "small", "--engine", "onnx", "--json"]) == 0
    findings = answer(capsys)
    assert (findings["engine"], findings["device"], findings["provider"], findings["canvas"]) == (
        "fake",
        "cpu",
        "none",
        64,
    )
    assert set(findings["engines"]) == {"onnx", "openvino", "torch"}  # type: ignore[call-overload]
    assert findings["model_files"]["small.safetensors"] == record(model / "small.safetensors").sha256  # type: ignore[index]
    assert isinstance(findings["step_seconds"], float)
    assert findings["precision"] is None  # a fake engine was not chosen
    assert main(["doctor", "--model", "small", "--engine", "onnx"]) == 0
    assert "step seconds" in capsys.readouterr().out


def test_doctor_measures_keeps_and_shows(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NURIE_CALIBRATION", str(tmp_path / "kept.json"))
    monkeypatch.setattr("nurie.runtime.engines.installed_engines", lambda: ("onnx",))
    command = ["doctor", "--model", str(small_model), "--json"]
    assert main(command) == 0
    findings = answer(capsys)
    assert findings["calibration"] is None
    assert "doctor --calibrate" in str(findings["choice"])
    assert (findings["precision"], findings["engine"]) == ("float32", "onnx")
    assert main([*command, "--calibrate"]) == 0
    findings = answer(capsys)
    rows = findings["calibration"]
    assert isinstance(rows, list)
    (chosen,) = (row for row in rows if row["chosen"])
    assert rows[0]["ratio"] == 1
    # What runs afterwards is what the table says.
    assert (findings["engine"], findings["precision"], findings["threads"]) == (
        chosen["engine"],
        chosen["precision"],
        chosen["threads"],
    )
    assert main(command[:-1]) == 0
    shown = capsys.readouterr().out
    assert f"{chosen['engine']} {chosen['precision']}, {chosen['threads']} thread" in shown
    assert "  engine onnx, precision float32" in shown


def test_what_doctor_shares_names_nobody(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(colorizer, "load", lambda *_, **__: colorizer.Colorizer(FakeEngine()))
    monkeypatch.setattr(Path, "home", lambda: model.parents[1])
    assert main(["doctor", "--model", "small", "--share", "--json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told)["model_folder"] == str(Path("~/models/small"))
    assert str(model.parents[1]) not in told
    monkeypatch.setattr(Path, "home", lambda: Path("/home/augustina"))
    assert without_names({"a": ["x"], "b": "/mnt/augustina/x", "c": 1}) == {"a": ["x"], "b": "/mnt/USER/x", "c": 1}


def test_doctor_ends_with_what_is_wrong(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (model / "denoiser.onnx").unlink()
    assert main(["doctor", "--model", "small", "--json"]) == 4
    assert "denoiser.onnx is missing" in answer(capsys)["error"]["message"]  # type: ignore[index]
    assert main(["doctor", "--model", "none"]) == 4
