"""Packs a data folder into shards that training maps into memory.

Every picture is composited over white, scaled to ``side`` pixels on its longer side and centred on a white square.
Arrays (one row per picture): ``color`` u8 (N, S, S, 3); ``line`` u8 (N, S, S), the true line layer or an extracted
one; ``extracted`` u8 (N, S, S), always extracted. Rows of the pictures that have them only: ``ids`` u8 (M, S, S) region
ids and ``pos`` u8 (M, 128, 128, 4) rest positions of 3D renders, by the item's ``solid``; ``hints`` u8 (H, S, S), 255
where an artist's colour hints lie, by its ``hinted``. Both are -1 where there is no row.

Row n is a pure function of picture n and its number, whatever the number of workers and wherever packing was
interrupted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.protocol import InputError, OutputError
from nurie.training.data_folder import Item, part_files, read_folder
from nurie.training.data_layers import LAYERED, line_layer, open_picture, over_white
from nurie.training.linework import extract
from nurie.training.shards import INDEX, Rows, open_rows, read_index, shard_source, write_index, write_shard

__all__ = ["POS_SIDE", "SIDE", "Pack", "open_pack", "pack"]

SIDE = 384
"""Pixels a side of a packed picture: enough for a close-up on a 256 px canvas, and 6,000 fit in 5 GB."""
POS_SIDE = 128
"""Samples a side of the rest positions, as they come."""
PER_SHARD = 256
"""Pictures: about 200 MB, which is what packing holds in memory and what an interruption costs at most."""
RECIPE = 2
"""Counts the changes of what a row holds, so that older shards are packed again."""
_OLD = ("color", "line", "extracted", "ids", "pos")

Job = tuple[str, Item, int, int]
Row = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Pack:
    """``items``, what each row is (see :mod:`nurie.training.data_folder`); ``arrays`` by name; ``side`` in pixels."""

    items: list[Item]
    arrays: Mapping[str, Rows]
    side: int = SIDE


def pack(data: Path, out: Path, workers: int = 2, side: int = SIDE) -> None:
    """Packs ``data`` into ``out``; to go on where it was interrupted, or to add what is new, pack again.

    Raises InputError for a folder that holds nothing, and for the first manifest line or picture that cannot be used;
    OutputError when a file cannot be written. Shards that are whole are kept in both cases.
    """
    if (out / "items.json").exists():
        return  # a pack of the former format; it is finished, and serves as well
    folder = read_folder(data)
    if folder.problems:
        raise InputError(folder.problems[0].message, "'nurie data check' lists everything that is wrong.")
    items = _numbered(folder.items, folder.root)
    cv2.setNumThreads(1)
    _make(out)
    starts = range(0, len(items), PER_SHARD)
    shards = [out / f"shard-{number:05}.safetensors" for number in range(len(starts))]
    sources = [_fingerprint(folder.root, items, start, side) for start in starts]
    wanted = [number for number in range(len(shards)) if shard_source(shards[number]) != sources[number]]
    if wanted:
        with suppress(FileNotFoundError):
            (out / INDEX).unlink()  # until all shards are whole again, this is no pack
        jobs: list[Job] = [
            (str(folder.root), items[row], row, side)
            for number in wanted
            for row in range(starts[number], min(starts[number] + PER_SHARD, len(items)))
        ]
        rows = _rows(jobs, workers)
        for number in wanted:
            size = min(PER_SHARD, len(items) - starts[number])
            write_shard(shards[number], _stacked(islice(rows, size), size), sources[number])
    if not _indexed(out, shards, items):
        write_index(out, side, shards, items)
    for stale in set(out.glob("shard-*.safetensors")) - set(shards):
        stale.unlink()


def open_pack(folder: Path) -> Pack:
    """The finished pack in ``folder``, its arrays mapped, read-only. Raises InputError where there is none.

    Also reads the flat arrays that packs were made of before there were shards.
    """
    if (folder / INDEX).exists():
        index = read_index(folder)
        return Pack(index["items"], open_rows(folder, index), index["side"])
    try:
        items = json.loads((folder / "items.json").read_text())
        # An array without rows cannot be mapped: a pack without 3D renders has two of them.
        kept = _OLD if any(item["solid"] >= 0 for item in items) else _OLD[:3]
        return Pack(items, {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in kept})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The folder {folder} holds no finished pack.", "Make it with nurie data pack.") from error


def _indexed(out: Path, shards: Sequence[Path], items: Sequence[Item]) -> bool:
    try:
        index = read_index(out)
    except InputError:
        return False
    return list(index["shards"]) == [path.name for path in shards] and index["items"] == items


def _numbered(items: Sequence[Item], root: Path) -> list[Item]:
    """The items with the rows of their maps and hints, and what rest positions are scaled to."""
    numbered, solid, hinted = [], 0, 0
    for item in items:
        whole = {**item, "solid": -1, "hinted": -1}
        if item.get("pos"):
            whole |= {"solid": solid, "rest_box": _rest_box(root / _regions(item))}
            solid += 1
        if item.get("hints"):
            whole["hinted"] = hinted
            hinted += 1
        numbered.append(whole)
    return numbered


def _fingerprint(root: Path, items: Sequence[Item], start: int, side: int) -> str:
    """SHA-256 of all that a shard's rows are made of. InputError for a file that is not there."""
    digest = hashlib.sha256(json.dumps([RECIPE, side, start]).encode())
    for item in items[start : start + PER_SHARD]:
        digest.update(json.dumps(item, sort_keys=True).encode())
        for name in part_files(item):
            try:
                digest.update(hashlib.sha256((root / name).read_bytes()).digest())
            except OSError as error:
                raise InputError(
                    f"The picture {root / name} is not there.", "'nurie data check' lists everything that is wrong."
                ) from error
    return digest.hexdigest()


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {out} cannot be made: {error.strerror}.", "Choose another place.") from error


