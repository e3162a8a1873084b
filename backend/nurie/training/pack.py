"""Packs a data folder into flat arrays that training maps into memory.

Every picture is composited over white, scaled to ``SIDE`` pixels on its longer side and centred on a white square.
Arrays (one row per picture): ``color`` u8 (N, S, S, 3); ``line`` u8 (N, S, S), the true line layer or an extracted
one; ``extracted`` u8 (N, S, S), always extracted; ``ids`` u8 (M, S, S) region ids and ``pos`` u8 (M, 128, 128, 4) rest
positions for the 3D renders. ``items.json`` tells what each row is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.protocol import InputError
from nurie.training.linework import extract

SIDE = 384
"""Pixels a side of a packed picture: enough for a close-up on a 256 px canvas, and 6,000 fit in 5 GB."""
POS_SIDE = 128
"""Samples a side of the rest positions, as they come."""
ARRAYS = ("color", "line", "extracted", "ids", "pos")
"""The last two have a row per 3D render, in the order of the items."""


def _square(image: NDArray[Any], fill: int, interpolation: int) -> NDArray[Any]:
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=interpolation)
    square = np.full((SIDE, SIDE, *image.shape[2:]), fill, np.uint8)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def over_white(path: Path) -> NDArray[np.uint8]:
    """RGB u8 (H, W, 3) of the picture at ``path``, its alpha composited over white."""
    with Image.open(path) as image:
        rgba = image.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, "white")
    ground.alpha_composite(rgba)
    return np.asarray(ground.convert("RGB"))


def _pack_one(job: tuple[str, dict[str, Any], int]) -> dict[str, NDArray[Any]]:
    root, item, index = job
    folder = Path(root)
    rgb = over_white(folder / item["file"])
    drawn = extract(rgb.astype(np.float32) / np.float32(255), np.random.default_rng([7, index]))
    row: dict[str, NDArray[Any]] = {"color": _square(rgb, 255, cv2.INTER_AREA)}
    row["extracted"] = _square((drawn * 255).astype(np.uint8), 255, cv2.INTER_AREA)
    if item.get("line"):
        with Image.open(folder / item["line"]) as image:
            row["line"] = _square(np.asarray(image.convert("L")), 255, cv2.INTER_AREA)
    else:
        row["line"] = row["extracted"]
    if item.get("pos"):
        with Image.open(folder / item["ids"]) as image:
            row["ids"] = _square(np.asarray(image.convert("L")), 0, cv2.INTER_NEAREST)
        with Image.open(folder / item["pos"]) as image:
            row["pos"] = np.asarray(image.convert("RGBA"))
    return row


def pack(data: Path, out: Path, workers: int = 2) -> None:
    """Packs ``data/train`` (see its manifest) into ``out``; a finished pack is left as it is.

    ``items.json`` is written last, so a pack that was interrupted is none. Raises InputError without a manifest.
    """
    if (out / "items.json").exists():
        return
    items = _manifest(data)
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    solid = sum(bool(item.get("pos")) for item in items)
    shapes = {
        "color": (len(items), SIDE, SIDE, 3),
        "line": (len(items), SIDE, SIDE),
        "extracted": (len(items), SIDE, SIDE),
        "ids": (solid, SIDE, SIDE),
        "pos": (solid, POS_SIDE, POS_SIDE, 4),
    }
    arrays = {
        name: np.lib.format.open_memmap(out / f"{name}.npy", "w+", np.uint8, shape)
        for name, shape in shapes.items()
        if shape[0]
    }
    next_solid = 0
    for index, row in enumerate(_rows(data, items, workers)):
        for name in ("color", "line", "extracted"):
            arrays[name][index] = row[name]
        items[index]["solid"] = -1
        if "pos" in row:
            arrays["ids"][next_solid], arrays["pos"][next_solid] = row["ids"], row["pos"]
            items[index]["solid"] = next_solid
            items[index]["rest_box"] = _rest_box((data / items[index]["file"]).parent / "regions.json")
            next_solid += 1
    for array in arrays.values():
        array.flush()
    temporary = out / "items.json.tmp"
    temporary.write_text(json.dumps(items))
    temporary.replace(out / "items.json")


def open_pack(folder: Path) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.uint8]]]:
    """The items and the arrays (mapped, read-only) of a finished pack. Raises InputError where there is none."""
    try:
        items = json.loads((folder / "items.json").read_text())
        # An array without rows cannot be mapped: a pack without 3D renders has two of them.
        kept = ARRAYS if any(item["solid"] >= 0 for item in items) else ARRAYS[:3]
        return items, {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in kept}
    except (OSError, ValueError) as error:
        raise InputError(f"The folder {folder} holds no finished pack.", "Make it with nurie data pack.") from error


def _manifest(data: Path) -> list[dict[str, Any]]:
    path = data / "train" / "manifest.jsonl"
    try:
        return [json.loads(text) for text in path.read_text().splitlines()]
    except (OSError, ValueError) as error:
        raise InputError(f"The manifest {path} cannot be read.", "Name the folder that holds train.") from error


def _rows(data: Path, items: list[dict[str, Any]], workers: int) -> Iterator[dict[str, NDArray[Any]]]:
    jobs = ((str(data), item, index) for index, item in enumerate(items))
    if workers < 2:
        yield from map(_pack_one, jobs)
        return
    # Spawned: by now OpenCV may have threads, which a fork would tear.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(_pack_one, jobs, chunksize=16)


@cache
def _rest_box(regions: Path) -> Any:
    """Least and greatest (x, y, z) of a character at rest, in its own units: what rest positions are scaled to."""
    return json.loads(regions.read_text())["rest_box"]
