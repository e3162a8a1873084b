"""Packs a data folder into flat arrays that training maps into memory.

Every picture is composited over white, scaled to ``SIDE`` pixels on its longer side and centred on a white square.
Arrays (one row per picture): ``color`` u8 (N, S, S, 3); ``line`` u8 (N, S, S), the true line layer or an extracted
one; ``extracted`` u8 (N, S, S), always extracted; ``ids`` u8 (M, S, S) region ids and ``pos`` u8 (M, 128, 128, 4) rest
positions for the 3D renders. ``items.json`` tells what each row is.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.training.linework import extract

SIDE = 384
POS_SIDE = 128


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
    drawn = extract(rgb.astype(np.float32) / 255, np.random.default_rng([7, index]))
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
    """Packs ``data/train`` (see its manifest) into ``out``; a finished pack is left as it is."""
    if (out / "items.json").exists():
        return
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    items = [json.loads(text) for text in (data / "train" / "manifest.jsonl").read_text().splitlines()]
    solid = [item for item in items if item.get("pos")]
    shapes = {
        "color": (len(items), SIDE, SIDE, 3),
        "line": (len(items), SIDE, SIDE),
        "extracted": (len(items), SIDE, SIDE),
        "ids": (len(solid), SIDE, SIDE),
        "pos": (len(solid), POS_SIDE, POS_SIDE, 4),
    }
    arrays = {
        name: np.lib.format.open_memmap(out / f"{name}.npy", "w+", np.uint8, shape) for name, shape in shapes.items()
    }
    jobs = [(str(data), item, index) for index, item in enumerate(items)]
    next_solid = 0
    with ProcessPoolExecutor(workers) as pool:
        for index, row in enumerate(pool.map(_pack_one, jobs, chunksize=16)):
            for name in ("color", "line", "extracted"):
                arrays[name][index] = row[name]
            items[index]["solid"] = -1
            if "pos" in row:
                arrays["ids"][next_solid], arrays["pos"][next_solid] = row["ids"], row["pos"]
                items[index]["solid"] = next_solid
                next_solid += 1
    boxes = {}
    for path in sorted((data / "train" / "3d-toon").glob("*/regions.json")):
        rest = json.loads(path.read_text()).get("rest_box")
        boxes[path.parent.name] = rest
    for item in items:
        if item["solid"] >= 0:
            item["rest_box"] = boxes[Path(item["file"]).parent.name]
    for array in arrays.values():
        array.flush()
    temporary = out / "items.json.tmp"
    temporary.write_text(json.dumps(items))
    os.replace(temporary, out / "items.json")
