"""``nurie evaluate``: colour every triple of a folder, or take earlier results; say how near they come to the truth.

How the figures are defined: pictures lie over white, RGB in [0, 1], and are compared at the truth's size. Foreground is
where the truth's smallest channel is below .97 (all of it where that is under 2 %). PSNR, SSIM (`nurie.imaging.color`),
MS-SSIM (`metrics.ms_ssim`), repaint share and perceptual distance are taken picture by picture, over the foreground and
over everything, then averaged; Fréchet and kernel distance are taken over patches of all pictures.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from nurie.cli.parser import Parser
from nurie.imaging.styles import STYLES
from nurie.imaging.write import check_output, check_place
from nurie.inputs import check_options
from nurie.protocol import UsageError
from nurie.training.answers import (
    ORACLE,
    RESULT,
    TRIVIAL,
    Colorize,
    Painted,
    model_runs,
    oracle,
    save_painted,
    saved_runs,
    saving_folder,
    trivial_answers,
)
from nurie.training.report import Report, as_dict, figures_table, gains, notes, report, table, table_iii
from nurie.training.scores import Score, Scored, Scorer, mean, score
from nurie.training.triples import Triple, check_triples, over_white, read_triples, to_array

if TYPE_CHECKING:
    from nurie.training.metrics.perceptual import Perceptual

__all__ = ["ORACLE", "RESULT", "TRIVIAL", "Colorize", "Painted", "Score", "Scored", "Triple"]
__all__ += ["evaluate", "main", "mean", "over_white", "read_triples", "score", "table"]

THUMBNAIL = 384
"""Longest side in pixels of the results that are kept for the sheets."""
SAME = ", same reference"
"""Ends the name under which answers to same-reference triples are stored."""


def evaluate(
    triples: Sequence[Triple],
    runs: Mapping[str, Colorize] | None = None,
    perceptual: Perceptual | None = None,
    save: Path | None = None,
    ending: str = "",
) -> Iterator[Scored]:
    """Score the trivial answers, the oracle and every run on each triple, one after the other.

    A run named N gives the column N and, where it hands over its colour layer, "N colour". ``save`` keeps their
    pictures as ``save/COLUMN/ID.png``, ``ending`` put after the column's name.
    """
    for triple in triples:
        truth = over_white(triple.truth)
        scorer = Scorer(truth, perceptual)
        answers = trivial_answers(over_white(triple.sketch), over_white(triple.reference))
        answers[ORACLE] = oracle(triple.sketch, truth)
        found = {name: scorer.score(answer) for name, answer in answers.items()}
        pictures: dict[str, Image.Image] = {}
        for name, colorize in (runs or {}).items():
            started = time.perf_counter()
            painted = colorize(triple)
            seconds = time.perf_counter() - started
            if save is not None:
                save_painted(painted, save, name, triple, ending)
            for column, picture in painted.columns(name).items():
                found[column] = scorer.score(to_array(picture), seconds)
                pictures[column] = _thumbnail(picture)
        scores = {name: one for name, (one, _) in found.items()}
        patches = {name: one for name, (_, one) in found.items() if one is not None}
        yield Scored(triple, scores, pictures, patches)


def main(argv: Sequence[str]) -> int:
    """`nurie evaluate FOLDER`: measure, print the figures, write what was asked for."""
    if "--controls" in argv:
        from nurie.training import control_study  # a measurement of its own, with options of its own

        return control_study.main(argv)
    if "--bleeding" in argv:
        from nurie.training import style_study

        return style_study.main(argv)
    if "--pages" in argv:
        from nurie.training import page_study

        return page_study.main(argv)
    options = _parser().parse_args(argv)
    _check(options)
    triples = read_triples(options.folder, options.limit)
    runs = saved_runs(options.results, triples) if options.results else {}
    check_triples(triples)
    perceptual = _perceptual(options.network)
    if not (options.trivial or options.results):
        runs = _public_api(options)
    told = _measure(triples, runs, perceptual, options)
    same = None
    if options.same_reference:
        own = [replace(triple, reference=triple.truth) for triple in triples]
        same = _measure(own, runs, perceptual, options, SAME)
    _write_sheets(told, same, options)
    if options.json:
        print(json.dumps(as_dict(told) | ({} if same is None else {"same_reference": as_dict(same)})))
        return 0
    parts = _tables(told, runs)
    if same is not None:
        parts += [
            "Same reference: the truth itself is given, and 'reference resized' hands it back.",
            *_tables(same, runs),
        ]
    parts.append(notes(told))
    if options.table_iii:
        parts.append(table_iii(told, same))
    print("\n\n".join(parts))
    return 0


def _measure(
    triples: Sequence[Triple],
    runs: Mapping[str, Colorize],
    perceptual: Perceptual | None,
    options: argparse.Namespace,
    ending: str = "",
) -> Report:
    scored = []
    for number, one in enumerate(evaluate(triples, runs, perceptual, options.save, ending), start=1):
        scored.append(one)
        line = f"{number}/{len(triples)} {one.triple.id}{ending}"
        line += "".join(f"  {name} {one.scores[name].psnr:.2f} dB" for name in runs)
        print(line, file=sys.stderr, flush=True)
    return report(scored, *(() if perceptual is None else (perceptual.name, perceptual.features)))


def _tables(told: Report, runs: Mapping[str, Colorize]) -> list[str]:
    """By source with the first run's columns, then every figure of every answer, then what the results add."""
    first = next(iter(runs), None)
    names = [*TRIVIAL, ORACLE, *(name for name in (first, f"{first} colour") if name in told.means)]
    parts = [table(told.scored, names), figures_table(told, "foreground"), figures_table(told, "whole"), gains(told)]
    return [part for part in parts if part]


