"""The whole benchmark: every case measured in turns, one report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nurie.bench.cases import PEER, Case, Skipped, turns
from nurie.bench.goals import goals
from nurie.bench.jobs import PEER_SIZE, Job, Options, jobs_for
from nurie.bench.machine import busy, machine
from nurie.bench.processes import BenchError, run_worker
from nurie.bench.statistics import highest, medians, ratio

__all__ = ["compare", "run"]

PEER_FLOPS = 273.354e9
"""Of one step of the peer at its size."""


def run(cases: Sequence[Case], options: Options, told: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Measure, and give the report that :mod:`nurie.bench.table` shows; ``told(done, total, what)`` hears of progress.

    A case that fails is left out from then on, and reported with its sentence.
    """
    found = machine(options.threads)
    with tempfile.TemporaryDirectory(prefix="nurie-bench-") as folder:
        told(0, 1, "making models at other sizes")
        jobs, skipped = jobs_for(cases, options, Path(folder))
        failed = _measure(jobs, options, told)
        gpus = _gpus(jobs, options, skipped)
        kernels = _kernels([job for job in jobs if job.kind == "color" and job.samples], options)
    skipped += [Skipped(job.case, why) for job, why in failed]
    ceilings = {job.case.device: highest(job.samples) for job in jobs if job.kind == "ceiling" and job.samples}
    report = {
        "machine": found,
        "warnings": [warning] if (warning := busy(found["load"], found["processors"])) else [],
        "rounds": options.rounds,
        "ceilings": ceilings,
        "rows": [row for job in jobs if job.kind != "ceiling" for row in _rows(job)],
        "kernels": kernels,
        "gpus": gpus,
        "skipped": [{**one.case.to_dict(), "why": one.why} for one in skipped],
    }
    compare(report)
    report["goals"] = goals(report)
    return report


def _measure(jobs: Sequence[Job], options: Options, told: Callable[[int, int, str], None]) -> list[tuple[Job, str]]:
    """Fill the jobs' samples in turns; those that failed, with why."""
    failed: dict[int, tuple[Job, str]] = {}
    total = len(jobs) * options.rounds
    for done, job in enumerate(turns(jobs, options.rounds)):
        told(done, total, f"{job.case.engine} {job.case.device} {job.case.size or ''}")
        if id(job) in failed:
            continue
        try:
            job.samples.append(run_worker(job.kind, job.task, threads=options.threads))
        except BenchError as error:
            failed[id(job)] = job, str(error)
    told(total, total, "")
    return list(failed.values())


def _rows(job: Job) -> list[dict[str, Any]]:
    """A row for each number of steps: medians, and every total that was measured."""
    if not job.samples:
        return []
    middle = medians(job.samples)
    name = PEER if job.kind == "peer" else middle["engine"]
    common = {
        "engine": name,
        "asked": job.case.engine,
        "model": job.case.model,
        **{key: middle.get(key) for key in ("device", "size", "drawing", "start", "load", "first")},
        **{key: middle.get(key) for key in ("peak_bytes", "device_bytes")},
    }
    return [
        {
            **common,
            "steps": int(steps),
            **{key: found.get(key) for key in ("encode", "warp", "step", "imaging", "total", "joules")},
            "totals": [sample["runs"][steps]["total"] for sample in job.samples],
        }
        for steps, found in middle["runs"].items()
    ]


def _kernels(jobs: Sequence[Job], options: Options) -> list[dict[str, Any]]:
    """Where the time goes, once for each engine that can tell; what fails here is left out."""
    found = []
    for job in jobs:
        if not options.profile or job.case.engine not in ("onnx", "torch"):
            continue
        try:
            kernels = run_worker("kernels", job.task, threads=options.threads)
        except BenchError:
            continue
        middle = medians(job.samples)
        found.append({**kernels, "device": middle["device"], "model": job.case.model, "size": middle["size"]})
    return found


def _gpus(jobs: Sequence[Job], options: Options, skipped: list[Skipped]) -> dict[str, dict[str, Any]]:
    """The networks by themselves on every GPU that was measured; one where that fails is ``skipped``."""
    task = {"paper": "paper", "compact": "compact", "size": PEER_SIZE, "batch": 16}
    found = {}
    for device in dict.fromkeys(job.case.device for job in jobs if job.kind == "peer" and job.samples):
        if device.startswith("cuda"):
            try:
                found[device] = run_worker("gpu", {**task, "device": device}, threads=options.threads)
            except BenchError as error:
                skipped.append(Skipped(Case("networks alone", device, "paper", PEER_SIZE, ()), str(error)))
    return found


def compare(report: dict[str, Any]) -> None:
    """Add to every row how many times faster than the peer it is, how far behind the best engine, and of the ceiling.

    The best is taken among rows of the same model, size, drawing and steps. The ceiling is the float32 product; what a
    step costs is counted once for each model and size, by whichever engine tells it.
    """
    rows = report["rows"]
    peers = {row["device"]: row["total"] for row in rows if row["engine"] == PEER}
    costs = {(one["model"], one["size"]): one["flops"]["step"] for one in report["kernels"]}
    for row in rows:
        ours = row["engine"] != PEER
        alike = [one["total"] for one in rows if _same_work(one, row)]
        row["times_peer"] = ratio(peers.get(row["device"]), row["total"])
        row["of_best"] = ratio(row["total"], min(alike)) if ours else None
        ceiling = report["ceilings"].get(row["device"], {}).get("flops", {}).get("float32")
        cost = costs.get((row["model"], row["size"])) if ours else PEER_FLOPS
        row["of_ceiling"] = ratio(ratio(cost, row["step"]), ceiling)


def _same_work(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[key] == other[key] for key in ("model", "size", "drawing", "steps"))
