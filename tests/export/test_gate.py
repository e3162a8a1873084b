"""The quality gate and the calibration: real pictures through real engines, judged and noted."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes import pictures
from nurie.cli.main import main
from nurie.runtime.manifest import read_manifest
from nurie.runtime.store import find_model
from nurie.training.triples import Triple
from nurie_export.calibration import STEPS, denoiser_feeds
from nurie_export.gate import Compared, loss_db, record_gate
from nurie_export.variants import add_bfloat16
from training.synthetic import make_pack


@pytest.fixture
def model(small_model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    shutil.copytree(small_model, folder)
    add_bfloat16(folder)
    return folder


@pytest.fixture
def val(tmp_path: Path) -> Path:
    """Two triples."""
    folder = tmp_path / "val"
    folder.mkdir()
    pictures.sketch().save(folder / "s.png")
    pictures.reference().save(folder / "r.png")
    Image.new("RGB", pictures.sketch().size, (200, 90, 60)).save(folder / "t.png")
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "source", "sketch", "reference", "ground_truth"])
        writer.writerows([[name, "test", "s.png", "r.png", "t.png"] for name in ("a", "b")])
    return folder


def test_what_the_gate_measures_is_noted(model: Path, val: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["export", "gate", str(model), "--variant", "bfloat16", "--val", str(val), "--engine", "torch"]
    assert main([*command, "--steps", "1"]) == 0
    variant = read_manifest(model).variants["bfloat16"]
    assert variant.gate is not None
    assert (variant.gate["triples"], variant.gate["steps"], variant.gate["allowed_db"]) == (2, 1, 0.1)
    assert variant.passed == (variant.gate["loss_db"] <= 0.1)
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["a", "b", "bfloat16"]
    assert ("not passed" in told[-1]) != variant.passed


def test_a_variant_that_was_not_made_has_no_gate(model: Path, val: Path) -> None:
    assert main(["export", "gate", str(model), "--variant", "int8", "--val", str(val)]) == 4


@pytest.mark.parametrize(("losses", "passes"), [((0.3, -0.2), True), ((0.3, 0.0), False), ((0.1, 0.1), True)])
def test_the_mean_loss_decides(losses: tuple[float, ...], passes: bool, model: Path) -> None:
    triple = Triple("a", "test", Path("s"), Path("r"), Path("t"))
    found = [Compared(triple, 20.0, 20.0 - loss) for loss in losses]
    assert loss_db(found) == pytest.approx(np.mean(losses))
    assert record_gate(model, "bfloat16", found, 4) is passes
    gate = read_manifest(model).variants["bfloat16"].gate
    assert gate is not None
    assert gate["worst_db"] == pytest.approx(max(losses))


def test_calibration_takes_down_what_the_denoiser_gets(model: Path, tmp_path: Path) -> None:
    pack = make_pack(tmp_path / "pack")
    feeds = denoiser_feeds(find_model(str(model)), pack, samples=2)
    assert len(feeds) == 2 * STEPS
    times = [int(feed["t"][0]) for feed in feeds]
    assert times == 2 * sorted(set(times), reverse=True)
    assert times[0] == 999
    for feed in feeds:
        assert feed["x_t"].shape == (1, 3, 64, 64)
        assert feed["evidence"].shape == (1, 4, 64, 64)
    # Later steps see what came of the first, not the same array again.
    assert not np.array_equal(feeds[0]["x_t"], feeds[1]["x_t"])
