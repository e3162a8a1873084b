"""What an artist's corrections are worth: three dabs of colour, or three point pairs, on the worst results.

The artist is simulated: looks for the largest wrong patch of the result, puts one dab of the true colour there (or one
pair: there, and the place of the reference whose colour is nearest to the true one), and has it coloured again; thrice.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.cli.parser import Parser
from nurie.imaging.color import REPAINT_LIMIT, ciede2000, foreground, repaint, rgb_to_lab
from nurie.imaging.points import PointPair
from nurie.imaging.styles import STYLES
from nurie.protocol import UsageError
from nurie.training.triples import Triple, over_white, read_triples, resized

if TYPE_CHECKING:
    from nurie.colorizer import Colorizer

__all__ = ["CONTROLS", "Corrected", "Patch", "correct", "main", "nearest_place", "worst_patch"]

Picture = NDArray[np.float64]
Mask = NDArray[np.bool_]

CONTROLS = ("hints", "points")
ROUNDS = 3
DAB = 0.0125
"""Radius of a dab as a share of the drawing's longer side: a brush of 2.5 %."""
_WORKING = 448
"""Longer side in pixels at which patches are looked for: smaller ones are not what an artist corrects first."""
_EDGE = 6.0
"""Difference of true colours (L*a*b*) from one such pixel to the next that ends a patch."""


@dataclass(frozen=True)
class Patch:
    """A wrong patch: where a dab goes, (x, y) in pixels, and the true colour around there, in [0, 1]."""

    place: tuple[float, float]
    color: tuple[float, float, float]


@dataclass(frozen=True)
class Corrected:
    """Shares in [0, 1] before any correction and after each: foreground to be painted again, and ground coloured."""

    id: str
    control: str
    repaint: tuple[float, ...]
    ground: tuple[float, ...]


