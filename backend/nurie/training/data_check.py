"""Says what is wrong with a folder of training pictures, one sentence for each problem, before anything is packed."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.protocol import InputError
from nurie.training.data_duplicates import Look, look, near_pairs
from nurie.training.data_folder import PARTS, DataFolder, Item, Problem, part_files, pictures_under, read_folder
from nurie.training.data_layers import LAYERED, line_layer, open_picture, over_white
from nurie.training.pack import POS_SIDE, open_pack
from nurie.training.shards import verify

__all__ = ["Report", "check", "check_pack"]

TINY = 96
"""Pixels: a picture whose longer side is smaller has less detail than the smallest canvas that is trained on."""
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
"""Formats whose frames are an animation; a TIFF's are pages and a PSD's are layers."""


@dataclass(frozen=True)
class Report:
    """``pictures``, ``lines`` (how many have their own), ``groups`` and every problem, in the folder's order."""

    pictures: int
    lines: int
    groups: int
    problems: list[Problem]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "problems": [vars(problem) for problem in self.problems]}


@dataclass(frozen=True)
class _Seen:
    """A picture as it was found: where, its bytes' hash, its look (None when it cannot be opened) and its problems."""

    file: str
    sha256: str
    look: Look | None
    problems: list[Problem]


def check(data: Path, workers: int = 1) -> Report:
    """Opens every picture of ``data``. InputError where there is no folder or nothing in it to check."""
    folder = read_folder(data)
    problems = [*folder.problems, *_manifest_problems(folder), *_unlabelled(folder, data)]
    held_back = _held_back(folder.root)
    jobs = [(folder.root, item) for item in [*folder.items, *held_back]]
    seen = list(_seen(jobs, workers))
    for one in seen:
        problems += one.problems
    problems += _duplicates(seen, len(folder.items))
    lines = sum(bool(item.get("line")) for item in folder.items)
    return Report(len(folder.items), lines, len(folder.groups), problems)


def check_pack(folder: Path, workers: int = 1) -> Report:
    """Compares every shard of a pack with its recorded SHA-256. InputError for an index that cannot be read."""
    harmed = list(verify(folder))
    problems = [
        Problem("altered", name, f"The shard {folder / name} {fault}; delete it and pack again.")
        for name, fault in harmed
    ]
    items = [] if harmed else open_pack(folder).items
    lines = sum(bool(item.get("line")) for item in items)
    return Report(len(items), lines, len({item["group"] for item in items}), problems)


def _manifest_problems(folder: DataFolder) -> Iterator[Problem]:
    """What the rows claim about each other; the files themselves are looked at later."""
    known = {item["id"] for item in folder.items}
    for item in folder.items:
        file = item["file"]
        for name in item.get("refs") or ():
            if name not in known:
                yield Problem(
                    "unknown", file, f"{file} names the reference {name}, which is no picture of this folder."
                )
        regions = folder.root / (item.get("regions") or Path(file).parent / "regions.json")
        if item.get("pos") and not regions.is_file():
            yield Problem(
                "group", file, f"The group {item['group']} of {file} has no {regions.name} beside its pictures."
            )
        if "licence" in item and not item["licence"]:
            yield Problem("unlabelled", file, f"{file} names no licence.")


def _unlabelled(folder: DataFolder, data: Path) -> list[Problem]:
    """Pictures that lie among the others and that no row names."""
    named = {file for item in folder.items for file in part_files(item)} | {problem.file for problem in folder.problems}
    where = data / "train" if (data / "train").is_dir() else data
    return [
        Problem("unlabelled", file, f"{file} lies there, and nothing says what it is.")
        for file in pictures_under(where, folder.root)
        if file not in named
    ]


