"""``nurie colorize`` from end to end in a process of its own, networks faked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes import pictures

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures.sketch(300, 200).save(tmp_path / "sketch.png")
    pictures.reference().save(tmp_path / "reference.png")
    return tmp_path


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(TESTS), str(TESTS.parent / "backend")])
    return subprocess.Popen(
        [sys.executable, str(TESTS / "fakes/command.py"), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "NURIE_SETTINGS": str(folder / "settings.toml")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def colorize(
    folder: Path, *options: str, before: tuple[str, ...] = (), output: str = "out.png"
) -> tuple[int, str, str]:
    command = [*before, "colorize", "sketch.png", "--reference", "reference.png", "-o", output, *options]
    with start(folder, *command) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_json_answer_is_the_contracts_object(folder: Path) -> None:
    code, out, err = colorize(folder, "--steps", "3", "--seed", "11", "--json", output="out.webp")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    timings = answer.pop("timings")
    assert answer == {
        "output": "out.webp",
        "width": 300,
        "height": 200,
        "steps": 3,
        "seed": 11,
        "model": "fake",
        "engine": "fake",
        "device": "cpu",
    }
    assert set(timings) == {"load", "encode", "warp", "denoise", "imaging", "total"}
    assert timings["total"] >= timings["imaging"] > 0
    with Image.open(folder / "out.webp") as image:
        assert (image.format, image.size) == ("WEBP", (300, 200))


def test_people_get_one_line(folder: Path) -> None:
    code, out, err = colorize(folder)
    assert (code, err) == (0, "")
    assert out.startswith("out.png: 300 × 200, ")
    assert out.count("\n") == 1


def test_an_older_picture_is_replaced(folder: Path) -> None:
    (folder / "out.png").write_bytes(b"older")
    assert colorize(folder)[0] == 0
    with Image.open(folder / "out.png") as image:
        assert image.size == (300, 200)


def test_hints_points_and_mask_reach_the_picture(folder: Path) -> None:
    """Green where the dab is, the reference's light half where the point is, nothing where the mask is black."""
    hints, mask = Image.new("RGBA", (300, 200)), Image.new("L", (300, 200), 255)
    hints.paste((0, 200, 0, 255), (140, 95, 160, 105))
    mask.paste(0, (0, 0, 300, 60))
    hints.save(folder / "hints.png")
    mask.save(folder / "mask.png")
    (folder / "points.json").write_text('[{"sketch": [200, 100], "reference": [30, 48]}]')
    controls = ("--hints", "hints.png", "--points", "points.json", "--mask", "mask.png")
    code, _, err = colorize(folder, *controls, output="out.png")
    assert (code, err) == (0, "")
    with Image.open(folder / "out.png") as image:
        assert image.getpixel((150, 100)) == pytest.approx((0, 200, 0), abs=12)
        assert image.getpixel((200, 100)) == pytest.approx((220, 120, 60), abs=12)
        assert image.getpixel((150, 50)) == (255, 255, 255)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_nothing(number: signal.Signals, folder: Path) -> None:
    (folder / "out.png").write_bytes(b"older")
    before = sorted(folder.iterdir())
    with start(folder, "--slow", "colorize", "sketch.png", "--reference", "reference.png", "-o", "out.png") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "denoising\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "nurie: Cancelled; nothing was written.\n"
    assert sorted(folder.iterdir()) == before
    assert (folder / "out.png").read_bytes() == b"older"


def test_a_full_disk_leaves_nothing(folder: Path) -> None:
    (folder / "out.png").write_bytes(b"older")
    before = sorted(folder.iterdir())
    code, out, err = colorize(folder, "--json", before=("--disk", "200"))
    assert code == 3
    assert json.loads(out)["error"]["code"] == "bad_output"
    assert "out.png could not be written" in err
    assert sorted(folder.iterdir()) == before
    assert (folder / "out.png").read_bytes() == b"older"


def test_depth_follows_the_drawing_or_the_flag(folder: Path) -> None:
    from nurie.imaging.encode import encode_png

    def depth(name: str) -> int:
        return (folder / name).read_bytes()[24]

    assert colorize(folder, output="eight.png")[0] == 0
    assert colorize(folder, "--depth", "16", "--json", output="asked.png")[1].count('"depth": 16') == 1
    sketch = np.asarray(Image.open(folder / "sketch.png").convert("RGB")).astype(np.uint16) * np.uint16(257)
    (folder / "sketch.png").write_bytes(encode_png(sketch))
    assert colorize(folder, output="deep.png")[0] == 0
    assert colorize(folder, "--depth", "8", output="shallow.png")[0] == 0
    assert [depth(name) for name in ("eight.png", "asked.png", "deep.png", "shallow.png")] == [8, 16, 16, 8]
    assert colorize(folder, output="deep.webp")[0] == 0
    code, _, err = colorize(folder, "--depth", "16", output="asked.webp")
    assert (code, "8 bits" in err) == (2, True)
    assert not (folder / "asked.webp").exists()