def worst_patch(result: Picture, truth: Picture) -> Patch | None:
    """The largest patch of one true colour that the result (H, W, 3) has wrong; None where nothing is wrong.

    The place is the patch's innermost pixel, the colour the median over a dab there.
    """
    scale = min(1.0, _WORKING / max(truth.shape[:2]))
    small = (round(truth.shape[0] * scale), round(truth.shape[1] * scale))
    seen, wanted = resized(result, small), resized(truth, small)
    lab = rgb_to_lab(wanted)
    wrong = (ciede2000(rgb_to_lab(seen), lab) > REPAINT_LIMIT) & foreground(wanted)
    jumps = [np.abs(np.diff(lab, axis=axis, append=np.take(lab, [-1], axis))).max(axis=2) for axis in (0, 1)]
    inside = (wrong & (np.maximum(*jumps) < _EDGE)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=4)
    if count < 2:
        return None
    patch = (labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    depth = cv2.distanceTransform(np.pad(patch, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    rows, columns = np.mgrid[: small[0], : small[1]]
    near = np.hypot(rows - y, columns - x) <= DAB * max(small)
    red, green, blue = np.median(wanted[near & (patch > 0)], axis=0)
    return Patch(((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5), (float(red), float(green), float(blue)))


def nearest_place(reference: Picture, color: Sequence[float]) -> tuple[float, float]:
    """Where (x, y) the painted part of a reference (H, W, 3) comes nearest to a colour, taken over a dab's width."""
    radius = DAB * max(reference.shape[:2])
    lab = rgb_to_lab(np.clip(cv2.GaussianBlur(reference, (0, 0), max(radius / 2, 0.5)), 0, 1))
    away = np.where(foreground(reference), ciede2000(lab, rgb_to_lab(np.asarray(color))), np.inf)
    y, x = np.unravel_index(int(away.argmin()), away.shape)
    return float(x), float(y)


def correct(triple: Triple, control: str, colorize: Callable[..., Image.Image]) -> Corrected:
    """Colour a triple, correct it `ROUNDS` times by ``control``, and measure before and after each time.

    ``colorize(triple, hints=…)`` or ``(triple, points=…)`` gives an RGB picture; both empty at first.
    """
    sketch, truth, reference = (over_white(path) for path in (triple.sketch, triple.truth, triple.reference))
    mask = foreground(truth)
    hints = np.zeros((*sketch.shape[:2], 4), np.uint8)
    points: list[PointPair] = []
    shares, spoiled = [], []
    for number in range(ROUNDS + 1):
        given = {} if number == 0 else {"hints": Image.fromarray(hints)} if control == "hints" else {"points": points}
        result = resized(np.asarray(colorize(triple, **given), np.float64) / 255, truth.shape)
        shares.append(repaint(result, truth, mask))
        spoiled.append(repaint(result, truth, ~mask) if not mask.all() else 0.0)
        patch = worst_patch(resized(result, sketch.shape), resized(truth, sketch.shape))
        if patch is not None and control == "hints":
            _dab(hints, patch)
        elif patch is not None:
            points.append(PointPair(patch.place, nearest_place(reference, patch.color)))
    return Corrected(triple.id, control, tuple(shares), tuple(spoiled))


def _dab(hints: NDArray[np.uint8], patch: Patch) -> None:
    center = (round(patch.place[0]), round(patch.place[1]))
    color = tuple(round(255 * channel) for channel in (*patch.color, 1.0))
    cv2.circle(hints, center, max(1, round(DAB * max(hints.shape))), color, cv2.FILLED)


def study(triples: Sequence[Triple], colorize: Callable[..., Image.Image], share: float) -> Iterator[Corrected]:
    """Correct the worst ``share`` of triples by each control, worst first; the others are coloured to be ranked."""
    ranked = []
    for number, triple in enumerate(triples, start=1):
        truth = over_white(triple.truth)
        result = resized(np.asarray(colorize(triple), np.float64) / 255, truth.shape)
        ranked.append((repaint(result, truth, foreground(truth)), triple))
        print(f"{number}/{len(triples)} {triple.id}  {100 * ranked[-1][0]:.1f} %", file=sys.stderr, flush=True)
    ranked.sort(key=lambda one: -one[0])
    for _, triple in ranked[: max(1, round(share * len(ranked)))]:
        for control in CONTROLS:
            yield correct(triple, control, colorize)


def table(corrected: Sequence[Corrected]) -> str:
    """Repaint share in % after 0 to `ROUNDS` corrections, picture by picture and in the mean, and how far it fell.

    The last column is the share of the ground that was coloured, before and after: a dab must not spill.
    """
    lines = [
        f"{'repaint share after':32}"
        + "".join(f"{count:>8}" for count in range(ROUNDS + 1))
        + f"{'fell by':>10}{'ground':>16}"
    ]
    for control in CONTROLS:
        group = [one for one in corrected if one.control == control]
        means = [tuple(np.mean([getattr(one, name) for one in group], axis=0)) for name in ("repaint", "ground")]
        mean = Corrected(f"mean of {len(group)}", control, *means)
        for one in (*group, mean):
            ground = f"{100 * one.ground[0]:.1f} > {100 * one.ground[-1]:.1f}%"
            cells = "".join(f"{100 * share:7.1f}%" for share in one.repaint)
            lines.append(f"{control:7} {one.id[:23]:24}{cells}{_fall(one.repaint):9.0f}%{ground:>16}")
    return "\n".join(lines)


def _fall(shares: Sequence[float]) -> float:
    return 100 * (1 - shares[-1] / shares[0]) if shares[0] else 0.0


def main(argv: Sequence[str]) -> int:
    """`nurie evaluate FOLDER --controls`: what dabs and point pairs are worth on the worst results."""
    options = _parser().parse_args(argv)
    if not 0 < options.worst <= 1:
        raise UsageError(f"--worst must be a share above 0 and up to 1, not {options.worst}.")
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"--limit must be 1 or more, not {options.limit}.")
    triples = read_triples(options.folder, options.limit)
    corrected = []
    for one in study(triples, _public_api(options), options.worst):
        corrected.append(one)
        told = " ".join(f"{100 * share:.1f}" for share in one.repaint)
        print(f"{one.id} {one.control}: {told} %", file=sys.stderr, flush=True)
    print(json.dumps([asdict(one) for one in corrected]) if options.json else table(corrected))
    return 0


def _public_api(options: argparse.Namespace) -> Callable[..., Image.Image]:
    import nurie

    colorizer: Colorizer = nurie.load(options.model, engine=options.engine, device=options.device)

    def colorize(triple: Triple, **controls: object) -> Image.Image:
        result = colorizer.colorize(
            triple.sketch,
            triple.reference,
            steps=options.steps,
            seed=options.seed,
            style=options.style,
            **controls,  # type: ignore[arg-type]
        )
        return result.image

    return colorize


def _parser() -> Parser:
    parser = Parser(
        prog="nurie evaluate --controls",
        description="Measure what three dabs of colour, and three point pairs, are worth on the worst results.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds manifest.csv and the pictures it names")
    parser.add_argument("--controls", action="store_true", help="this measurement")
    parser.add_argument("--worst", type=float, default=0.25, help="share of the pictures that is corrected")
    parser.add_argument("--model", default="compact", help="preset or path of the weights (default: compact)")
    parser.add_argument("--engine", default="auto", choices=("auto", "torch", "onnx", "openvino"))
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda[:n] or mps")
    parser.add_argument("--steps", type=int, help="denoising steps (default: the model's own)")
    parser.add_argument("--style", choices=STYLES, help="colour in this style (default: as the model paints)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="only so many triples, taken evenly over the folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object a picture and control")
    return parser
