"""The three that colour a drawing by dabs: Nurie's regions, G'MIC's filter, Krita's Colorize Mask."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from compare.tasks import NOBODY, Task
from e2e.harness import BUILD, run_case
from e2e.kritas import find_krita
from nurie.imaging.regions import find_regions

__all__ = ["TOOLS", "Answer", "MissingError", "by_gmic", "by_krita", "by_regions"]

Answer = tuple[NDArray[np.uint8], float]
"""Colour over white, RGB (H, W, 3), and the seconds it took."""

_GMIC = "1,95,0,0,1,24,200,0,75,2,60,20,90,1,10,1"
"""Mode 1, "Extrapolate color spots on transparent top layer"; all else as the filter offers it."""


class MissingError(Exception):
    """A tool that is not here; the message says how to get it."""


def by_regions(tasks: Sequence[Task], folder: Path) -> dict[str, Answer]:
    """The regions that the dabs part, each in its dab's colour; one without a dab in that of what lies around it."""
    answers = {}
    for task in tasks:
        started = time.perf_counter()
        numbers = _numbers(task)
        answers[task.name] = task.colors[numbers], time.perf_counter() - started
    return answers


def by_gmic(tasks: Sequence[Task], folder: Path) -> dict[str, Answer]:
    """Colorize Lineart [Smart Coloring] of the command ``gmic``; its time is the process', with start and files."""
    if shutil.which("gmic") is None:
        raise MissingError("G'MIC is not here: apt-get install gmic.")
    answers = {}
    for task in tasks:
        strokes, drawing, result = (folder / f"{task.name}-gmic-{part}.png" for part in ("dabs", "lines", "result"))
        Image.fromarray(task.strokes()).save(strokes)
        Image.fromarray(task.line_art.rgb).save(drawing)
        command = ["gmic", str(strokes), str(drawing), "fx_colorize_lineart_smart", _GMIC, "output[-1]", str(result)]
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        answers[task.name] = _over_white(result), time.perf_counter() - started
    return answers


def by_krita(tasks: Sequence[Task], folder: Path, name: str = "trixie") -> dict[str, Answer]:
    """The Colorize Mask of a Krita from 5.2 on, as it is when made; its time is that of the mask's update alone."""
    krita = find_krita(name)
    if krita.program is None:
        raise MissingError(
            f"Krita ({name}) is not here: tests/e2e/kritas.sh {name}; Python reaches the mask from 5.2 on."
        )
    shared = BUILD / "compare"  # a Krita in a root of its own sees the checkout, and nothing else of this machine
    shared.mkdir(parents=True, exist_ok=True)
    listed = []
    for task in tasks:
        ink = np.rint(task.line_art.ink * 255).astype(np.uint8)
        (shared / f"{task.name}.ink").write_bytes(ink.tobytes())
        (shared / f"{task.name}.dabs").write_bytes((task.dabs + 1).astype(np.uint8).tobytes())
        height, width = ink.shape
        listed.append({"name": task.name, "width": width, "height": height, "colors": task.colors.tolist()})
    (shared / "tasks.json").write_text(json.dumps(listed), encoding="utf-8")
    report = run_case("_colorize_mask", krita, environment={"NURIE_COMPARE": str(shared)})
    if not report.facts.get("mask"):
        raise MissingError(
            f"Krita ({name}) has no Colorize Mask for Python, or did not get that far; see {report.folder}"
        )
    return {
        task.name: (_over_white(shared / f"{task.name}.png"), report.facts[f"seconds {task.name}"]) for task in tasks
    }


TOOLS: Mapping[str, Callable[[Sequence[Task], Path], dict[str, Answer]]] = {
    "Nurie's regions": by_regions,
    "G'MIC": by_gmic,
    "Krita's Colorize Mask": by_krita,
}


def _numbers(task: Task) -> NDArray[np.int32]:
    """The colour of each pixel (H, W)."""
    regions = find_regions(task.line_art.ink, marks=task.dabs + 1)
    labels, drawn = regions.labels.astype(np.int64), task.dabs != NOBODY
    table = np.zeros((regions.count + 1, len(task.colors)), np.int64)
    np.add.at(table, (labels[drawn], task.dabs[drawn]), 1)
    marked = np.asarray((table > 0).any(axis=1), np.bool_)
    bare = np.asarray(~marked[labels])
    if bare.any() and not bare.all():
        # Without a dab, a region has the colour that is nearest to most of its pixels.
        _, place = cv2.distanceTransformWithLabels(
            bare.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        owner = np.zeros(int(place.max()) + 1, np.int64)
        owner[place[~bare]] = table.argmax(axis=1)[labels[~bare]]
        np.add.at(table, (labels[bare], owner[place[bare]]), 1)
    return np.asarray(table.argmax(axis=1)[labels], np.int32)


def _over_white(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        rgba = image.convert("RGBA")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB"))
