"""What a folder of training pictures holds: by its manifest where it has one, by the names of its files otherwise.

With a manifest (``train/manifest.jsonl`` or ``manifest.jsonl``) every line is one picture: ``id``, ``file``, ``group``,
``source``, ``kind`` and optionally ``line``, ``ids``, ``pos``, ``hints``, ``palette``, ``refs``, ``w``, ``h``.

An artist's folder needs none. Every picture is a colouring; a subfolder is a character, and pictures of one character
serve each other as references. Parts of a picture carry its name and a suffix: ``NAME_line``, ``NAME_hints`` (strokes
on transparent ground), and of 3D renders ``NAME_ids`` and ``NAME_pos``; the picture itself may be ``NAME_color``. A
layer named as line art in an OpenRaster file is one too. ``NAME.json`` may say ``character`` and ``palette``.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nurie.protocol import InputError
from nurie.training.data_layers import has_line_layer

__all__ = ["KINDS", "PARTS", "PICTURES", "DataFolder", "Item", "Problem", "part_files", "read_folder"]

Item = dict[str, Any]

KINDS = ("3d", "drawn", "vector", "icon")
PARTS = ("line", "ids", "pos", "hints")
"""Fields of an item that name further files of the colour picture's geometry."""
PICTURES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff", ".tga", ".psd", ".ora", ".kra")
)
MANIFEST = "manifest.jsonl"
_NEEDED = ("id", "file", "group", "source", "kind")
_SUFFIX = re.compile(
    r"^(?P<name>.+)[ _.-]"
    r"(?:(?P<color>colou?rs?)|(?P<line>lines?|line[ _-]?art)|(?P<hints>hints?)|(?P<ids>ids)|(?P<pos>pos))$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with ``file``, relative to the folder; ``message`` is a sentence."""

    kind: str
    file: str
    message: str


@dataclass(frozen=True)
class DataFolder:
    """``items``: one per picture, paths relative to ``root``; ``problems``: what was wrong with manifest or names."""

    root: Path
    items: list[Item]
    problems: list[Problem] = field(default_factory=list)

    @property
    def groups(self) -> set[str]:
        """The characters."""
        return {item["group"] for item in self.items}


def read_folder(data: Path) -> DataFolder:
    """Lists what ``data`` holds and opens no picture. InputError for a folder that is not there or holds no picture."""
    if not data.is_dir():
        raise InputError(f"The data folder {data} does not exist.", "Name the folder that holds the pictures.")
    if (data / "train" / MANIFEST).is_file():
        found = _by_manifest(data / "train" / MANIFEST, data)
    elif (data / MANIFEST).is_file():
        # Paths in train/manifest.jsonl count from the folder that holds train, also when train itself is named.
        found = _by_manifest(data / MANIFEST, data.parent if data.name == "train" else data)
    else:
        found = _by_names(data)
    if not found.items and not found.problems:
        raise InputError(f"The data folder {data} holds no pictures.", "Put coloured pictures there, or a manifest.")
    return found


def part_files(item: Item) -> list[str]:
    """All files of an item, the colour picture first; an OpenRaster file is its own line layer."""
    return list(dict.fromkeys([item["file"], *(item[part] for part in PARTS if item.get(part))]))


def pictures_under(folder: Path, root: Path) -> list[str]:
    """All picture files below ``folder``, relative to ``root``, sorted; hidden ones left out."""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if Path(name).suffix.lower() in PICTURES and not name.startswith("."):
                found.append((Path(where) / name).relative_to(root).as_posix())
    return sorted(found)


def _by_manifest(manifest: Path, root: Path) -> DataFolder:
    items, problems, seen = [], [], set()
    name = manifest.relative_to(root).as_posix()
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The manifest {manifest} cannot be read.", "Save it as UTF-8 text.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        item, fault = _item(line)
        if not fault and item["id"] in seen:
            fault = f"gives the id {item['id']} a second time"
        if fault:
            problems.append(Problem("manifest", name, f"Line {number} of {name} {fault}."))
        else:
            seen.add(item["id"])
            items.append(item)
    return DataFolder(root, items, problems)


def _item(line: str) -> tuple[Item, str]:
    """A manifest's line, and what is wrong with it ("" when nothing is)."""
    try:
        item = json.loads(line)
    except ValueError:
        return {}, "is no JSON"
    if not isinstance(item, dict):
        return {}, "is no JSON object"
    for key in _NEEDED:
        if not isinstance(item.get(key), str) or not item[key]:
            return item, f"names no {key}"
    if item["kind"] not in KINDS:
        return item, f"names the kind {item['kind']!r}, which is none of {', '.join(KINDS)}"
    if bool(item.get("ids")) != bool(item.get("pos")):
        return item, "names only one of ids and pos, which belong together"
    return item, ""


def _by_names(root: Path) -> DataFolder:
    pictures: dict[str, str] = {}
    parts: dict[str, dict[str, str]] = {}
    problems = []
    for file in pictures_under(root, root):
        stem, part = _name_and_part(file)
        taken = pictures if part == "color" else parts.setdefault(stem, {})
        key = stem if part == "color" else part
        if key in taken:
            problems.append(Problem("duplicate", file, f"{file} and {taken[key]} claim to be the same picture."))
        else:
            taken[key] = file
    items = [_named_item(root, stem, file, parts.pop(stem, {})) for stem, file in pictures.items()]
    for stray in parts.values():
        for part, file in stray.items():
            problems.append(Problem("unlabelled", file, f"{file} is the {part} of a picture that is not there."))
    return DataFolder(root, items, problems)


def _name_and_part(file: str) -> tuple[str, str]:
    path = Path(file)
    found = _SUFFIX.match(path.stem)
    if not found:
        return path.with_suffix("").as_posix(), "color"
    return (path.parent / found["name"]).as_posix(), next(part for part in ("color", *PARTS) if found[part])


def _named_item(root: Path, stem: str, file: str, parts: dict[str, str]) -> Item:
    label = _label(root / f"{stem}.json")
    folder = Path(file).parent.as_posix()
    # A picture that lies in no subfolder belongs to no character: it is its own group, and its own reference.
    group = str(label.get("character") or (stem if folder == "." else folder))
    item: Item = {"id": stem, "file": file, "group": group, "source": root.resolve().name, "kind": "drawn", **parts}
    if label.get("palette") is not None:
        item["palette"] = str(label["palette"])
    if "ids" in parts and "pos" in parts:
        item["kind"] = "3d"
        for regions in (f"regions_{group}.json", "regions.json"):
            if (root / folder / regions).is_file():
                item.setdefault("regions", (Path(folder) / regions).as_posix())
    elif "line" not in parts and _layered_lines(root / file):
        item["line"] = file
    return item


def _layered_lines(path: Path) -> bool:
    try:
        return has_line_layer(path)
    except InputError:
        return False  # what is broken is told when the picture itself is opened


def _label(path: Path) -> dict[str, Any]:
    try:
        label = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return label if isinstance(label, dict) else {}
