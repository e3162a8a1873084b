"""``python -m nurie.runtime.trial MODEL ENGINE VARIANT THREADS``: how fast one choice is, as one JSON line.

Each trial has a process of its own: thread pools are set up once, and OpenVINO and PyTorch crash when they are loaded
beside each other in some versions.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from nurie.device import Device
from nurie.runtime.choice import Choice

__all__ = ["Trial", "run_trial"]

REPEATS = 3
VIEWS = 2
"""A reference is matched as it is, and mirrored."""
LIMIT = 300.0
"""Seconds; an engine that needs more for a handful of calls is none to choose."""


@dataclass(frozen=True)
class Trial:
    """Seconds to load the model, encode a reference, match it once and take one step; or why there are none."""

    choice: Choice
    load: float = 0.0
    encode: float = 0.0
    match: float = 0.0
    step: float = 0.0
    failure: str | None = None

    def coloring(self, steps: int) -> float:
        """Seconds that the networks take for a drawing with one reference; infinite where they did not run."""
        return float("inf") if self.failure is not None else self.encode + VIEWS * self.match + steps * self.step


def run_trial(weights: Path, choice: Choice) -> Trial:
    """Measure in another process; a failure is told in the result."""
    import subprocess  # here: opening an engine needs ``Trial`` alone

    command = [sys.executable, "-m", __name__, str(weights), choice.engine, choice.variant, str(choice.threads)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)  # noqa: S603 - ours
    except (OSError, subprocess.TimeoutExpired) as error:
        return Trial(choice, failure=" ".join(str(error).split()))
    try:
        told = json.loads(done.stdout.splitlines()[-1])
        load, encode, match, step = (float(told[name]) for name in ("load", "encode", "match", "step"))
        return Trial(choice, load, encode, match, step)
    except (IndexError, ValueError, KeyError, TypeError):
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        return Trial(choice, failure=lines[-1])


def _measure(weights: str, choice: Choice) -> Trial:
    from nurie.runtime.engines import load_engine

    started = time.perf_counter()
    engine = load_engine(weights, choice.engine, Device("cpu"), variant=choice.variant, threads=choice.threads)
    load = time.perf_counter() - started
    size = engine.canvas_size
    rng = np.random.default_rng(0)
    # Noise: some processors are slow with the tiniest numbers, which pictures of one colour lead to.
    picture = rng.uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
    lines, evidence = picture[:, :1].copy(), np.concatenate([picture, abs(picture[:, :1])], axis=1)
    tokens = engine.encode_reference(picture)
    return Trial(
        choice,
        load,
        _seconds(lambda: engine.encode_reference(picture)),
        _seconds(lambda: engine.match(lines, picture)),
        _seconds(lambda: engine.denoise(picture, 999, lines, evidence, tokens)),
    )


def _seconds(call: Callable[[], object]) -> float:
    """The middle of a few calls; the first also pays for what an engine prepares, and is not counted."""
    call()
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return median(taken)


def _main(argv: list[str]) -> None:
    weights, engine, variant, threads = argv
    trial = _measure(weights, Choice(engine, variant, int(threads)))  # type: ignore[arg-type]
    sys.stdout.write(json.dumps(asdict(trial)) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
