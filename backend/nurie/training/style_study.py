"""What the styles are worth: one picture of the model, brought to full size plainly, between the lines, in each style.

``plain`` is the model's picture enlarged as any picture is; ``none`` what `nurie colorize` does without a style. The
repaint share is that of the picture with the artist's lines on top, bleeding (`metrics.bleeding`) of the colour alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nurie.cli.parser import Parser
from nurie.imaging.canvas import Placement, fit, from_canvas
from nurie.imaging.color import foreground, repaint
from nurie.imaging.compose import compose
from nurie.imaging.lineart import LineArt
from nurie.imaging.regions import LINE
from nurie.imaging.styles import STYLES
from nurie.inputs import read_inputs
from nurie.training.metrics.bleeding import bleeding
from nurie.training.triples import Triple, of_sources, over_white, read_triples, resized

if TYPE_CHECKING:
    from nurie.colorizer import Colorizer
    from nurie.diffusion.samplers import StepInfo

__all__ = ["ANSWERS", "Styled", "enlarged", "main", "measure", "study", "table"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

ANSWERS = ("plain", "none", *STYLES)


@dataclass(frozen=True)
class Styled:
    """By answer: share of the foreground to be painted again, and of it that has bled across true borders."""

    id: str
    source: str
    repaint: dict[str, float]
    bleeding: dict[str, float]


def enlarged(small: Floats, shape: tuple[int, int], placement: Placement) -> Bytes:
    """The model's picture (s, s, 3) in [0, 1] on the canvas ``placement``, only enlarged: RGBA (H, W, 4)."""
    plain = np.clip(from_canvas(small, placement, shape), 0, 1) * 255 + 0.5
    return np.dstack([plain.astype(np.uint8), np.full(shape, 255, np.uint8)])


def measure(colors: Mapping[str, Bytes], line_art: LineArt, triple: Triple) -> Styled:
    """The figures of colour layers (H, W, 4) of the triple's drawing."""
    truth = resized(over_white(triple.truth), (*line_art.shape, 3))
    mask, lines = foreground(truth), np.asarray(line_art.ink > LINE)
    again = {name: repaint(compose(color, line_art) / 255, truth, mask) for name, color in colors.items()}
    bled = {name: bleeding(_flattened(color), truth, lines) for name, color in colors.items()}
    return Styled(triple.id, triple.source, again, bled)


def study(triples: Sequence[Triple], colorizer: Colorizer, steps: int | None = None, seed: int = 0) -> Iterator[Styled]:
    """Measure all answers to each triple: the same picture of the model, since the seed is the same."""
    size = colorizer.engine.canvas_size
    for triple in triples:
        inputs = read_inputs(triple.sketch, triple.reference)
        last: list[Floats] = []

        def keep(info: StepInfo, last: list[Floats] = last) -> None:
            last[:] = [np.asarray(info.x, np.float32)]

        colors = {
            name: np.asarray(
                colorizer.colorize(inputs, steps=steps, seed=seed, style=style, callback=keep).color.convert("RGBA")
            )
            for name, style in (("none", None), *((style, style) for style in STYLES))
        }
        small = (np.clip(last[0][0].transpose(1, 2, 0), -1, 1) + np.float32(1)) / np.float32(2)
        plain = enlarged(small, inputs.sketch.shape, fit(inputs.sketch.box, size))
        yield measure({"plain": plain} | colors, inputs.sketch, triple)


def table(found: Sequence[Styled]) -> str:
    """Means by source and over all: repaint share and bleeding of every answer, in per cent."""
    rows = ["repaint / bleeding, %".ljust(28) + "".join(name.rjust(15) for name in ANSWERS)]
    sources = list(dict.fromkeys(one.source for one in found))
    for source in [*sources, *(["all"] if len(sources) > 1 else [])]:
        some = [one for one in found if source in ("all", one.source)]
        cells = [
            f"{100 * np.mean([one.repaint[name] for one in some]):.1f} / "
            f"{100 * np.mean([one.bleeding[name] for one in some]):.2f}"
            for name in ANSWERS
        ]
        rows.append(f"{source} ({len(some)})".ljust(28) + "".join(cell.rjust(15) for cell in cells))
    return "\n".join(rows)


def main(argv: Sequence[str]) -> int:
    """`nurie evaluate FOLDER --bleeding`: what the styles are worth, and what crosses lines in them."""
    options = _parser().parse_args(argv)
    triples = of_sources(read_triples(options.folder), options.sources)

    import nurie

    colorizer = nurie.load(options.model, engine=options.engine, device=options.device)
    found = []
    for one in study(triples, colorizer, options.steps, options.seed):
        found.append(one)
        told = "  ".join(f"{name} {100 * one.repaint[name]:.1f} / {100 * one.bleeding[name]:.2f}" for name in ANSWERS)
        print(f"{one.id}: {told} %", file=sys.stderr, flush=True)
    print(json.dumps([asdict(one) for one in found]) if options.json else table(found))
    return 0


def _flattened(color: Bytes) -> NDArray[np.float64]:
    """RGBA over white, (H, W, 3) in [0, 1]."""
    alpha = color[..., 3:] / 255
    return np.asarray(color[..., :3] / 255 * alpha + 1 - alpha)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="nurie evaluate --bleeding",
        description="Measure the styles on the same picture of the model: what an artist would paint again, and what "
        "has bled across the truth's borders.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds manifest.csv and the pictures it names")
    parser.add_argument("--bleeding", action="store_true", help="this measurement")
    parser.add_argument("--sources", metavar="NAME[,NAME...]", help="only these sources (default: all)")
    parser.add_argument("--model", default="compact", help="preset or path of the weights (default: compact)")
    parser.add_argument("--engine", default="auto", choices=("auto", "torch", "onnx", "openvino"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda[:n] or mps")
    parser.add_argument("--steps", type=int, help="denoising steps (default: the model's own)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object a picture")
    return parser
