"""One process that colours with the peer: its start, making the network, ten DDIM steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from nurie.bench.peer_unet import CONDITIONS, PeerUNet, sample
from nurie.bench.resources import device_memory, energy, energy_between, peak_memory

__all__ = ["measure"]


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """As :func:`nurie.bench.coloring.measure`; the peer has one network, and so no stage but its steps."""
    ready()
    device = torch.device(task["device"])
    held = device_memory(task["device"])
    started = time.perf_counter()
    torch.manual_seed(0)
    network = PeerUNet().eval().to(device)
    loaded = time.perf_counter() - started
    conditions = torch.rand(1, CONDITIONS, task["size"], task["size"], device=device) * 2 - 1
    sample(network, conditions, 1)  # the first call also chooses kernels
    runs = {}
    for steps in task["steps"]:
        before = energy(str(device))
        started = time.perf_counter()
        sample(network, conditions, steps).cpu()
        seconds = time.perf_counter() - started
        spent = energy_between(before, energy(str(device)))
        runs[str(steps)] = {"total": seconds, "step": seconds / steps, "joules": spent}
    now = device_memory(task["device"])
    return {
        "engine": "torch",
        "device": str(device),
        "size": task["size"],
        "load": loaded,
        "runs": runs,
        "peak_bytes": peak_memory(),
        "device_bytes": None if held is None or now is None else now - held,
    }
