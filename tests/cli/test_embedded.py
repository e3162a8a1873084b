"""The embedded model through the real command: what a person gets on a fresh machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nurie.cli.main import main
from nurie.runtime.store import find_model

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "resources/samples/princess"
SKETCH, REFERENCE = SAMPLE / "sketch.webp", SAMPLE / "reference.webp"


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NURIE_SETTINGS", str(tmp_path / "settings.toml"))


def colorize(output: Path, *options: str) -> int:
    command = ["colorize", str(SKETCH), "--reference", str(REFERENCE), "-o", str(output), "--engine", "onnx"]
    return main([*command, *options])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the model's folder, to be damaged."""
    return Path(shutil.copytree(find_model("compact").folder, tmp_path / "copy"))


def test_the_sample_is_coloured_without_pytorch(tmp_path: Path) -> None:
    output = tmp_path / "out.png"
    command = ["colorize", str(SKETCH), "--reference", str(REFERENCE), "-o", str(output), "--json"]
    script = (
        "import sys\nfrom nurie.cli.main import main\n"
        f"code = main({[*command, '--engine', 'onnx']!r})\n"
        "assert 'torch' not in sys.modules\nsys.exit(code)"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "backend")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert (answer["model"], answer["engine"], answer["device"]) == ("compact", "onnx", "cpu")
    assert answer["seed"] == 0
    with Image.open(output) as image, Image.open(SKETCH) as sketch:
        assert image.size == sketch.size == (answer["width"], answer["height"])
        pixels = np.asarray(image, dtype=np.float32)
        lines = np.asarray(sketch.convert("L"))
    # The princess wears blue, on white ground, and her lines are where they were drawn.
    painted = (pixels.min(axis=2) < 230) & (lines > 200)
    assert painted.mean() > 0.2
    red, _, blue = pixels[painted].mean(axis=0)
    assert blue > red + 15
    assert pixels[lines < 20].mean() < 60


def test_white_lines_on_black_are_coloured_like_black_ones_on_white(tmp_path: Path) -> None:
    plain, inverted, drawing = (tmp_path / name for name in ("plain.png", "inverted.png", "drawing.png"))
    with Image.open(SKETCH) as sketch:
        lines = np.asarray(sketch.convert("L"))
    Image.fromarray(255 - lines).save(drawing)
    assert colorize(plain, "--steps", "1") == 0
    command = ["colorize", str(drawing), "--reference", str(REFERENCE), "-o", str(inverted), "--engine", "onnx"]
    assert main([*command, "--steps", "1"]) == 0
    with Image.open(plain) as one, Image.open(inverted) as two:
        dark, light = np.asarray(one, np.int16), np.asarray(two, np.int16)
    paper = lines == 255
    ground = paper & (light.max(axis=2) < 8)
    # Paint is the same paint, the ground is still black, and the lines are white.
    assert 0.2 < ground.mean() < 0.9
    assert np.abs(dark - light)[paper & ~ground].mean() < 2
    assert light[lines < 20].mean() > 200


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first, second, other = (tmp_path / f"{name}.png" for name in ("first", "second", "other"))
    for output, seed in ((first, "7"), (second, "7"), (other, "8")):
        assert colorize(output, "--steps", "1", "--seed", seed) == 0
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_several_references_are_all_used(tmp_path: Path) -> None:
    alone, both = tmp_path / "alone.png", tmp_path / "both.png"
    Image.new("RGB", (64, 64), (20, 160, 40)).save(tmp_path / "green.png")
    assert colorize(alone, "--steps", "1") == 0
    assert colorize(both, "--steps", "1", "--reference", str(tmp_path / "green.png")) == 0
    assert alone.read_bytes() != both.read_bytes()


@pytest.mark.parametrize("name", ["compact.safetensors", "denoiser.onnx"])
def test_damaged_models_are_exit_4(copy: Path, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    assert colorize(tmp_path / "out.png", "--model", str(copy)) == 4
    assert f"{name} is damaged" in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()


def test_models_of_another_version_are_exit_4(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "version": 99}))
    assert colorize(tmp_path / "out.png", "--model", str(copy)) == 4
    assert "format 99" in capsys.readouterr().err


@pytest.mark.parametrize("model", ["paper", "nowhere.safetensors"])
def test_models_that_are_not_there_are_exit_4(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert colorize(tmp_path / "out.png", "--model", model) == 4
    assert model in capsys.readouterr().err


def test_a_device_that_is_not_there_is_exit_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert colorize(tmp_path / "out.png", "--device", "cuda:99", "--json") == 5
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "device"
    assert not (tmp_path / "out.png").exists()


def test_an_engine_that_is_not_there_is_exit_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert colorize(tmp_path / "out.png") == 5
    assert "pip install 'nurie[cpu]'" in capsys.readouterr().err


def test_the_embedded_model_is_intact(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", "compact"]) == 0
    assert "compact.safetensors: ok" in capsys.readouterr().out
