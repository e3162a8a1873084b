"""What a run tells: means over the steps between two rows, and sample grids; as files and for TensorBoard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from nurie.imaging.write import save_atomic
from nurie.protocol import OutputError

Reduce = Callable[[dict[str, Tensor]], dict[str, Tensor]]
"""The sums over all ranks, for which all must ask together."""


class Journal:
    """Sums up figures where they are: nothing is read from the device before a row is written.

    All ranks count and ask alike, and only the one that ``writes`` keeps anything. Opened at ``step``, it drops the
    rows that a killed run wrote after its last checkpoint: they are about to be written again.
    """

    def __init__(self, out: Path, step: int, *, reduce: Reduce = dict, writes: bool = True) -> None:
        self.out, self.stats, self.reduce, self.board = out, out / "stats.jsonl", reduce, None
        if writes:
            with keeping(out):
                _drop_rows(self.stats, step)
            self.board = SummaryWriter(out / "tensorboard", purge_step=step + 1)
        self._begin()

    def _begin(self) -> None:
        self.started, self.sums = time.monotonic(), dict[str, Tensor]()

    def add(self, figures: dict[str, Tensor], weight: float = 1.0) -> None:
        """Counts the scalars ``figures`` in, a step's worth in all when the weights of its parts add up to 1."""
        for name, figure in figures.items():
            counted = weight * torch.stack([figure.float(), torch.ones_like(figure, dtype=torch.float32)])
            self.sums[name] = self.sums[name] + counted if name in self.sums else counted

    def finite(self) -> bool:
        """Whether all that was counted since the last row, on any rank, are numbers."""
        return all(bool(total.isfinite().all()) for total in self.reduce(self.sums).values())

    def write(self, step: int, rate: float, batch: int) -> None:
        """Prints and keeps a row of the means, and begins the next one; OutputError where it cannot be kept."""
        totals = {name: total.tolist() for name, total in self.reduce(self.sums).items()}
        if self.board is not None:
            seconds, steps = time.monotonic() - self.started, totals["loss"][1]
            row = {"lr": rate, "s_per_sample": seconds / (steps * batch)}
            row |= {name: total / count for name, (total, count) in totals.items()}
            text = json.dumps({"step": step} | {name: round(value, 6) for name, value in row.items()})
            print(text, flush=True)
            with keeping(self.out):
                with self.stats.open("a") as file:
                    print(text, file=file)
                for name, value in row.items():
                    self.board.add_scalar(name, value, step)
                self.board.flush()
        self._begin()

    def show(self, picture: Image.Image, step: int, images: int) -> None:
        """Keeps a sample grid under the number of ``images`` trained on; OutputError where it cannot be kept."""
        if self.board is not None:
            (self.out / "samples").mkdir(exist_ok=True)
            save_atomic(picture, self.out / "samples" / f"{images:09d}.png")
            with keeping(self.out):
                self.board.add_image("samples", np.asarray(picture), step, dataformats="HWC")

    def close(self) -> None:
        """Ends what writes for TensorBoard."""
        if self.board is not None:
            self.board.close()


@contextmanager
def keeping(out: Path) -> Iterator[None]:
    """What goes wrong while something is written in the run folder ``out``, as an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"The run's figures could not be kept in {out}: {error}.",
            "Make room there; the same command goes on from the last checkpoint.",
        ) from error


def _drop_rows(stats: Path, step: int) -> None:
    """Leaves the rows up to ``step``, all of them or, where that cannot be written, what was there."""
    if stats.exists():
        temporary = stats.with_suffix(".tmp")
        rows = stats.read_text().splitlines()
        temporary.write_text("".join(f"{row}\n" for row in rows if _is_before(row, step)))
        temporary.replace(stats)


def _is_before(row: str, step: int) -> bool:
    try:
        return int(json.loads(row)["step"]) <= step
    except (ValueError, KeyError):
        return False  # torn by the kill
