"""A small folder of triples to measure on."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from fakes import pictures

__all__ = ["COLUMNS", "make_folder", "write_manifest"]

COLUMNS = ("id", "source", "sketch", "reference", "ground_truth")


def make_folder(folder: Path, count: int = 3) -> Path:
    """Triples "0", "1", ... of two sources, the last one "blue"; the truth is the sketch in one colour, the reference
    that colour in another size."""
    folder.mkdir(exist_ok=True)
    rows = []
    for index in range(count):
        source, color = ("red", (220 - 10 * index, 60, 40)) if index < count - 1 else ("blue", (30, 60, 220))
        sketch = pictures.sketch()
        truth = np.asarray(sketch) * (np.asarray(color) / 255)
        names = [f"{part}{index}.png" for part in ("sketch", "reference", "truth")]
        sketch.save(folder / names[0])
        Image.new("RGB", (90, 70), color).save(folder / names[1])
        Image.fromarray(truth.astype(np.uint8)).save(folder / names[2])
        rows.append(dict(zip(COLUMNS, (f"{index}", source, *names), strict=True)))
    write_manifest(folder, rows)
    return folder


def write_manifest(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