def _rows(jobs: Sequence[Job], workers: int) -> Iterator[Row]:
    if workers < 2:
        yield from map(_pack_one, jobs)
        return
    # Spawned: by now OpenCV may have threads, which a fork would tear.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(_pack_one, jobs, chunksize=16)


def _stacked(rows: Iterator[Row], count: int) -> dict[str, NDArray[np.uint8]]:
    """Rows one above the other, by array; arrays that only some pictures have become as short as that."""
    arrays: dict[str, NDArray[np.uint8]] = {}
    filled: dict[str, int] = {}
    for row in rows:
        for name, values in row.items():
            if name not in arrays:
                arrays[name], filled[name] = np.empty((count, *values.shape), np.uint8), 0
            arrays[name][filled[name]] = values
            filled[name] += 1
    return {name: array[: filled[name]] for name, array in arrays.items()}


def _pack_one(job: Job) -> Row:
    root, item, index, side = job
    folder = Path(root)
    rgb = over_white(folder / item["file"])
    drawn = extract(rgb.astype(np.float32) / np.float32(255), np.random.default_rng([7, index]))
    row: Row = {"color": _square(rgb, side, 255, cv2.INTER_AREA)}
    row["extracted"] = _square((drawn * 255).astype(np.uint8), side, 255, cv2.INTER_AREA)
    size = rgb.shape[:2]
    if item.get("line"):
        row["line"] = _square(_fitting(_line(folder, item), size, item["line"]), side, 255, cv2.INTER_AREA)
    else:
        row["line"] = row["extracted"]
    if item.get("pos"):
        ids = np.asarray(open_picture(folder / item["ids"]).convert("L"))
        row["ids"] = _square(_fitting(ids, size, item["ids"]), side, 0, cv2.INTER_NEAREST)
        pos = np.asarray(open_picture(folder / item["pos"]).convert("RGBA"))
        row["pos"] = _fitting(pos, (POS_SIDE, POS_SIDE), item["pos"])
    if item.get("hints"):
        strokes = np.asarray(open_picture(folder / item["hints"]).convert("RGBA"))[..., 3]
        covered = np.where(_fitting(strokes, size, item["hints"]) > 127, 255, 0).astype(np.uint8)
        row["hints"] = _square(covered, side, 0, cv2.INTER_AREA)
    return row


def _line(folder: Path, item: Item) -> NDArray[np.uint8]:
    path = folder / item["line"]
    if item["line"] == item["file"] and path.suffix.lower() in LAYERED:
        return line_layer(path)
    return np.asarray(cv2.cvtColor(over_white(path), cv2.COLOR_RGB2GRAY), np.uint8)


def _fitting(picture: NDArray[np.uint8], size: tuple[int, ...], name: str) -> NDArray[np.uint8]:
    """The picture, once it is plain that it has the size (height, width) that it must have."""
    if picture.shape[:2] != tuple(size):
        height, width = picture.shape[:2]
        raise InputError(
            f"The picture {name} is {width} x {height} pixels and belongs to one of {size[1]} x {size[0]}.",
            "'nurie data check' lists everything that is wrong.",
        )
    return picture


def _square(image: NDArray[Any], side: int, fill: int, interpolation: int) -> NDArray[Any]:
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=interpolation)
    square = np.full((side, side, *image.shape[2:]), fill, np.uint8)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def _regions(item: Item) -> Path:
    return Path(item.get("regions") or Path(item["file"]).parent / "regions.json")


@cache
def _rest_box(regions: Path) -> Any:
    """Least and greatest (x, y, z) of a character at rest, in its own units: what rest positions are scaled to."""
    try:
        told = json.loads(regions.read_text(encoding="utf-8"))
        return told["rest_box"] if "rest_box" in told else told["box"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The file {regions} does not tell the character's extent at rest.", "It needs rest_box: [min, max]."
        ) from error
