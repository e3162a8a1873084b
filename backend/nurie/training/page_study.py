"""What it is worth to paint the figures of a page each by itself: pages put together from triples, and one sheet of
all their references in another order.

``at once`` shows the model the whole page beside the whole sheet, ``by figure`` is what `nurie colorize` does, and
``alone`` is each drawing with its own reference, in a job of its own: what no page can be expected to exceed. Pictures
that are painted up to their edges stand on no page and are left out.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.cli.parser import Parser
from nurie.colorizer import Colorizer
from nurie.imaging.color import FOREGROUND_LIMIT
from nurie.imaging.styles import STYLES
from nurie.protocol import UsageError
from nurie.training.scores import Scorer
from nurie.training.triples import Triple, of_sources, over_white, read_triples

if TYPE_CHECKING:
    from nurie.clock import Clock
    from nurie.inputs import Inputs
    from nurie.painter import Parts
    from nurie.views import Shown, View

__all__ = ["ANSWERS", "AtOnce", "Paged", "main", "pages", "study", "table"]

Picture = NDArray[np.float64]

ANSWERS = ("at once", "by figure", "alone")
CELL, MARGIN = 720, 0.06
"""Side in pixels of the square of a page that a figure stands in, and what is left free around it."""


@dataclass(frozen=True)
class Page:
    """A drawing of several figures, the sheet of their references; ``boxes`` (left, top, right, bottom) of figures."""

    triples: tuple[Triple, ...]
    sketch: Image.Image
    sheet: Image.Image
    boxes: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True)
class Paged:
    """A figure of a page of ``count``; by answer its PSNR in dB and its repaint share, over the foreground."""

    id: str
    count: int
    psnr: dict[str, float]
    repaint: dict[str, float]


class AtOnce(Colorizer):
    """Shows the model a page as a whole, and nothing else."""

    def chosen(
        self, views: Sequence[View], inputs: Inputs, parts: Parts, clock: Clock
    ) -> Iterator[tuple[View, tuple[Shown, ...]]]:
        yield views[0], tuple(of_one[0] for of_one in parts)


def pages(triples: Sequence[Triple], across: int, seed: int = 0) -> Iterator[Page]:
    """Pages of ``across`` x ``across`` figures; triples that fill no page are left out."""
    rng = np.random.default_rng(seed)
    cut_out = [triple for triple in triples if _is_cut_out(triple)]
    mixed = [cut_out[at] for at in rng.permutation(len(cut_out))]
    count = across * across
    for first in range(0, len(mixed) - count + 1, count):
        some = tuple(mixed[first : first + count])
        sketch, boxes = _laid_out([one.sketch for one in some], across, np.arange(count))
        sheet, _ = _laid_out([one.reference for one in some], across, rng.permutation(count))
        yield Page(some, sketch, sheet, boxes)


def study(
    triples: Sequence[Triple], colorizer: Colorizer, across: int, style: str | None = None, steps: int | None = None
) -> Iterator[Paged]:
    """Colour each page in every way and measure its figures."""
    at_once = AtOnce(colorizer.engine)
    for page in pages(triples, across):
        whole = {
            name: one.colorize(page.sketch, page.sheet, steps, style=style).image
            for name, one in (("at once", at_once), ("by figure", colorizer))
        }
        for triple, box in zip(page.triples, page.boxes, strict=True):
            size = (box[2] - box[0], box[3] - box[1])
            truth = Image.fromarray((over_white(triple.truth) * 255 + 0.5).astype(np.uint8))
            scorer = Scorer(_unit(truth.resize(size, Image.Resampling.LANCZOS)))
            found = {name: picture.crop(box) for name, picture in whole.items()}
            found["alone"] = colorizer.colorize(triple.sketch, triple.reference, steps, style=style).image
            scores = {name: scorer.score(_unit(picture))[0] for name, picture in found.items()}
            yield Paged(
                triple.id,
                len(page.triples),
                {name: score.psnr for name, score in scores.items()},
                {name: score.repaint for name, score in scores.items()},
            )


def table(found: Sequence[Paged]) -> str:
    """Means by figures a page: PSNR in dB / repaint share in per cent of every answer."""
    rows = ["PSNR dB / repaint %".ljust(28) + "".join(name.rjust(16) for name in ANSWERS)]
    for count in dict.fromkeys(one.count for one in found):
        some = [one for one in found if one.count == count]
        cells = []
        for name in ANSWERS:
            psnr, again = (np.mean([getattr(one, what)[name] for one in some]) for what in ("psnr", "repaint"))
            cells.append(f"{psnr:.2f} / {100 * again:.1f}")
        rows.append(f"{count} figures a page ({len(some)})".ljust(28) + "".join(cell.rjust(16) for cell in cells))
    return "\n".join(rows)


def main(argv: Sequence[str]) -> int:
    """`nurie evaluate FOLDER --pages`: what it is worth to paint figures each by itself."""
    options = _parser().parse_args(argv)
    triples = of_sources(read_triples(options.folder), options.sources)
    least = min(options.across) ** 2
    if (count := sum(_is_cut_out(triple) for triple in triples)) < least:
        raise UsageError(f"{count} of these triples can stand on a page, too few for one of {least}.")

    import nurie

    colorizer = nurie.load(options.model, engine=options.engine, device=options.device)
    style = None if options.style == "none" else options.style
    found = []
    for across in options.across:
        for one in study(triples, colorizer, across, style, options.steps):
            found.append(one)
            told = "  ".join(f"{name} {one.psnr[name]:.2f} / {100 * one.repaint[name]:.1f}" for name in ANSWERS)
            print(f"{one.id}, {one.count} a page: {told} %", file=sys.stderr, flush=True)
    print(json.dumps([asdict(one) for one in found]) if options.json else table(found))
    return 0


def _is_cut_out(triple: Triple) -> bool:
    """Whether most of the rim of both pictures is white, so that they can stand beside others."""
    for path in (triple.truth, triple.reference):
        picture = over_white(path)
        rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        if (rim.min(axis=1) >= FOREGROUND_LIMIT).mean() < 0.5:
            return False
    return True


def _laid_out(
    paths: Sequence[Path], across: int, order: NDArray[np.int64]
) -> tuple[Image.Image, tuple[tuple[int, int, int, int], ...]]:
    """Pictures on a white page, number n in square ``order[n]``, and where each lies."""
    page = Image.new("RGB", (across * CELL, math.ceil(len(paths) / across) * CELL), "white")
    boxes = []
    for path, square in zip(paths, order, strict=True):
        picture = Image.fromarray((over_white(path) * 255 + 0.5).astype(np.uint8))
        scale = CELL * (1 - 2 * MARGIN) / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        row, column = divmod(int(square), across)
        left, top = column * CELL + (CELL - size[0]) // 2, row * CELL + (CELL - size[1]) // 2
        page.paste(picture.resize(size, Image.Resampling.LANCZOS), (left, top))
        boxes.append((left, top, left + size[0], top + size[1]))
    return page, tuple(boxes)


def _unit(picture: Image.Image) -> Picture:
    return np.asarray(picture.convert("RGB"), np.float64) / 255


def _across(text: str) -> list[int]:
    counts = [int(part) for part in text.split(",")]
    if not counts or min(counts) < 2 or max(counts) > 5:
        raise ValueError
    return counts


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="nurie evaluate --pages",
        description="Put the folder's drawings together to pages, beside a sheet of all their references, and measure "
        "what it is worth to paint each figure by itself.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds manifest.csv and the pictures it names")
    parser.add_argument("--pages", action="store_true", help="this measurement")
    parser.add_argument("--across", type=_across, default=[2, 3], metavar="N[,N...]", help="pages of N x N (2,3)")
    parser.add_argument("--sources", metavar="NAME[,NAME...]", help="only these sources (default: all)")
    parser.add_argument("--model", default="compact", help="preset or path of the weights (default: compact)")
    parser.add_argument("--engine", default="auto", choices=("auto", "torch", "onnx", "openvino"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda[:n] or mps")
    parser.add_argument("--style", default="none", choices=("none", *STYLES))
    parser.add_argument("--steps", type=int, help="denoising steps (default: the model's own)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a figure")
    return parser
