"""From what was asked for to the processes that measure it: folders made, what cannot run here set aside."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nurie.bench.cases import PEER, Case, Skipped
from nurie.bench.models import own_size
from nurie.bench.processes import BenchError, run_worker
from nurie.protocol import NurieError
from nurie.runtime.engines import installed_engines
from nurie.runtime.store import find_model

__all__ = ["PEER_SIZE", "PEER_STEPS", "Job", "Options", "jobs_for"]

PEER_SIZE, PEER_STEPS = 256, 10
"""What AnimeDiffusion was published with: 256 px, ten DDIM steps."""


@dataclass(frozen=True)
class Options:
    """How to measure. rounds: turns of every case. drawing: (width, height), None is the working size of each case.

    models: the folder of installed models. peer: whether it stands beside. profile: whether to look into the kernels.
    """

    rounds: int = 3
    threads: int | None = None
    drawing: tuple[int, int] | None = None
    models: Path | None = None
    peer: bool = True
    profile: bool = True


@dataclass(frozen=True)
class Job:
    """One process to start in every round: what it measures, and ``samples`` of it, one a round."""

    kind: str
    case: Case
    task: dict[str, Any]
    samples: list[dict[str, Any]] = field(default_factory=list)


def jobs_for(cases: Sequence[Case], options: Options, folder: Path) -> tuple[list[Job], list[Skipped]]:
    """A job for each case that can run here, each device's ceiling and the peer."""
    jobs: list[Job] = []
    skipped: list[Skipped] = []
    weights: dict[tuple[str, int | None], str | NurieError] = {}
    for case in cases:
        if case.engine != "auto" and case.engine not in installed_engines():
            skipped.append(Skipped(case, f"{case.engine} is not installed"))
            continue
        key = case.model, case.size
        if key not in weights:
            weights[key] = _weights(case, options, folder / str(len(weights)))
        where = weights[key]
        if isinstance(where, NurieError):
            skipped.append(Skipped(case, str(where)))
            continue
        task = {**case.to_dict(), "model": where, "drawing": options.drawing, "models": _text(options.models)}
        jobs.append(Job("color", case, task))
    library = "torch" if importlib.util.find_spec("torch") else "numpy"
    devices = dict.fromkeys(job.case.device for job in jobs)
    for device in devices:
        if options.peer and library == "torch":
            case = Case(PEER, device, PEER, PEER_SIZE, (PEER_STEPS,))
            jobs.append(Job("peer", case, case.to_dict()))
        if library == "torch" or device == "cpu":
            task = {"library": library, "device": device}
            jobs.append(Job("ceiling", Case("ceiling", device, "", None, ()), task))
    return jobs, skipped


def _weights(case: Case, options: Options, folder: Path) -> str | NurieError:
    """What to load for the case: the model itself at its own size, or a folder made for it; why not, where neither."""
    try:
        own = own_size(case.model, options.models)
    except NurieError as error:
        return error
    untrained = not _has_weights(case.model, options.models)
    if case.size in (None, own) and not untrained:
        return case.model
    if not importlib.util.find_spec("torch"):
        return BenchError("Another working size needs PyTorch.", "Install it with: pip install 'nurie[export]'")
    graphs = not untrained and importlib.util.find_spec("onnxscript") is not None
    task = {"model": case.model, "size": case.size or own, "out": str(folder), "graphs": graphs}
    try:
        return str(run_worker("prepare", {**task, "models": _text(options.models)})["weights"])
    except BenchError as error:
        return error


def _has_weights(model: str, installed: Path | None) -> bool:
    try:
        find_model(model, installed)
    except NurieError:
        return False
    return True


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