def _write_sheets(told: Report, same: Report | None, options: argparse.Namespace) -> None:
    # Imported here, because the sheets alone need Pillow's drawing and templates.
    if options.sheet is not None:
        from nurie.training.sheet import save_sheet

        save_sheet(told.scored, options.sheet)
    if options.html is not None:
        from nurie.training.report_html import save_html

        save_html(told, same, options.html)


def _check(options: argparse.Namespace) -> None:
    """Mistakes that can be seen before the work: UsageError, or OutputError for a place that cannot be written."""
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"--limit must be 1 or more, not {options.limit}.")
    for count in options.steps:
        check_options(count, options.seed, options.guidance)
    if options.results and (options.trivial or options.save or options.same_reference or _made(options)):
        raise UsageError("--results measures pictures that are there: it goes with no option about making some.")
    if options.trivial and options.save:
        raise UsageError("--trivial makes no results, so there is nothing to --save.")
    if options.sheet is not None:
        check_output(options.sheet)
    if options.html is not None:
        check_place(options.html)
    if options.save is not None:
        saving_folder(options.save)


def _made(options: argparse.Namespace) -> bool:
    """Whether it was said how results are to be made."""
    return bool(options.steps != [None] or options.styles != [None])


def _perceptual(network: str) -> Perceptual | None:
    """The network asked for; "auto" takes AlexNet where the extra is installed and says so where it is not."""
    if network == "none":
        return None
    if network == "auto":
        if any(importlib.util.find_spec(name) is None for name in ("torch", "stlpips_pytorch")):
            print("Without the extra 'eval' there is no perceptual distance, FID or KID.", file=sys.stderr)
            return None
        network = "alex"
    from nurie.training.metrics.perceptual import Perceptual  # late: it needs PyTorch

    return Perceptual(network)


def _public_api(options: argparse.Namespace) -> dict[str, Colorize]:
    import nurie  # late: the trivial answers need no model and no engine

    colorizer = nurie.load(options.model, engine=options.engine, device=options.device)
    return model_runs(colorizer, options.steps, options.seed, options.guidance, options.styles)


def _steps(text: str) -> list[int | None]:
    counts = [int(part) for part in text.split(",")]
    if len(set(counts)) != len(counts):
        raise ValueError
    return [*counts]


def _styles(text: str) -> list[str | None]:
    names = text.split(",")
    if len(set(names)) != len(names) or not set(names) <= {"none", *STYLES}:
        raise ValueError
    return [None if name == "none" else name for name in names]


def _parser() -> Parser:
    parser = Parser(prog="nurie evaluate", description="Measure a model on a folder of triples (manifest.csv).")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds manifest.csv and the pictures it names")
    parser.add_argument("--model", default="compact", help="preset or path of the weights (default: compact)")
    parser.add_argument("--engine", default="auto", choices=("auto", "torch", "onnx", "openvino"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda[:n] or mps")
    parser.add_argument(
        "--steps",
        type=_steps,
        default=[None],
        metavar="N[,N...]",
        help="denoising steps; each count is an answer of its own, the first is shown by source (default: the model's)",
    )
    parser.add_argument(
        "--styles",
        type=_styles,
        default=[None],
        metavar="STYLE[,STYLE...]",
        help=f"none, {', '.join(STYLES)}; each is an answer of its own (default: none)",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guidance", type=float, help="guidance scale (default: the model's own)")
    parser.add_argument("--limit", type=int, help="only so many triples, taken evenly over the folder")
    parser.add_argument("--same-reference", action="store_true", help="measure again with the truth as the reference")
    parser.add_argument("--trivial", action="store_true", help="only the trivial answers, without a model")
    parser.add_argument(
        "--results", type=Path, metavar="FOLDER", help="measure these pictures (ID.png), without a model"
    )
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep every result there, for --results")
    parser.add_argument(
        "--network",
        default="auto",
        choices=("auto", "alex", "vgg", "none"),
        help="what sees perceptual distance, FID and KID (default: alex where the extra 'eval' is installed)",
    )
    parser.add_argument(
        "--controls",
        action="store_true",
        help="measure hints and point pairs on the worst results instead; its options: --controls --help",
    )
    parser.add_argument(
        "--bleeding",
        action="store_true",
        help="measure the styles on the same picture of the model instead, and colour that crosses true borders; its "
        "options: --bleeding --help",
    )
    parser.add_argument(
        "--pages",
        action="store_true",
        help="put the drawings together to pages instead and measure these; its options: --pages --help",
    )
    parser.add_argument("--table-iii", action="store_true", help="print the seed paper's four figures beside ours")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="also write a sheet of all pictures")
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="also write a page to sort and look through")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser


def _thumbnail(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return small
