"""Batches from a dataset whose sample n is a pure function of n, so that a number is all a run has to remember."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

Batch = dict[str, Tensor]

# Seeds stay on the host: to read one from the device, every step would have to wait for the one before.
_HOST = frozenset({"noise_seed"})


def part(samples: range, number: int, parts: int) -> range:
    """Part ``number`` of ``parts`` that ``samples`` are cut into, as equal as can be."""
    return samples[len(samples) * number // parts : len(samples) * (number + 1) // parts]


def batches(
    dataset: Dataset[Batch], samples: Iterable[range], *, workers: int, device: torch.device
) -> Iterator[Batch]:
    """A batch on ``device`` of each of the ranges of ``samples``, in order, whatever the number of workers."""
    options: dict[str, Any] = {"num_workers": workers, "pin_memory": device.type == "cuda"}
    if workers:
        options |= {"prefetch_factor": 4, "worker_init_fn": _prepare_worker}
    else:
        cv2.setNumThreads(1)
    for batch in DataLoader(dataset, batch_sampler=samples, **options):  # type: ignore[arg-type]
        yield {name: value if name in _HOST else value.to(device, non_blocking=True) for name, value in batch.items()}


def _prepare_worker(_: int) -> None:
    """One thread each, and the signals: the run finishes its step and ends its workers itself."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    # Ctrl-C reaches the whole group; and a worker has inherited handlers that would only note the loader's SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
