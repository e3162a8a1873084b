"""``nurie data check``: every kind of harm is found and named, and a good folder is left in peace."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from nurie.protocol import InputError
from nurie.training.data_check import check, check_pack
from nurie.training.data_folder import read_folder
from nurie.training.data_layers import line_layer, open_picture


def figure(seed: int, mode: str = "RGB") -> Image.Image:
    """A picture that no other seed makes, 160 x 120."""
    rng = np.random.default_rng(seed)
    image = Image.new(mode, (160, 120), "white")
    for _ in range(8):
        left, top = (int(at) for at in rng.integers(0, 100, 2))
        colour = tuple(int(level) for level in rng.integers(0, 200, 3))
        ImageDraw.Draw(image).rectangle((left, top, left + 40, top + 30), colour, "black", 3)
    return image


def lines(size: tuple[int, int] = (160, 120)) -> Image.Image:
    drawn = Image.new("L", size, 255)
    ImageDraw.Draw(drawn).line((10, 10, 100, 100), 0, 3)
    return drawn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An artist's folder: two characters, one with line art and hints."""
    root = tmp_path / "pictures"
    for group, names in (("anna", "ab"), ("ben", "cd")):
        (root / group).mkdir(parents=True)
        for name in names:
            figure(ord(name)).save(root / group / f"{name}.png")
    lines().save(root / "anna" / "a_line.png")
    hints = Image.new("RGBA", (160, 120), (0, 0, 0, 0))
    ImageDraw.Draw(hints).line((20, 20, 60, 20), "red", 5)
    hints.save(root / "anna" / "a_hints.png")
    (root / "anna" / "notes.txt").write_text("no picture")
    return root


def test_a_good_folder_has_no_problems(folder: Path) -> None:
    report = check(folder)
    assert (report.pictures, report.lines, report.groups, report.problems) == (4, 1, 2, [])
    first = read_folder(folder).items[0]
    assert first == {
        "id": "anna/a",
        "file": "anna/a.png",
        "group": "anna",
        "source": "pictures",
        "kind": "drawn",
        "line": "anna/a_line.png",
        "hints": "anna/a_hints.png",
    }


def truncated(root: Path) -> None:
    path = root / "anna" / "b.png"
    path.write_bytes(path.read_bytes()[:-300])


def animated(root: Path) -> None:
    frames = [figure(seed) for seed in (50, 51, 52)]
    frames[0].save(root / "anna" / "b.gif", save_all=True, append_images=frames[1:])
    (root / "anna" / "b.png").unlink()


def resaved(root: Path) -> None:
    with Image.open(root / "ben" / "c.png") as image:
        image.resize((240, 180)).save(root / "ben" / "again.jpg", quality=80)


