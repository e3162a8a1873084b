"""``nurie evaluate PACK --correspondence``: the matcher on held-back characters, beside what needs no matcher."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from nurie.cli.parser import Parser
from nurie.protocol import UsageError
from nurie.training.correspondence_study import (
    BASELINES,
    HIT,
    MATCHER,
    ONE_VIEW,
    Outcome,
    calibration_error,
    outcomes,
    pck,
    pose_pairs,
    reliability,
)

__all__ = ["main"]

DISTANCES = (0.0, 0.08, 0.16, 0.24, 1.0)
SCALES = (0.0, 0.67, 1.5, 9.9)
TEMPERATURES = (0.7, 1.0, 1.4)

Found = Mapping[float, Sequence[Outcome]]


def main(argv: Sequence[str]) -> int:
    """Measures and prints. InputError for a pack without pairs of poses, ModelError for weights without a matcher."""
    options = _parser().parse_args(argv)
    if options.size < 16 or options.size % 16:
        raise UsageError(f"A canvas of {options.size} pixels does not suit the matcher.", "Use a multiple of 16.")
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"--limit must be 1 or more, not {options.limit}.")
    # Here, so that --help needs no PyTorch.
    from nurie.training.pairs import Pairs
    from nurie.training.train_matcher import load_matcher

    pairs = Pairs(options.folder)
    chosen = pose_pairs(pairs, options.limit)
    matcher = load_matcher(_weights(options.model))
    found: dict[float, list[Outcome]] = {temperature: [] for temperature in TEMPERATURES}
    for number, (target, reference) in enumerate(chosen, start=1):
        for temperature, outcome in outcomes(matcher, pairs, target, reference, options.size, TEMPERATURES):
            found[temperature].append(outcome)
        print(f"\r{number}/{len(chosen)} pairs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    told = summary(found)
    told |= {"pack": str(options.folder), "model": str(options.model), "size": options.size}
    print(json.dumps(told) if options.json else text(told))
    return 0


def summary(found: Found) -> dict[str, Any]:
    """All figures, for JSON; shares in [0, 1], colours in dB."""
    plain = found[1.0]
    groups = sorted({one.group for one in plain})
    table = reliability(plain)
    return {
        "pairs": len(plain),
        "groups": groups,
        "by_distance": _rows(plain, [one.distance for one in plain], DISTANCES),
        "by_scale": _rows(plain, [one.scale for one in plain], SCALES),
        "by_group": [_row(group, [one for one in plain if one.group == group]) for group in groups],
        "reliability": [dict(zip(("cells", "confidence", "right"), row, strict=True)) for row in table],
        "calibration_error": calibration_error(table),
        "temperatures": [_temperature(temperature, ones) for temperature, ones in found.items()],
        "fitted": [_fitted(found, group) for group in groups] if len(groups) > 1 else [],
    }


def _rows(found: Sequence[Outcome], values: Sequence[float], edges: Sequence[float]) -> list[dict[str, Any]]:
    rows = []
    for low, high in pairwise(edges):
        inside = [one for one, value in zip(found, values, strict=True) if low <= value < high]
        if inside:
            rows.append(_row(f"{low:.2f} to {high:.2f}", inside))
    return [*rows, _row("all", found)]


def _row(name: str, found: Sequence[Outcome]) -> dict[str, Any]:
    methods = {
        method: {
            "pck05": pck(found, method, 0.05) if method in found[0].errors else None,
            "pck10": pck(found, method, 0.1) if method in found[0].errors else None,
            "colour": float(np.mean([one.colour[method] for one in found])) if method in found[0].colour else None,
        }
        for method in (MATCHER, ONE_VIEW, *BASELINES)
    }
    return {"name": name, "pairs": len(found), "methods": methods}


def _temperature(temperature: float, found: Sequence[Outcome]) -> dict[str, float]:
    return {
        "temperature": temperature,
        "calibration_error": calibration_error(reliability(found)),
        "pck10": pck(found, MATCHER, 0.1),
        "colour": float(np.mean([one.colour[MATCHER] for one in found])),
    }


def _fitted(found: Found, held_back: str) -> dict[str, Any]:
    """The temperature that calibrates best on the other characters, and what it does to this one."""

    def error(temperature: float, *, others: bool) -> float:
        return calibration_error(reliability([one for one in found[temperature] if (one.group != held_back) == others]))

    best = min(found, key=lambda temperature: error(temperature, others=True))
    return {
        "group": held_back,
        "temperature": best,
        "before": error(1.0, others=False),
        "after": error(best, others=False),
    }


def text(told: Mapping[str, Any]) -> str:
    """The figures as tables."""
    lines = [f"{told['pairs']} pairs of {', '.join(told['groups'])}; canvas {told['size']} px; {told['model']}", ""]
    lines.append("PCK@.05 / PCK@.10 in %, and PSNR in dB of the colours carried over to the figure's cells")
    for title, key in (
        ("mean distance of partners", "by_distance"),
        ("reference's scale by sketch's", "by_scale"),
        ("character", "by_group"),
    ):
        names = list(told[key][0]["methods"])
        lines += ["", f"{title:30}{'pairs':>6}" + "".join(f"{name:>20}" for name in names)]
        for row in told[key]:
            cells = "".join(f"{_cell(row['methods'][name]):>20}" for name in names)
            lines.append(f"{row['name']:30}{row['pairs']:6}{cells}")
    lines += ["", f"confidence: how often a match of that confidence lies within {HIT:.2f} of the truth, in %"]
    lines.append(f"{'cells':>10}{'confidence':>12}{'right':>8}")
    for row in told["reliability"]:
        lines.append(f"{100 * row['cells']:10.1f}{100 * row['confidence']:12.1f}{100 * row['right']:8.1f}")
    lines.append(f"expected calibration error: {100 * told['calibration_error']:.1f} %")
    lines += ["", f"{'temperature':>12}{'error %':>10}{'PCK@.10 %':>11}{'colours dB':>12}"]
    for row in told["temperatures"]:
        shares = f"{100 * row['calibration_error']:10.1f}{100 * row['pck10']:11.1f}"
        lines.append(f"{row['temperature']:12.2f}{shares}{row['colour']:12.2f}")
    for row in told["fitted"]:
        lines.append(
            f"fitted on the others, {row['temperature']:.2f} changes the error on {row['group']} "
            f"from {100 * row['before']:.1f} to {100 * row['after']:.1f} %"
        )
    return "\n".join(lines)


def _cell(figures: Mapping[str, float | None]) -> str:
    pair = "-" if figures["pck05"] is None else f"{100 * figures['pck05']:.0f} / {100 * (figures['pck10'] or 0):.0f}"
    return pair if figures["colour"] is None else f"{pair} {figures['colour']:6.1f}"


def _weights(model: str) -> Path:
    """The weights of an installed model, or of a training run."""
    if model.endswith(".safetensors"):
        return Path(model)
    from nurie.runtime.store import find_model
    from nurie.settings import load_settings

    return find_model(model, load_settings().models).weights


def _parser() -> Parser:
    parser = Parser(prog="nurie evaluate", description="Measure the matcher on held-back 3D characters.")
    parser.add_argument("folder", type=Path, metavar="PACK", help="what 'nurie data pack' made of the renders")
    parser.add_argument("--correspondence", action="store_true", required=True, help="this measurement")
    parser.add_argument("--model", default="compact", help="an installed model or a run's checkpoint.safetensors")
    parser.add_argument("--size", type=int, default=256, help="canvas in pixels, a multiple of 16 (default: 256)")
    parser.add_argument("--limit", type=int, help="only so many pairs, taken evenly")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
