"""Packing: every picture in its row, and a pack is whole or none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nurie.protocol import InputError
from nurie.training.pack import SIDE, open_pack, pack
from nurie.training.pairs import Pairs


def test_rows_hold_what_the_manifest_says(pack_folder: Path) -> None:
    items, arrays = open_pack(pack_folder)
    assert [item["solid"] for item in items] == [-1, -1, -1, 0, 1]
    assert items[3]["rest_box"] == [[-1, 0, -1], [1, 2, 1]]
    assert arrays["color"].shape == (5, SIDE, SIDE, 3)
    # The coordinate picture, scaled; the drawing, 300 x 400, centred on white and its alpha over white.
    middle = arrays["color"][0, SIDE // 2, :, 0].astype(int)
    assert np.abs(middle - np.linspace(0, 255, SIDE)).max() <= 2
    assert (arrays["color"][1, :, : SIDE // 8] == 255).all()
    assert (arrays["color"][1, 0, SIDE // 2] == 255).all()
    assert np.abs(arrays["color"][1, SIDE * 3 // 4, SIDE // 2].astype(int) - (200, 90, 40)).max() <= 1
    # A line layer where there is one, extracted lines otherwise.
    assert (arrays["line"][1] != arrays["extracted"][1]).any()
    np.testing.assert_array_equal(arrays["line"][0], arrays["extracted"][0])
    assert set(np.unique(arrays["ids"])) == {0, 1}
    assert (arrays["pos"][..., 3] == 255).sum(axis=(1, 2)).min() > 2000


def test_processes_pack_the_same_and_a_finished_pack_stays(pack_folder: Path, tmp_path: Path) -> None:
    data = pack_folder.parent / "data"
    pack(data, tmp_path / "again", workers=2)
    for path in sorted(pack_folder.iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    pack(tmp_path / "no data", tmp_path / "again")


def test_a_pack_without_renders_is_one(pack_folder: Path, tmp_path: Path) -> None:
    data = pack_folder.parent / "data"
    (tmp_path / "train").mkdir()
    rows = (data / "train" / "manifest.jsonl").read_text().splitlines()[:3]
    items = [json.loads(row) for row in rows]
    for item in items:
        item["file"] = str(data / item["file"])  # absolute, so the pictures need not be copied
        item["line"] = item.get("line") and str(data / item["line"])
    (tmp_path / "train" / "manifest.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    pack(tmp_path, tmp_path / "pack", workers=1)
    assert Pairs(tmp_path / "pack").sample(0, 64).color.shape == (64, 64, 3)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="manifest"):
        pack(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "items.json").write_text("[")
    with pytest.raises(InputError, match="no finished pack"):
        open_pack(tmp_path)
