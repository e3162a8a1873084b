"""Nurie's training step beside a plain eager loop over the same networks, in turns."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from nurie.bench.cases import turns
from nurie.bench.machine import busy, machine
from nurie.bench.processes import run_worker
from nurie.bench.statistics import highest, medians
from nurie.protocol import UsageError

__all__ = ["VARIANTS", "run", "text"]

VARIANTS = ("plain", "nurie", "nurie compiled")
WORK = {"steps": 3, "batch": 8, "crop": 192, "reference": 128}
"""As `compact` was trained with on a CPU: samples a step, sides in pixels of what the two networks see."""
GOAL = 2.0


def run(
    model: str,
    device: str,
    rounds: int,
    threads: int | None,
    told: Callable[[int, int, str], None],
    *,
    compiled: bool = False,
    work: Mapping[str, int] = WORK,
) -> dict[str, Any]:
    """Samples/s of every variant, and where their time goes; of torch.compile's, which takes minutes to begin, where
    ``compiled`` asks for it. UsageError without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        raise UsageError("Training needs PyTorch.", "Install it with: pip install 'nurie[train]'", code="missing_extra")
    found = machine(threads)
    variants = VARIANTS if compiled else VARIANTS[:2]
    samples: dict[str, list[dict[str, Any]]] = {variant: [] for variant in variants}
    ceilings: list[dict[str, Any]] = []
    total = rounds * (len(variants) + 1)
    for done, variant in enumerate(turns((*variants, "ceiling"), rounds)):
        told(done, total, variant)
        if variant == "ceiling":
            ceilings.append(run_worker("ceiling", {"library": "torch", "device": device}, threads=threads))
            continue
        task = {"model": model, "device": device, "variant": variant, **work, "profile": not samples[variant]}
        samples[variant].append(run_worker("training", task, threads=threads))
    told(total, total, "")
    middles = {variant: medians(measured) for variant, measured in samples.items()}
    plain = middles["plain"]["samples_per_second"]
    ceiling = highest(ceilings)
    cost = middles["plain"]["flops"] / work["batch"]
    for middle in middles.values():
        middle["of_ceiling"] = cost * middle["samples_per_second"] / ceiling["flops"]["float32"]
        middle["times_plain"] = middle["samples_per_second"] / plain
    warning = busy(found["load"], found["processors"])
    return {
        "machine": found,
        "warnings": [warning] if warning else [],
        "rounds": rounds,
        "ceilings": {device: ceiling},
        "model": model,
        "device": device,
        "variants": middles,
    }


def text(report: Mapping[str, Any], *, markdown: bool = False) -> str:
    """A line for each variant, and the operators that take most of its time."""
    from nurie.bench.table import align, head, row

    rows = [["× plain", "training step", "samples/s", "of ceiling", "first step s"]]
    lines = []
    for variant, found in report["variants"].items():
        rows.append(
            [
                f"{found['times_plain']:.2f}",
                variant,
                f"{found['samples_per_second']:.2f}",
                f"{100 * found['of_ceiling']:.0f} %",
                f"{found['first']:.1f}",
            ]
        )
        if found.get("shares"):
            shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in found["shares"].items())
            lines.append(f"{variant}: {shares}")
    best = max(found["times_plain"] for found in report["variants"].values())
    lines.append(f"{'kept' if best >= GOAL else 'MISSED'}: {best:.2f} times the plain loop (asked: {GOAL:g})")
    table = [row(rows[0]), row(["---"] * len(rows[0])), *map(row, rows[1:])] if markdown else align(rows)
    return "\n".join([*head(report), f"{report['model']} on {report['device']}", "", *table, "", *lines])
