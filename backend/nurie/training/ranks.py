"""The ranks of one run, the processes that torchrun started on one machine or several: what they must agree on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator, PartialState

from nurie.protocol import NurieError

__all__ = ["agreed", "check_ranks", "first_rank", "join", "leave", "lost_ranks"]


def join(device: torch.device) -> Accelerator:
    """Joins the ranks that torchrun started, or this process alone; NurieError where they do not find each other."""
    try:
        return Accelerator(cpu=device.type == "cpu", device_placement=False)
    except RuntimeError as error:
        text = " ".join(str(error).split())[:300]
        raise NurieError(
            f"Rank {os.environ.get('RANK', 0)} does not find the others ({text}).",
            # Otherwise a restart reads the addresses of the ranks before it (pytorch issue 135712).
            "Set TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 where torchrun is started.",
            code="rank_failed",
        ) from error


def first_rank() -> bool:
    """Whether this process is the one that tells and writes, known before the ranks are joined."""
    return os.environ.get("RANK", "0") == "0"


def leave() -> None:
    """Parts from the other ranks, where there are any, once nothing is left to do together."""
    PartialState().destroy_process_group()


def agreed(accelerator: Accelerator, asked: bool) -> bool:
    """Whether any rank was ``asked``; all must call it at the same step."""
    if accelerator.num_processes == 1:
        return asked  # the device need not be waited for
    if asked:
        accelerator.set_trigger()
    answer: bool = accelerator.check_trigger()
    return answer


def check_ranks(accelerator: Accelerator, step: int, out: Path) -> None:
    """NurieError unless all ranks stand at the same ``step``, as they do where all see one run folder ``out``."""
    steps = accelerator.gather(torch.tensor([step], device=accelerator.device)).tolist()
    if len(set(steps)) > 1:
        raise NurieError(
            f"The ranks found different checkpoints in {out} (of steps {', '.join(map(str, steps))}).",
            "Name a folder with --out that all machines share.",
        )


@contextmanager
def lost_ranks(accelerator: Accelerator) -> Iterator[None]:
    """A failure of the connection between ranks as a NurieError; a single process passes its errors on."""
    try:
        yield
    except RuntimeError as error:
        if accelerator.num_processes == 1:
            raise
        text = " ".join(str(error).split())[:300]
        raise NurieError(
            f"Rank {accelerator.process_index} of {accelerator.num_processes} cannot go on ({text}).",
            "Another may have ended first, and says why; torchrun, or the same command, goes on from the checkpoint.",
            code="rank_failed",
        ) from error
