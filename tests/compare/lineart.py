"""Nurie's regions beside G'MIC's lineart colouring and Krita's Colorize Mask, all given the same dabs of true colour.

``PYTHONPATH=tests python -m compare.lineart FOLDER [--side PX] [--sheet OUT.png]``; FOLDER as for ``nurie evaluate``.
Only drawings with the artist's own lines are taken. What each tool needs is said where it is missing. By tool, the
median over the drawings of: seconds; share of the foreground to be painted again (CIEDE2000 above 10), the colour under
the drawing's lines; share of the foreground that has the colour from across a line (`nurie evaluate --bleeding`); share
of the areas with a dab of which more than a fifth has another dab's colour (leaks).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from compare.tasks import NOBODY, Task, make_task
from compare.tools import TOOLS, Answer, MissingError
from nurie.imaging.color import repaint
from nurie.imaging.compose import compose
from nurie.imaging.oklab import difference, rgb_to_oklab
from nurie.training.metrics.bleeding import APART, bleeding
from nurie.training.triples import read_triples

__all__ = ["SOURCES", "Figures", "main", "measure", "table"]

SOURCES = ("comicgen", "naev VN characters", "DiceBear Adventurer")
"""Those of the validation drawings whose lines are the artist's own."""
_LOST = 0.2
"""Share of an area in another colour from which it counts as run out."""


@dataclass(frozen=True)
class Figures:
    """Of one drawing by one tool; shares in [0, 1]."""

    seconds: float
    repaint: float
    bleeding: float
    leaks: float


def measure(task: Task, answer: Answer) -> Figures:
    """How an answer's colour compares with the task's truth."""
    color, seconds = answer
    opaque = np.dstack([color, np.full(color.shape[:2], 255, np.uint8)])
    again = repaint(compose(opaque, task.line_art) / 255, task.truth, task.foreground)
    return Figures(seconds, again, bleeding(color / 255, task.truth, task.lines), _leaks(task, color))


def table(found: Mapping[str, Sequence[Figures]]) -> str:
    """Medians by tool, as Markdown."""
    rows = ["| tool | drawings | seconds | to paint again | bled | areas run out |", "| --- |" + " ---: |" * 5]
    for tool, figures in found.items():
        middle = {key: float(np.median([getattr(one, key) for one in figures])) for key in Figures.__annotations__}
        shares = " | ".join(f"{100 * middle[key]:.2f} %" for key in ("repaint", "bleeding", "leaks"))
        rows.append(f"| {tool} | {len(figures)} | {middle['seconds']:.2f} | {shares} |")
    return "\n".join(rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure whatever tools are here; 1 when one is missing. SystemExit where there is nothing to measure."""
    options = _parser().parse_args(argv)
    chosen = [triple for triple in read_triples(options.folder) if triple.source in SOURCES]
    if not chosen:
        raise SystemExit(f"No drawing here has the artist's own lines; those of {', '.join(SOURCES)} have.")
    tasks = [make_task(triple, options.side) for triple in chosen]
    answers: dict[str, dict[str, Answer]] = {}
    missing = 0
    for tool, run in TOOLS.items():
        try:
            with tempfile.TemporaryDirectory() as folder:
                answers[tool] = run(tasks, Path(folder))
        except MissingError as error:
            print(error, file=sys.stderr)
            missing += 1
    found = {tool: [measure(task, given[task.name]) for task in tasks] for tool, given in answers.items()}
    if options.each:
        for number, task in enumerate(tasks):
            for tool, figures in found.items():
                print(f"{task.name}, {tool}: {figures[number]}")
    print(table(found))
    if options.sheet is not None:
        _sheet(tasks, answers).save(options.sheet)
    return 1 if missing else 0


def _leaks(task: Task, color: NDArray[np.uint8]) -> float:
    """Share of the areas with a dab that are in another dab's colour, by more than `_LOST` of them."""
    seen = ~task.lines
    wanted = task.wanted[task.areas]
    asked = seen & (wanted != NOBODY)
    own = rgb_to_oklab(task.colors[np.maximum(wanted, 0)])
    wrong = asked & (difference(rgb_to_oklab(color), own) > APART)
    size = np.bincount(task.areas[asked], minlength=len(task.wanted))
    lost = np.bincount(task.areas[wrong], minlength=len(task.wanted))
    dabbed = size > 0
    return float((lost[dabbed] > _LOST * size[dabbed]).mean())


def _sheet(tasks: Sequence[Task], answers: Mapping[str, Mapping[str, Answer]]) -> Image.Image:
    """A row a drawing: its lines and dabs, the truth, each tool's answer."""
    rows = []
    for task in tasks:
        strokes = task.strokes()
        given = np.where(strokes[..., 3:] > 0, strokes[..., :3], task.line_art.rgb)
        pictures = [given, np.rint(task.truth * 255).astype(np.uint8)]
        for answer in answers.values():
            color = answer[task.name][0]
            opaque = np.dstack([color, np.full(color.shape[:2], 255, np.uint8)])
            pictures.append(compose(opaque, task.line_art))
        rows.append(np.concatenate(pictures, axis=1))
    width = max(row.shape[1] for row in rows)
    return Image.fromarray(
        np.concatenate([np.pad(row, ((0, 8), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows])
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="compare.lineart", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds manifest.csv and the pictures it names")
    parser.add_argument("--side", type=int, metavar="PX", help="enlarge the drawings to this longest side")
    parser.add_argument("--each", action="store_true", help="print each drawing's figures, too")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="write all pictures side by side")
    return parser


if __name__ == "__main__":
    sys.exit(main())
