"""Packing: every picture in its row, and a pack is whole or none."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nurie.protocol import InputError, OutputError
from nurie.training import pack as packing
from nurie.training import shards
from nurie.training.pack import SIDE, open_pack, pack
from nurie.training.pairs import Pairs
from nurie.training.shards import verify, write_shard


def test_rows_hold_what_the_manifest_says(pack_folder: Path) -> None:
    whole = open_pack(pack_folder)
    items, arrays = whole.items, whole.arrays
    assert [item["solid"] for item in items] == [-1, -1, -1, 0, 1]
    assert items[3]["rest_box"] == [[-1, 0, -1], [1, 2, 1]]
    assert {name: len(rows) for name, rows in arrays.items()} == {
        "color": 5,
        "line": 5,
        "extracted": 5,
        "ids": 2,
        "pos": 2,
    }
    assert arrays["color"][4].shape == (SIDE, SIDE, 3)
    # The coordinate picture, scaled; the drawing, 300 x 400, centred on white and its alpha over white.
    middle = arrays["color"][0][SIDE // 2, :, 0].astype(int)
    assert np.abs(middle - np.linspace(0, 255, SIDE)).max() <= 2
    assert (arrays["color"][1][:, : SIDE // 8] == 255).all()
    assert (arrays["color"][1][0, SIDE // 2] == 255).all()
    assert np.abs(arrays["color"][1][SIDE * 3 // 4, SIDE // 2].astype(int) - (200, 90, 40)).max() <= 1
    # A line layer where there is one, extracted lines otherwise.
    assert (arrays["line"][1] != arrays["extracted"][1]).any()
    np.testing.assert_array_equal(arrays["line"][0], arrays["extracted"][0])
    for row in range(2):
        assert set(np.unique(arrays["ids"][row])) == {0, 1}
        assert (arrays["pos"][row][..., 3] == 255).sum() > 2000


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def copied(pack_folder: Path, to: Path) -> Path:
    shutil.copytree(pack_folder.parent / "data", to)
    return to


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PER_SHARD", 2)


def test_processes_pack_the_same(pack_folder: Path, tmp_path: Path) -> None:
    pack(pack_folder.parent / "data", tmp_path / "again", workers=2)
    assert files(tmp_path / "again") == files(pack_folder)


@pytest.mark.usefixtures("small_shards")
def test_rows_are_the_same_in_any_number_of_shards(pack_folder: Path, tmp_path: Path) -> None:
    pack(pack_folder.parent / "data", tmp_path, workers=1)
    whole, parts = open_pack(pack_folder), open_pack(tmp_path)
    assert len(files(tmp_path)) == 4
    assert parts.items == whole.items
    for name, rows in whole.arrays.items():
        assert len(parts.arrays[name]) == len(rows)
        for row in range(len(rows)):
            np.testing.assert_array_equal(parts.arrays[name][row], rows[row])
        with pytest.raises(IndexError):
            parts.arrays[name][len(rows)]


@pytest.mark.usefixtures("small_shards")
def test_packing_goes_on_where_it_was_interrupted(
    pack_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = copied(pack_folder, tmp_path / "data"), tmp_path / "pack"
    broken = data / "train" / "icon.png"
    whole = broken.read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"icon\.png"):
        pack(data, out, workers=1)
    assert list(files(out)) == ["shard-00000.safetensors"]
    with pytest.raises(InputError, match="no finished pack"):
        open_pack(out)
    broken.write_bytes(whole)
    made: list[str] = []

    def noted(path: Path, arrays: dict[str, NDArray[np.uint8]], source: str) -> None:
        made.append(path.name)
        write_shard(path, arrays, source)

    monkeypatch.setattr(packing, "write_shard", noted)
    pack(data, out, workers=1)
    assert made == ["shard-00001.safetensors", "shard-00002.safetensors"]
    pack(pack_folder.parent / "data", tmp_path / "at once", workers=1)
    assert files(out) == files(tmp_path / "at once")
    made.clear()
    pack(data, out, workers=1)
    assert made == []
    Image.new("RGB", (300, 400), "red").save(data / "train" / "icon.png")
    pack(data, out, workers=1)
    assert made == ["shard-00001.safetensors"]
    assert open_pack(out).arrays["color"][2][SIDE // 2, SIDE // 2].tolist() == [255, 0, 0]


@pytest.mark.usefixtures("small_shards")
def test_what_is_left_of_a_larger_pack_goes(pack_folder: Path, tmp_path: Path) -> None:
    data, out = copied(pack_folder, tmp_path / "data"), tmp_path / "pack"
    pack(data, out, workers=1)
    manifest = data / "train" / "manifest.jsonl"
    manifest.write_text("".join(line + "\n" for line in manifest.read_text().splitlines()[:2]))
    pack(data, out, workers=1)
    assert sorted(files(out)) == ["index.json", "shard-00000.safetensors"]
    assert len(open_pack(out).items) == 2


def test_a_full_disk_leaves_no_half_of_a_shard(
    pack_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(arrays: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shards, "save_file", full)
    with pytest.raises(OutputError, match="No space left"):
        pack(pack_folder.parent / "data", tmp_path, workers=1)
    assert files(tmp_path) == {}


@pytest.mark.parametrize("harm", ["missing", "cut short", "altered"])
def test_a_harmed_shard_is_found(pack_folder: Path, tmp_path: Path, harm: str) -> None:
    out = Path(shutil.copytree(pack_folder, tmp_path / "pack"))
    assert list(verify(out)) == []
    shard = out / "shard-00000.safetensors"
    whole = bytearray(shard.read_bytes())
    whole[-1] ^= 1
    shard.write_bytes(whole if harm == "altered" else whole[:-10])
    if harm == "missing":
        shard.unlink()
    assert list(verify(out)) == [(shard.name, f"is {harm}")]
    if harm != "altered":  # the size tells at once, and only reading all of it tells the rest
        with pytest.raises(InputError, match=harm):
            open_pack(out)


def test_a_pack_of_flat_arrays_is_still_read_and_left_alone(pack_folder: Path, tmp_path: Path) -> None:
    new = open_pack(pack_folder)
    for name, rows in new.arrays.items():
        np.save(tmp_path / f"{name}.npy", np.stack([rows[row] for row in range(len(rows))]))
    (tmp_path / "items.json").write_text(json.dumps(new.items))
    pack(tmp_path / "no data", tmp_path)
    before, after = Pairs(tmp_path).sample(3, 64), Pairs(pack_folder).sample(3, 64)
    for part in ("color", "sketch", "reference", "matches"):
        np.testing.assert_array_equal(getattr(before, part), getattr(after, part))


def test_an_artists_folder_is_packed(tmp_path: Path) -> None:
    folder = tmp_path / "heroine"
    folder.mkdir()
    color, line, hints = (Image.new("RGBA", (200, 100), ground) for ground in ("white", "white", (0, 0, 0, 0)))
    ImageDraw.Draw(color).rectangle((50, 20, 150, 80), "orange", "black", 3)
    ImageDraw.Draw(line).rectangle((50, 20, 150, 80), None, "black", 3)
    ImageDraw.Draw(hints).rectangle((90, 40, 110, 60), "orange")
    color.save(folder / "wave.png")
    line.save(folder / "wave_line.png")
    hints.save(folder / "wave_hints.png")
    color.convert("RGB").save(folder / "stand.jpg")
    pack(tmp_path, tmp_path / "pack", workers=1, side=64)
    made = open_pack(tmp_path / "pack")
    assert made.side == 64
    assert [(item["id"], item["group"], item["hinted"]) for item in made.items] == [
        ("heroine/stand", "heroine", -1),
        ("heroine/wave", "heroine", 0),
    ]
    stroke = made.arrays["hints"][0]
    assert stroke[32, 32] == 255
    assert stroke[32, 24] == stroke[4, 32] == 0
    assert made.arrays["line"][1][32, 32] == 255
    assert made.arrays["line"][1][32, 16] < 80
    drawn = [Pairs(tmp_path / "pack").sample(index, 64, recolour=0) for index in range(8)]
    strokes = [(pair.strokes > 0, pair.color) for pair in drawn if pair.strokes is not None]
    assert 0 < len(strokes) < len(drawn)  # of one of two pictures
    painted = np.concatenate([color[mask] for mask, color in strokes])
    assert np.abs(painted.astype(int) - (255, 165, 0)).max() < 8


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


def test_what_cannot_be_packed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        pack(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "manifest.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(InputError, match=r"Line 1 of manifest\.jsonl names no file"):
        pack(tmp_path, tmp_path / "out")
    item = {"id": "a", "file": "a.png", "group": "g", "source": "s", "kind": "drawn"}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(item))
    with pytest.raises(InputError, match=r"a\.png is not there"):
        pack(tmp_path, tmp_path / "out")
    Image.new("RGB", (50, 50)).save(tmp_path / "a.png")
    Image.new("RGB", (50, 40)).save(tmp_path / "b.png")
    (tmp_path / "manifest.jsonl").write_text(json.dumps(item | {"line": "b.png"}))
    with pytest.raises(InputError, match=r"b\.png is 50 x 40 pixels and belongs to one of 50 x 50"):
        pack(tmp_path, tmp_path / "out", workers=1)
    (tmp_path / "items.json").write_text("[")
    with pytest.raises(InputError, match="no finished pack"):
        open_pack(tmp_path)
    (tmp_path / "index.json").write_text('{"format": 99, "shards": {}}')
    with pytest.raises(InputError, match="format 99"):
        open_pack(tmp_path)
