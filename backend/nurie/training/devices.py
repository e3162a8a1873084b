"""The device a command line names, as PyTorch knows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nurie.device import Device, parse_device
from nurie.protocol import DeviceError
from nurie.runtime.hardware import has_native_bfloat16

if TYPE_CHECKING:
    import torch

__all__ = ["memory_layout", "precision_on", "torch_device"]


def precision_on(device: torch.device, asked: str) -> str:
    """``fp32``, ``bf16`` or ``fp16`` for what was asked for; ``auto`` is bf16 where the device multiplies it itself."""
    if asked != "auto":
        return asked
    import torch

    native = {"cuda": torch.cuda.is_available, "cpu": has_native_bfloat16}.get(device.type, bool)
    return "bf16" if native() else "fp32"


def memory_layout(device: torch.device, precision: str, asked: str) -> torch.memory_format:
    """How pictures lie in memory: ``auto`` is channels last on CUDA, and where a CPU computes in bf16."""
    import torch

    last = {"auto": device.type == "cuda" or precision == "bf16"}.get(asked, asked == "channels_last")
    return torch.channels_last if last else torch.preserve_format


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
