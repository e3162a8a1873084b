# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a colouring will take, learnt from those before it on this computer.

A job costs so much by itself, so much a megapixel of the drawing and so much a step:
``seconds = a + b * megapixels + c * steps`` with none of the three below zero. They are fitted to the last jobs by
iteratively reweighted least squares (Huber's weights, relative residuals), held to figures of an ordinary processor
times this computer's speed, the median: the first job is enough to be about right, a single slow one spoils nothing.
What a backend needs until it can begin (process and model) is learnt apart, as the median.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .files import read_object, write_object
from .i18n import tr
from .protocol import NurieError
from .qt import QtCore, Signal

__all__ = ["KEPT", "Job", "Pace", "fit", "in_words"]

KEPT = 40
"""Jobs that an estimate rests on; also the last starts."""

Cost = tuple[float, float, float]
"""Seconds by itself, a megapixel, a step."""

_PRIOR: Cost = (1.0, 0.5, 0.6)
_PRIOR_START = 4.0
_HUBER = 0.15
"""Of a job's time: within this it pulls in full, beyond it no further."""
_ROUNDS = 12
_VERSION = 1


@dataclass(frozen=True)
class Job:
    """One colouring that was done, without the start of the backend. megapixels: of the drawing."""

    steps: int
    megapixels: float
    seconds: float


def fit(jobs: Sequence[Job]) -> Cost:
    """What a job costs, by the jobs that were seen; the prior alone without any."""
    if not jobs:
        return _PRIOR
    speed = median(job.seconds / _seconds(_PRIOR, job) for job in jobs)
    cost = prior = _PRIOR[0] * speed, _PRIOR[1] * speed, _PRIOR[2] * speed
    for _ in range(_ROUNDS):
        cost = _weighted(jobs, cost, prior)
    return cost


def in_words(seconds: float) -> str:
    """A duration as one says it: "about 4 s", "about 45 s", "about 3 min", "about 2 h"."""
    if seconds < 0.95:
        return tr("under 1 s")
    if seconds < 9.5:
        return tr("about {count} s", count=round(seconds))
    if seconds < 57.5:
        return tr("about {count} s", count=5 * round(seconds / 5))
    if seconds < 59.5 * 60:
        return tr("about {count} min", count=max(1, round(seconds / 60)))
    return tr("about {count} h", count=max(1, round(seconds / 3600)))


class Pace(QtCore.QObject):
    """Learns from jobs and estimates the next; kept in one file; ``changed`` when estimates may have become others."""

    changed = Signal()

    def __init__(self, folder: Path, parent: QtCore.QObject | None = None) -> None:
        """``folder``: ``paths.data_folder()``. A damaged file is put aside, and learning starts afresh."""
        super().__init__(parent)
        self._engine = ""
        self._path = folder / "pace.json"
        self._jobs: dict[str, list[Job]] = {}
        self._starts: dict[str, list[float]] = {}
        self._costs: dict[str, Cost] = {}
        try:
            data = read_object(self._path) or {}
        except NurieError:  # nothing of the artist's is lost
            data = {}
        for name, seen in _mapping(data.get("engines")).items():
            self._jobs[name] = [job for item in _listed(_mapping(seen).get("jobs")) if (job := _read_job(item))][-KEPT:]
            starts = _listed(_mapping(seen).get("starts"))
            self._starts[name] = [float(item) for item in starts if _usable(item)][-KEPT:]

    @property
    def engine(self) -> str:
        """Whose jobs these are: what runs at its own speed, such as this computer's processor or a remote one."""
        return self._engine

    @engine.setter
    def engine(self, engine: str) -> None:
        if engine != self._engine:
            self._engine = engine
            self.changed.emit()

    def learn(self, steps: int, megapixels: float, seconds: float, *, cold: bool = False) -> None:
        """A colouring took so long; ``cold``: with the start of the backend. Never raises: it is a comfort only."""
        if not (_usable(seconds) and _usable(megapixels) and steps > 0):
            return
        if cold:
            start = seconds - self.estimate(steps, megapixels)
            self._starts.setdefault(self.engine, []).append(max(start, 0.0))
        else:
            self._jobs.setdefault(self.engine, []).append(Job(steps, megapixels, seconds))
        self._costs.clear()
        for seen in (self._jobs, self._starts):
            for listed in seen.values():
                del listed[:-KEPT]
        self._keep()
        self.changed.emit()

    def estimate(self, steps: int, megapixels: float, *, cold: bool = False) -> float:
        """Seconds that a colouring will take; ``cold``: with the start of the backend. More steps never take less."""
        if self.engine not in self._costs:
            self._costs[self.engine] = fit(self._jobs.get(self.engine, []))
        base, area, step = self._costs[self.engine]
        starts = self._starts.get(self.engine) or [_PRIOR_START]
        return base + area * megapixels + step * steps + (median(starts) if cold else 0.0)

    def text(self, steps: int, megapixels: float, *, cold: bool = False) -> str:
        """The estimate in words."""
        return in_words(self.estimate(steps, megapixels, cold=cold))

    def _keep(self) -> None:
        engines = {
            name: {
                "jobs": [[job.steps, job.megapixels, job.seconds] for job in self._jobs.get(name, [])],
                "starts": self._starts.get(name, []),
            }
            for name in sorted({*self._jobs, *self._starts})
        }
        try:
            write_object(self._path, {"version": _VERSION, "engines": engines})
        except NurieError:
            return


def _seconds(cost: Cost, job: Job) -> float:
    return cost[0] + cost[1] * job.megapixels + cost[2] * job.steps


def _weighted(jobs: Sequence[Job], cost: Cost, prior: Cost) -> Cost:
    """One round: least squares with the weights that the residuals of ``cost`` give, and the prior as far as its own
    size allows, so that what the jobs do not tell stays near it."""
    matrix = [[1.0 / prior[i] ** 2 * (i == j) for j in range(3)] for i in range(3)]
    right = [1.0 / prior[i] for i in range(3)]
    for job in jobs:
        row = (1.0, job.megapixels, float(job.steps))
        residual = abs(_seconds(cost, job) - job.seconds) / job.seconds
        weight = min(1.0, _HUBER / residual if residual else 1.0) / (_HUBER * job.seconds) ** 2
        for i in range(3):
            right[i] += weight * row[i] * job.seconds
            for j in range(3):
                matrix[i][j] += weight * row[i] * row[j]
    return _nonnegative(matrix, right)


def _nonnegative(matrix: list[list[float]], right: list[float]) -> Cost:
    """The least squares solution whose parts are not below zero: the best of those that leave some parts at zero."""
    best, least = (0.0, 0.0, 0.0), math.inf
    for free in ((0, 1, 2), (0, 1), (0, 2), (1, 2), (0,), (1,), (2,)):
        parts = _solved([[matrix[i][j] for j in free] for i in free], [right[i] for i in free])
        cost = [0.0, 0.0, 0.0]
        for i, part in zip(free, parts, strict=True):
            cost[i] = part
        rest = -sum(right[i] * cost[i] for i in free)  # at a stationary point, twice the objective less a constant
        if min(parts) >= 0 and rest < least:
            best, least = (cost[0], cost[1], cost[2]), rest
    return best


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss's elimination; the matrix is positive definite, so that no rows need to be exchanged."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(size):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(size):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[size] for row in rows]


def _read_job(value: object) -> Job | None:
    if not isinstance(value, list) or len(value) != 3 or not all(map(_usable, value)) or value[0] < 1:
        return None
    return Job(round(value[0]), float(value[1]), float(value[2]))


def _usable(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and 0 < value < 1e6


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
