"""Measuring a model on triples (sketch, reference, truth): PSNR, SSIM and repaint share, beside three trivial answers.

The figures are those of `nurie.imaging.color`: foreground only, at the truth's size, averaged over pictures.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.color import foreground, psnr, repaint, ssim
from nurie.imaging.load import open_image
from nurie.protocol import InputError, UsageError

__all__ = ["Colorize", "Score", "Scored", "Triple", "evaluate", "main", "mean", "read_triples", "score", "table"]

Picture = NDArray[np.float64]
Colorize = Callable[[Path, Path], Image.Image]
"""Anything that answers a sketch and a reference, both given as paths, with an RGB picture."""

TRIVIAL = ("sketch alone", "mean colour", "reference resized")
RESULT = "result"


@dataclass(frozen=True)
class Triple:
    """One line of a manifest: what is given (sketch, reference) and what should come out (truth)."""

    id: str
    source: str
    sketch: Path
    reference: Path
    truth: Path


@dataclass(frozen=True)
class Score:
    """psnr in dB, ssim in [-1, 1], repaint as a share in [0, 1]; seconds the answer took."""

    psnr: float
    ssim: float
    repaint: float
    seconds: float = 0.0


@dataclass(frozen=True)
class Scored:
    """A triple, the score of every answer to it by the answer's name, and the result (None without a model)."""

    triple: Triple
    scores: dict[str, Score]
    result: Image.Image | None = None