def _held_back(root: Path) -> list[Item]:
    """The pictures that a validation set beside the training pictures holds, to be found again among them."""
    try:
        with (root / "val" / "manifest.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        names = [f"val/{row[key]}" for row in rows for key in ("ground_truth", "reference")]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError):
        return []
    return [{"id": name, "file": name} for name in dict.fromkeys(names)]


def _seen(jobs: list[tuple[Path, Item]], workers: int) -> Iterator[_Seen]:
    if workers < 2 or len(jobs) < 64:
        yield from map(_see, jobs)
        return
    # Spawned: by now OpenCV may have threads, which a fork would tear.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(_see, jobs, chunksize=16)


def _see(job: tuple[Path, Item]) -> _Seen:
    root, item = job
    file = item["file"]
    path = root / file
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return _Seen(file, "", None, [Problem("missing", file, f"{file} is not there, or may not be read.")])
    try:
        rgb = over_white(path)
    except InputError as error:
        return _Seen(file, digest, None, [_broken(root, file, error)])
    height, width = rgb.shape[:2]
    problems = []
    frames = _frames(path)
    if frames > 1:
        problems.append(Problem("animated", file, f"{file} is an animation of {frames} frames, not one picture."))
    if max(width, height) < TINY:
        problems.append(Problem("tiny", file, f"{file} is tiny, {width} x {height} pixels; {TINY} are needed."))
    if np.ptp(rgb.reshape(-1, 3), axis=0).max() < 8:
        problems.append(Problem("blank", file, f"{file} shows nothing but one colour."))
    claimed = (item.get("w", width), item.get("h", height))
    if claimed != (width, height):
        text = f"{file} is {width} x {height} pixels, and the manifest says {claimed[0]} x {claimed[1]}."
        problems.append(Problem("size", file, text))
    for part in PARTS:
        if item.get(part):
            problems += _part_problems(root, item, part, (width, height))
    return _Seen(file, digest, look(rgb), problems)


def _part_problems(root: Path, item: Item, part: str, size: tuple[int, int]) -> list[Problem]:
    """What is wrong with the line art, the hints or a map of a picture of ``size``."""
    file, color = item[part], item["file"]
    path = root / file
    if not path.is_file():
        return [Problem("missing", file, f"{file}, the {part} of {color}, is not there.")]
    try:
        if part == "line" and file == color and path.suffix.lower() in LAYERED:
            picture = Image.fromarray(line_layer(path))
        else:
            picture = open_picture(path)
    except InputError as error:
        return [_broken(root, file, error)]
    expected = (POS_SIDE, POS_SIDE) if part == "pos" else size
    if picture.size != expected:
        are, want = (f"{width} x {height}" for width, height in (picture.size, expected))
        text = f"{file}, the {part} of {color}, is {are} pixels, not {want}."
        return [Problem("size", file, text)]
    pixels = np.asarray(picture)
    if part == "line" and _on_paper(pixels).min() > 200:
        return [Problem("blank", file, f"{file}, the line of {color}, has no lines.")]
    if part == "hints" and (picture.mode != "RGBA" or pixels[..., 3].min() > 0):
        return [Problem("hints", file, f"{file}, the hints of {color}, has no transparent ground.")]
    return []


def _on_paper(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness of a picture laid over white."""
    if pixels.ndim == 2:
        return pixels
    grey = pixels[..., :3].min(axis=2)
    if pixels.shape[2] == 4:
        grey = 255 - ((255 - grey).astype(np.uint16) * pixels[..., 3] // 255).astype(np.uint8)
    return np.asarray(grey, np.uint8)


def _frames(path: Path) -> int:
    if path.suffix.lower() in LAYERED:
        return 1
    with Image.open(path) as image:
        return getattr(image, "n_frames", 1) if image.format in _ANIMATED else 1


def _broken(root: Path, file: str, error: InputError) -> Problem:
    return Problem("broken", file, error.message.replace(f"{root}/", ""))


def _duplicates(seen: list[_Seen], count: int) -> Iterator[Problem]:
    """Pictures that repeat another; the first ``count`` are to be trained on, and the rest must not be among them."""
    first: dict[str, int] = {}
    # What must not be trained on comes first, so that a training picture is told to repeat it and not the reverse.
    order = [*range(count, len(seen)), *range(count)]
    exact = set()
    for index in order:
        digest = seen[index].sha256
        if digest in first and index < count:
            exact.add(index)
            yield _repeats(seen[index].file, seen[first[digest]].file, "is the same file as", first[digest] >= count)
        elif digest:
            first.setdefault(digest, index)
    rest = [index for index in order if index not in exact and seen[index].look is not None]
    looks = [one for index in rest if (one := seen[index].look) is not None]
    for earlier, later in near_pairs(looks):
        if rest[later] < count:
            leaked = rest[earlier] >= count
            yield _repeats(seen[rest[later]].file, seen[rest[earlier]].file, "shows the same picture as", leaked)


def _repeats(file: str, other: str, how: str, leaked: bool) -> Problem:
    if leaked:
        return Problem("held_back", file, f"{file} {how} {other}, which is for measuring only.")
    return Problem("duplicate", file, f"{file} {how} {other}.")
