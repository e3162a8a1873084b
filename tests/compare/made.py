"""A folder with one drawing whose areas are known, as ``nurie evaluate`` reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imaging.shapes import draw_lines, shape_labels
from nurie.training.triples import Triple, read_triples

__all__ = ["SHAPE", "one_triple"]

SHAPE = (360, 420)
_COLORS = ((214, 60, 50), (60, 110, 210), (80, 170, 80), (230, 190, 60), (150, 80, 170), (90, 60, 40), (240, 150, 170))


def one_triple(folder: Path, seed: int = 3, source: str = "comicgen") -> tuple[Triple, NDArray[np.uint8]]:
    """The triple, and the colours (H, W, 3) that its lines lie on; the ground is white."""
    labels = shape_labels(seed, *SHAPE, count=8)
    ground = int(labels[0, 0])
    colors = np.array([_COLORS[number % len(_COLORS)] for number in range(int(labels.max()) + 1)], np.uint8)
    colors[ground] = 255
    ink = draw_lines(labels, 3)
    paint = colors[labels] * (1 - ink[..., None])
    folder.mkdir(exist_ok=True)
    Image.fromarray((255 * (1 - ink) + 0.5).astype(np.uint8)).save(folder / "sketch.png")
    Image.fromarray((paint + 0.5).astype(np.uint8)).save(folder / "truth.png")
    rows = ["id,source,sketch,reference,ground_truth", f"one,{source},sketch.png,truth.png,truth.png"]
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return read_triples(folder)[0], colors[labels]
