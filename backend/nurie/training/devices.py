"""The device a command line names, as PyTorch knows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nurie.device import Device, parse_device
from nurie.protocol import DeviceError

if TYPE_CHECKING:
    import torch

__all__ = ["torch_device"]


def torch_device(text: str) -> torch.device:
    """The device asked for, once it is plain that it is there; DeviceError otherwise.

    Under torchrun, ``auto`` and ``cuda`` give each process of a machine a GPU of its own.
    """
    import torch

    wanted = parse_device(text)
    if wanted is None:
        wanted = Device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted.kind == "cuda" and "LOCAL_RANK" in os.environ:
        wanted = Device("cuda", int(os.environ["LOCAL_RANK"]))
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and wanted.index < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there[wanted.kind]:
        raise DeviceError(f"The device {wanted} is not there, or this PyTorch cannot use it.", "Use --device cpu.")
    return torch.device(str(wanted))
