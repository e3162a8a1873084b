"""Device names and the one table that says which device, provider and precision an engine uses.

Nothing here looks at the hardware: the engines report what they really got, and are compared with what was asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from nurie.protocol import DeviceError, UsageError

__all__ = ["ENGINES", "POLICIES", "Device", "DevicePolicy", "parse_device", "policy"]

Kind = Literal["cpu", "cuda", "mps"]
EngineName = Literal["onnx", "openvino", "torch"]

ENGINES: tuple[EngineName, ...] = ("onnx", "openvino", "torch")
"""Every engine, in the order ``auto`` tries them: the light ones start faster than PyTorch and need less memory."""


@dataclass(frozen=True)
class Device:
    """One compute device: ``cpu``, ``cuda:1``, ``mps``."""

    kind: Kind
    index: int = 0

    def __str__(self) -> str:
        return f"cuda:{self.index}" if self.kind == "cuda" else self.kind


@dataclass(frozen=True)
class DevicePolicy:
    """What one engine does on one kind of device; ``provider`` is the name the engine itself reports."""

    engine: EngineName
    kind: Kind
    provider: str
    precision: Literal["float32", "float16", "bfloat16"]


# float32 wherever results are compared between engines: reduced precision is a decision taken here, once, and never
# inside an engine.
POLICIES: tuple[DevicePolicy, ...] = (
    DevicePolicy("onnx", "cpu", "CPUExecutionProvider", "float32"),
    DevicePolicy("onnx", "cuda", "CUDAExecutionProvider", "float32"),
    DevicePolicy("openvino", "cpu", "CPU", "float32"),
    DevicePolicy("torch", "cpu", "cpu", "float32"),
    DevicePolicy("torch", "cuda", "cuda", "float32"),
    DevicePolicy("torch", "mps", "mps", "float32"),
)

_DEVICE = re.compile(r"cpu|mps|cuda(?::(\d{1,3}))?")


def parse_device(text: str) -> Device | None:
    """``auto`` (None: the engine chooses), ``cpu``, ``cuda``, ``cuda:N`` or ``mps``; anything else is a UsageError."""
    if text == "auto":
        return None
    match = _DEVICE.fullmatch(text)
    if match is None:
        raise UsageError(f"'{text}' is not a device.", "Use auto, cpu, cuda, cuda:N or mps.")
    if text.startswith("cuda"):
        return Device("cuda", int(match.group(1) or 0))
    return Device("mps" if text == "mps" else "cpu")


def policy(engine: EngineName, device: Device) -> DevicePolicy:
    """The row of the table for this engine on this device; DeviceError when the engine cannot run there."""
    for row in POLICIES:
        if row.engine == engine and row.kind == device.kind:
            return row
    kinds = ", ".join(row.kind for row in POLICIES if row.engine == engine)
    raise DeviceError(f"The {engine} engine does not run on {device}.", f"It runs on: {kinds}.")
