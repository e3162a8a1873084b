"""Nurie's training steps beside plain eager loops over the same networks, in turns."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from nurie.bench.cases import turns
from nurie.bench.machine import busy, machine
from nurie.bench.processes import run_worker
from nurie.bench.statistics import highest, medians
from nurie.protocol import UsageError

__all__ = ["VARIANTS", "WORK", "run", "text"]

VARIANTS = ("plain", "nurie", "nurie compiled")
WORK: Mapping[str, Mapping[str, int]] = {
    "matcher": {"steps": 3, "batch": 16, "side": 256},
    "denoiser": {"steps": 3, "batch": 8, "crop": 192, "reference": 128},
}
"""As `compact` was trained with on a CPU: samples a step, sides in pixels of what the networks see."""
GOAL = 2.0


def run(
    model: str,
    device: str,
    rounds: int,
    threads: int | None,
    told: Callable[[int, int, str], None],
    *,
    compiled: bool = False,
    work: Mapping[str, Mapping[str, int]] = WORK,
) -> dict[str, Any]:
    """Samples/s of every variant for each network, and where their time goes; of torch.compile's, which takes minutes
    to begin, where ``compiled`` asks for it. UsageError without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        raise UsageError("Training needs PyTorch.", "Install it with: pip install 'nurie[train]'", code="missing_extra")
    found = machine(threads)
    variants = VARIANTS if compiled else VARIANTS[:2]
    jobs = [(network, variant) for network in work for variant in variants]
    samples: dict[tuple[str, str], list[dict[str, Any]]] = {job: [] for job in jobs}
    ceilings: list[dict[str, Any]] = []
    total = rounds * (len(jobs) + 1)
    for done, (network, variant) in enumerate(turns((*jobs, ("ceiling", "")), rounds)):
        told(done, total, f"{network} {variant}".rstrip())
        if network == "ceiling":
            ceilings.append(run_worker("ceiling", {"library": "torch", "device": device}, threads=threads))
            continue
        task = {"model": model, "device": device, "network": network, "variant": variant, **work[network]}
        before = samples[network, variant]
        before.append(run_worker("training", {**task, "profile": not before}, threads=threads))
    told(total, total, "")
    ceiling = highest(ceilings)
    networks: dict[str, dict[str, Any]] = {}
    for network in work:
        middles = {variant: medians(samples[network, variant]) for variant in variants}
        plain = middles["plain"]
        cost = plain["flops"] / work[network]["batch"]
        for middle in middles.values():
            middle["of_ceiling"] = cost * middle["samples_per_second"] / ceiling["flops"]["float32"]
            middle["times_plain"] = middle["samples_per_second"] / plain["samples_per_second"]
        networks[network] = middles
    warning = busy(found["load"], found["processors"])
    return {
        "machine": found,
        "warnings": [warning] if warning else [],
        "rounds": rounds,
        "ceilings": {device: ceiling},
        "model": model,
        "device": device,
        "networks": networks,
    }


def text(report: Mapping[str, Any], *, markdown: bool = False) -> str:
    """A line for each network and variant, and the operators that take most of its time."""
    from nurie.bench.table import align, head, row

    rows = [["× plain", "network", "training step", "samples/s", "of fp32 ceiling", "first step s"]]
    lines = []
    for network, variants in report["networks"].items():
        for variant, found in variants.items():
            rows.append(
                [
                    f"{found['times_plain']:.2f}",
                    network,
                    f"{variant}, {found['precision']}",
                    f"{found['samples_per_second']:.2f}",
                    f"{100 * found['of_ceiling']:.0f} %",
                    f"{found['first']:.1f}",
                ]
            )
            if found.get("shares"):
                shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in found["shares"].items())
                lines.append(f"{network}, {variant}: {shares}")
    for network, variants in report["networks"].items():
        best = max(found["times_plain"] for found in variants.values())
        kept = "kept" if best >= GOAL else "MISSED"
        lines.append(f"{network}: {kept}: {best:.2f} times the plain loop (asked: {GOAL:g})")
    table = [row(rows[0]), row(["---"] * len(rows[0])), *map(row, rows[1:])] if markdown else align(rows)
    return "\n".join([*head(report), f"{report['model']} on {report['device']}", "", *table, "", *lines])
