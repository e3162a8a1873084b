"""Time and memory against what may grow: points in turns, each in a process of its own, and the curve through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nurie.bench.cases import turns
from nurie.bench.growth import SWEEPS
from nurie.bench.machine import busy, machine
from nurie.bench.processes import run_worker
from nurie.bench.statistics import Growth, fit_growth, medians

__all__ = ["LINEAR", "UNITS", "curves", "grow", "text"]

LINEAR = 1.1
"""The largest exponent that still counts as linear, by the noise of a measurement."""
KEYS = ("seconds", "processor_seconds", "peak_bytes")
UNITS = {
    "canvas": "megapixels",
    "regions": "megapixels: areas",
    "flats": "megapixels: flats",
    "shaded": "megapixels: shaded",
    "steps": "steps",
    "references": "references",
    "batch": "seeds of one drawing",
    "queue": "jobs in the queue",
}


def grow(
    what: Sequence[str],
    task: Mapping[str, Any],
    rounds: int,
    threads: int | None,
    told: Callable[[int, int, str], None],
    sweeps: Mapping[str, Sequence[int]] = SWEEPS,
) -> dict[str, Any]:
    """Measure each of ``what`` with the engine, device and model that ``task`` names; BenchError where one fails."""
    found = machine(threads)
    points = [(one, value) for one in what for value in sweeps[one]]
    samples: dict[tuple[str, int], list[dict[str, Any]]] = {point: [] for point in points}
    total = len(points) * rounds
    for done, (one, value) in enumerate(turns(points, rounds)):
        told(done, total, f"{one} {value}")
        samples[one, value].append(run_worker("growth", {**task, "what": one, "value": value}, threads=threads))
    told(total, total, "")
    warning = busy(found["load"], found["processors"])
    return {
        "machine": found,
        "warnings": [warning] if warning else [],
        "rounds": rounds,
        "growths": {one: curves(one, {value: samples[one, value] for value in sweeps[one]}) for one in what},
    }


def curves(what: str, samples: Mapping[int, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Medians by size, and the curves of time and memory through them; canvases count by their pixels."""
    xs = [value**2 / 1e6 if UNITS[what].startswith("megapixels") else float(value) for value in samples]
    middles = [medians(found) for found in samples.values()]
    result: dict[str, Any] = {"unit": UNITS[what], "x": xs}
    for key in KEYS:
        ys = [middle[key] for middle in middles if middle.get(key) is not None]
        if len(ys) < len(xs):
            continue
        fit = fit_growth(xs, ys)
        result[key] = ys
        result[f"{key}_fit"] = {
            "offset": fit.offset,
            "factor": fit.factor,
            "exponent": fit.exponent,
            "error": fit.error,
        }
    return result


def text(report: Mapping[str, Any], *, markdown: bool = False) -> str:
    """A line for each growth: the fitted exponents, the figures at both ends, and whether it is at most linear."""
    from nurie.bench.table import align, head, row

    rows = [
        ["against", "from – to", "time s", "time", "processor s", "processor", "peak MB", "memory", "at most linear"]
    ]
    for found in report["growths"].values():
        cells, fits = [], []
        for key in KEYS:
            if key not in found:
                cells += ["–", "–"]
                continue
            # What others take of a busy machine grows with nothing of ours: there the clock has no say.
            judged = key != "seconds" or not report["warnings"]
            scale, form = (1e-6, ".0f") if key == "peak_bytes" else (1, ".2f")
            fit = Growth(**found[f"{key}_fit"])
            cells += [" – ".join(f"{found[key][end] * scale:{form}}" for end in (0, -1)), str(fit)]
            fits += [fit] if judged else []
        linear = all(fit.flat or fit.exponent <= LINEAR for fit in fits)
        span = f"{found['x'][0]:.3g} – {found['x'][-1]:.3g}"
        rows.append([found["unit"], span, *cells, "yes" if linear else "NO"])
    lines = [row(rows[0]), row(["---"] * len(rows[0])), *map(row, rows[1:])] if markdown else align(rows)
    return "\n".join([*head(report), "", *lines])