HARM: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no picture": (
        lambda root: (root / "anna" / "b.png").write_bytes(b"text"),
        "broken",
        "anna/b.png is not a picture",
    ),
    "empty": (lambda root: (root / "anna" / "b.png").write_bytes(b""), "broken", "anna/b.png is an empty file"),
    "truncated": (truncated, "broken", "anna/b.png is damaged or cut short"),
    "animated": (animated, "animated", "anna/b.gif is an animation of 3 frames"),
    "tiny": (
        lambda root: figure(9).resize((40, 30)).save(root / "anna" / "b.png"),
        "tiny",
        "anna/b.png is tiny, 40 x 30 pixels",
    ),
    "blank": (
        lambda root: Image.new("RGB", (160, 120), "red").save(root / "anna" / "b.png"),
        "blank",
        "anna/b.png shows nothing but one colour",
    ),
    "copied": (
        lambda root: shutil.copy(root / "ben" / "c.png", root / "ben" / "e.png"),
        "duplicate",
        "ben/e.png is the same file as ben/c.png",
    ),
    "resaved": (resaved, "duplicate", "ben/c.png shows the same picture as ben/again.jpg"),
    "line of another size": (
        lambda root: lines((160, 119)).save(root / "anna" / "a_line.png"),
        "size",
        "anna/a_line.png, the line of anna/a.png, is 160 x 119 pixels, not 160 x 120",
    ),
    "line without lines": (
        lambda root: Image.new("L", (160, 120), 255).save(root / "anna" / "a_line.png"),
        "blank",
        "anna/a_line.png, the line of anna/a.png, has no lines",
    ),
    "line without picture": (
        lambda root: lines().save(root / "ben" / "z_lineart.png"),
        "unlabelled",
        "ben/z_lineart.png is the line of a picture that is not there",
    ),
    "opaque hints": (
        lambda root: figure(3).save(root / "anna" / "a_hints.png"),
        "hints",
        "anna/a_hints.png, the hints of anna/a.png, has no transparent ground",
    ),
    "two of a name": (
        lambda root: figure(77).save(root / "ben" / "c.jpg"),
        "duplicate",
        "ben/c.png and ben/c.jpg claim to be the same picture",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_harm_is_one_sentence_that_names_the_file(folder: Path, harm: str) -> None:
    do, kind, sentence = HARM[harm]
    do(folder)
    (problem,) = check(folder).problems
    assert problem.kind == kind
    assert problem.message.startswith(sentence) or problem.message.startswith(f"The picture {sentence}")
    assert problem.message.endswith(".")


def test_two_expressions_are_two_pictures(folder: Path) -> None:
    with Image.open(folder / "ben" / "c.png") as image:
        other = image.copy()
    ImageDraw.Draw(other).rectangle((60, 40, 90, 60), "magenta")
    other.save(folder / "ben" / "smile.png")
    assert check(folder).problems == []


@pytest.fixture
def manifest(tmp_path: Path) -> tuple[Path, list[dict[str, object]]]:
    """A folder in our own layout, and its rows."""
    train = tmp_path / "data" / "train"
    train.mkdir(parents=True)
    rows: list[dict[str, object]] = []
    for number in range(3):
        figure(number).save(train / f"{number}.png")
        common = {"group": "g", "source": "s", "kind": "drawn", "licence": "CC0", "w": 160, "h": 120}
        rows.append({"id": str(number), "file": f"train/{number}.png"} | common)
    lines().save(train / "0_line.png")
    rows[0]["line"] = "train/0_line.png"
    return tmp_path / "data", rows


LIES: dict[str, tuple[dict[str, object], str, str]] = {
    "missing file": ({"file": "train/9.png"}, "missing", "train/9.png is not there"),
    "missing line": ({"line": "train/9.png"}, "missing", "train/9.png, the line of train/0.png, is not there"),
    "wrong size": ({"w": 161}, "size", "train/0.png is 160 x 120 pixels, and the manifest says 161 x 120"),
    "no group": ({"group": ""}, "manifest", "Line 1 of train/manifest.jsonl names no group"),
    "unknown kind": ({"kind": "photo"}, "manifest", "Line 1 of train/manifest.jsonl names the kind 'photo'"),
    "id twice": ({"id": "1"}, "manifest", "Line 2 of train/manifest.jsonl gives the id 1 a second time"),
    "unknown reference": ({"refs": ["7"]}, "unknown", "train/0.png names the reference 7"),
    "ids without pos": ({"ids": "train/1.png"}, "manifest", "Line 1 of train/manifest.jsonl names only one of ids"),
    "unknown group": (
        {"kind": "3d", "ids": "train/0.png", "pos": "train/0.png"},
        "group",
        "The group g of train/0.png has no regions.json",
    ),
    "no licence": ({"licence": ""}, "unlabelled", "train/0.png names no licence"),
}


@pytest.mark.parametrize("lie", [None, *LIES])
def test_a_manifest_that_lies_is_found_out(manifest: tuple[Path, list[dict[str, object]]], lie: str | None) -> None:
    data, rows = manifest
    if lie is not None:
        rows[0] |= LIES[lie][0]
    (data / "train" / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    for named in (data, data / "train"):
        problems = check(named).problems
        if lie is None:
            assert problems == []
        else:
            _, kind, sentence = LIES[lie]
            assert [one for one in problems if one.kind == kind and one.message.startswith(sentence)]


def test_strangers_and_broken_lines_are_named(manifest: tuple[Path, list[dict[str, object]]]) -> None:
    data, rows = manifest
    (data / "train" / "manifest.jsonl").write_text("\n".join([*map(json.dumps, rows[:2]), "{", "[]"]))
    assert [problem.message for problem in check(data).problems] == [
        "Line 3 of train/manifest.jsonl is no JSON.",
        "Line 4 of train/manifest.jsonl is no JSON object.",
        "train/2.png lies there, and nothing says what it is.",
    ]


def test_a_picture_for_measuring_among_those_to_train_on_is_found(
    manifest: tuple[Path, list[dict[str, object]]],
) -> None:
    data, rows = manifest
    (data / "train" / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (data / "val").mkdir()
    figure(1).resize((320, 240)).save(data / "val" / "truth.webp")
    shutil.copy(data / "train" / "2.png", data / "val" / "reference.png")
    (data / "val" / "manifest.csv").write_text("ground_truth,reference\ntruth.webp,reference.png\n")
    found = {(problem.kind, problem.message) for problem in check(data).problems}
    assert found == {
        ("held_back", "train/2.png is the same file as val/reference.png, which is for measuring only."),
        ("held_back", "train/1.png shows the same picture as val/truth.webp, which is for measuring only."),
    }


def test_nothing_to_check_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no pictures"):
        check(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        check(tmp_path / "nowhere")


def test_a_harmed_pack_is_told(pack_folder: Path, tmp_path: Path) -> None:
    assert check_pack(pack_folder).problems == []
    assert check_pack(pack_folder).pictures == 5
    out = Path(shutil.copytree(pack_folder, tmp_path / "pack"))
    shard = out / "shard-00000.safetensors"
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    (problem,) = check_pack(out).problems
    assert problem.message == f"The shard {shard} is altered; delete it and pack again."


def ora(path: Path, layer: str = "line art") -> Path:
    """An OpenRaster file: merged picture, and a line layer that lies 10 px right and 20 px down."""

    def png(image: Image.Image) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return buffer.getvalue()

    stroke = Image.new("RGBA", (50, 4), (0, 0, 0, 255))
    stack = (
        f'<image w="160" h="120"><stack><layer name="{layer}" src="data/1.png" x="10" y="20"/>'
        '<layer name="Line of thought" visibility="hidden" src="data/9.png"/>'
        '<layer name="paint" src="data/2.png"/></stack></image>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("stack.xml", stack)
        archive.writestr("data/1.png", png(stroke))
        archive.writestr("mergedimage.png", png(figure(1)))
    return path


def test_a_layer_is_line_art_by_its_name(folder: Path) -> None:
    path = ora(folder / "anna" / "layers.ora")
    report = check(folder)
    assert report.problems == []
    assert report.lines == 2
    drawn = line_layer(path)
    assert drawn.shape == (120, 160)
    assert (drawn[20:24, 10:60] == 0).all()
    assert drawn[:20].min() == 255
    assert open_picture(path).size == (160, 120)
    with pytest.raises(InputError, match="no line layer"):
        line_layer(ora(folder / "plain.ora", "Deadline"))
    path.write_bytes(path.read_bytes()[:200])
    (problem,) = (one for one in check(folder).problems if "layers.ora" in one.file)
    assert problem.kind == "broken"