def read_triples(folder: Path, limit: int | None = None) -> list[Triple]:
    """The triples that `folder/manifest.csv` names, or `limit` of them taken evenly over the list.

    Raises InputError when there is no such manifest, a column is missing or a line names a file that is not there.
    """
    manifest = folder / "manifest.csv"
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        triples = [
            Triple(row["id"], row["source"], *(folder / row[k] for k in ("sketch", "reference", "ground_truth")))
            for row in rows
        ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The manifest {manifest} cannot be read.", "Name a folder with a manifest.csv.") from error
    except (KeyError, TypeError) as error:
        raise InputError(
            f"The manifest {manifest} lacks a column or a value ({error}).",
            "It needs id, source, sketch, reference and ground_truth.",
        ) from error
    for triple in triples:
        for path in (triple.sketch, triple.reference, triple.truth):
            if not path.is_file():
                raise InputError(f"The manifest {manifest} names {path}, which does not exist.", "Complete the folder.")
    if not triples:
        raise InputError(f"The manifest {manifest} is empty.", "Name a folder with triples.")
    if limit is None or limit >= len(triples):
        return triples
    return [triples[i * len(triples) // limit] for i in range(limit)]


def over_white(path: Path) -> Picture:
    """A picture laid over white, RGB (H, W, 3) in [0, 1]."""
    image = open_image(path)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return np.asarray(image, dtype=np.float64) / 255


def score(result: Picture, truth: Picture, seconds: float = 0.0) -> Score:
    """Compare two pictures (H, W, 3) in [0, 1] over the truth's foreground; a result of another size is scaled."""
    if result.shape != truth.shape:
        result = _resized(result, truth.shape)
    mask = foreground(truth)
    return Score(psnr(result, truth, mask), ssim(result, truth, mask), repaint(result, truth, mask), seconds)


def trivial_answers(sketch: Picture, reference: Picture) -> dict[str, Picture]:
    """What no model is needed for: the sketch, the sketch in the reference's mean colour, the reference scaled."""
    mean_color = reference[foreground(reference)].mean(axis=0)
    return dict(zip(TRIVIAL, (sketch, sketch * mean_color, _resized(reference, sketch.shape)), strict=True))


def evaluate(triples: Sequence[Triple], colorize: Colorize | None = None) -> Iterator[Scored]:
    """Score the trivial answers and, when given, `colorize` on each triple, one after the other."""
    for triple in triples:
        truth = over_white(triple.truth)
        answers = trivial_answers(over_white(triple.sketch), over_white(triple.reference))
        scores = {name: score(answer, truth) for name, answer in answers.items()}
        result = None
        if colorize is not None:
            started = time.perf_counter()
            result = colorize(triple.sketch, triple.reference).convert("RGB")
            seconds = time.perf_counter() - started
            scores[RESULT] = score(np.asarray(result, dtype=np.float64) / 255, truth, seconds)
        yield Scored(triple, scores, result)


def mean(scored: Sequence[Scored]) -> dict[str, Score]:
    """Mean score of each answer over pictures (PSNR averaged in dB)."""
    return {
        name: Score(
            *(
                float(np.mean([getattr(one.scores[name], field) for one in scored]))
                for field in ("psnr", "ssim", "repaint", "seconds")
            )
        )
        for name in scored[0].scores
    }


def by_source(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    """The scored triples by source, in the manifest's order."""
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        groups.setdefault(one.triple.source, []).append(one)
    return groups


def table(scored: Sequence[Scored]) -> str:
    """All means as text: a line per source and one for all, PSNR in dB / SSIM / repaint in % per answer."""
    names = list(scored[0].scores)
    lines = [f"{'source':24}{'n':>4}" + "".join(f"{name:>22}" for name in names)]
    lines.append(" " * 28 + f"{'PSNR / SSIM / repaint':>22}" * len(names))
    for source, group in [*by_source(scored).items(), ("all", list(scored))]:
        cells = (f"{one.psnr:5.2f} / {one.ssim:.3f} / {100 * one.repaint:4.1f}%" for one in mean(group).values())
        lines.append(f"{source[:23]:24}{len(group):4}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def as_dict(scored: Sequence[Scored]) -> dict[str, object]:
    """Everything measured, for JSON: means over all, means by source, and each picture's own scores."""

    def plain(scores: dict[str, Score]) -> dict[str, dict[str, float]]:
        return {name: {key: round(value, 5) for key, value in vars(one).items()} for name, one in scores.items()}

    return {
        "triples": len(scored),
        "all": plain(mean(scored)),
        "sources": {source: plain(mean(group)) for source, group in by_source(scored).items()},
        "pictures": {one.triple.id: plain(one.scores) for one in scored},
    }


def main(argv: Sequence[str]) -> int:
    """`nurie evaluate FOLDER`: colour every triple of a folder and print the figures."""
    options = _parser().parse_args(argv)
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"--limit must be 1 or more, not {options.limit}.")
    triples = read_triples(options.folder, options.limit)
    colorize = None if options.trivial else _public_api(options)
    scored = []
    for number, one in enumerate(evaluate(triples, colorize), start=1):
        scored.append(one)
        line = f"{number}/{len(triples)} {one.triple.id}"
        if RESULT in one.scores:
            line += f"  {one.scores[RESULT].psnr:.2f} dB  {one.scores[RESULT].seconds:.1f} s"
        print(line, file=sys.stderr, flush=True)
    if options.sheet is not None:
        # Here, because the sheet alone needs Pillow's drawing.
        from nurie.training.sheet import save_sheet

        save_sheet(scored, options.sheet)
    print(json.dumps(as_dict(scored)) if options.json else table(scored))
    return 0


def _public_api(options: argparse.Namespace) -> Colorize:
    import nurie  # late: the trivial answers need no model and no engine

    colorizer = nurie.load(options.model, engine=options.engine, device=options.device)

    def colorize(sketch: Path, reference: Path) -> Image.Image:
        return colorizer.colorize(
            sketch, references=[reference], steps=options.steps, seed=options.seed, guidance=options.guidance
        ).image

    return colorize


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nurie evaluate", description="Measure a model on a folder of triples (manifest.csv)."
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds manifest.csv and the pictures it names")
    parser.add_argument("--model", default="compact", help="preset or path of the weights (default: compact)")
    parser.add_argument("--engine", default="auto", choices=("auto", "torch", "onnx", "openvino"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda[:n] or mps")
    parser.add_argument("--steps", type=int, help="denoising steps (default: the model's own)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guidance", type=float, help="guidance scale (default: the model's own)")
    parser.add_argument("--limit", type=int, help="only so many triples, taken evenly over the folder")
    parser.add_argument("--trivial", action="store_true", help="only the trivial answers, without a model")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="also write a sheet of all pictures")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser


def _resized(picture: Picture, shape: tuple[int, ...]) -> Picture:
    image = Image.fromarray(np.asarray(np.clip(picture, 0, 1) * 255 + 0.5, dtype=np.uint8))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), dtype=np.float64) / 255
