"""What a GPU gets out of the networks by themselves: a step of ``paper`` in bfloat16, ``compact``'s steps, a batch.

Random weights, straight through PyTorch: eager, and replayed as a CUDA graph, which takes the launches off the CPU. The
better of the two counts. On other devices eager alone is measured, so that all of this runs anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from nurie.model.denoising_unet import DenoisingUNet
from nurie.model.presets import Preset, preset

__all__ = ["measure"]

STEPS = 4
"""Of ``compact``, as it is shipped."""
_CALLS, _WARM = 20, 3


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """Of ``task["paper"]`` and ``task["compact"]`` (names of presets) on ``task["device"]`` at ``task["size"]`` pixels.

    ``paper_step`` and ``paper_flops``: seconds and FLOP of one step; ``compact_steps``: seconds of four; ``scaling``:
    time of a batch of ``task["batch"]`` over that of as many single steps, at 1 a batch gains nothing.
    """
    ready()
    device, size = torch.device(task["device"]), int(task["size"])
    large, small = preset(task["paper"]), preset(task["compact"])
    step, flops = _step(large, size, 1, device)
    batched, _ = _step(large, size, int(task["batch"]), device)
    few, _ = _step(small, size, 1, device)
    return {
        "size": size,
        "batch": task["batch"],
        "paper_step": step,
        "paper_flops": flops,
        "compact_steps": STEPS * few,
        "scaling": batched / (int(task["batch"]) * step),
    }


@torch.inference_mode()
def _step(chosen: Preset, size: int, batch: int, device: torch.device) -> tuple[float, int]:
    """Seconds and FLOP of one call of the denoiser in bfloat16, channels last."""
    config = chosen.denoiser
    torch.manual_seed(0)
    network = DenoisingUNet(config).eval().to(device, torch.bfloat16, memory_format=torch.channels_last)  # type: ignore[call-overload]
    tokens = (size // chosen.reference.stride) ** 2

    def picture(channels: int) -> Tensor:
        noise = torch.randn(batch, channels, size, size, device=device, dtype=torch.bfloat16)
        return noise.contiguous(memory_format=torch.channels_last)

    x_t, sketch, evidence = map(picture, (config.image_channels, config.sketch_channels, config.evidence_channels))
    known = torch.randn(batch, tokens, config.token_dim, device=device, dtype=torch.bfloat16)
    t = torch.full((batch,), 999.0, device=device)

    def call() -> Tensor:
        output: Tensor = network(x_t, t, sketch, evidence, known)
        return output

    with FlopCounterMode(display=False) as counter:
        call()
    seconds = _seconds(call, device)
    if device.type == "cuda":
        seconds = min(seconds, _seconds(_graph(call), device))
    return seconds, counter.get_total_flops()


def _graph(call: Callable[[], Any]) -> Callable[[], Any]:
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def _seconds(call: Callable[[], Any], device: torch.device) -> float:
    """Of one call, the median of several, each to the end of the work on the device."""

    def once() -> float:
        started = time.perf_counter()
        call()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - started

    for _ in range(_WARM):
        once()
    return sorted(once() for _ in range(_CALLS))[_CALLS // 2]
