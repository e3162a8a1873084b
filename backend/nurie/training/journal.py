"""The figures of a run: means over the steps between two rows, printed and kept in ``stats.jsonl``."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

from torch import Tensor


class Journal:
    """Sums up figures where they are: nothing is read from the device before a row is written.

    Opened at ``step``, it drops the rows that a killed run wrote after its last checkpoint: they are about to be
    written again.
    """

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        rows = path.read_text().splitlines() if path.exists() else []
        path.write_text("".join(f"{row}\n" for row in rows if _is_before(row, step)))
        self._begin()

    def _begin(self) -> None:
        self.started, self.sums, self.weights = time.monotonic(), dict[str, Tensor](), dict[str, float]()

    def add(self, figures: dict[str, Tensor], weight: float = 1.0) -> None:
        """Counts the scalars ``figures`` in, a step's worth in all when the weights of its parts add up to 1."""
        for name, figure in figures.items():
            self.sums[name] = self.sums.get(name, 0) + weight * figure
            self.weights[name] = self.weights.get(name, 0.0) + weight

    def finite(self) -> bool:
        """Whether all that was counted since the last row are numbers."""
        return all(math.isfinite(float(total)) for total in self.sums.values())

    def write(self, step: int, rate: float, batch: int) -> None:
        """Prints and keeps a row of the means, and begins the next one."""
        steps = self.weights["loss"]
        row = {"step": step, "lr": rate, "s_per_sample": (time.monotonic() - self.started) / (steps * batch)}
        row |= {name: float(total) / self.weights[name] for name, total in self.sums.items()}
        text = json.dumps({name: round(value, 6) for name, value in row.items()})
        print(text, flush=True)
        with self.path.open("a") as file:
            print(text, file=file)
        self._begin()


def _is_before(row: str, step: int) -> bool:
    try:
        return int(json.loads(row)["step"]) <= step
    except (ValueError, KeyError):
        return False  # torn by the kill
