"""What a training step costs: Nurie's own beside a plain eager loop over the same networks, each in its own process.

Both train the same networks on the same batch, which is ready in memory: forward, loss, backward, clipping, AdamW,
moving average. *Plain* is what the step would be without the choices that were made for speed: float32, no fused
optimiser, no compiled networks, no grouped averages, pictures and memory as they come. *Nurie* is what `nurie train`
does on this machine when nothing is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from nurie.bench.trainings import VARIANTS
from nurie.model.matcher import Matcher
from nurie.model.presets import preset
from nurie.training.devices import memory_layout, precision_on
from nurie.training.loop import DTYPES
from nurie.training.memory import keep_memory
from nurie.training.pairs import CELL
from nurie.training.state import TrainState
from nurie.training.train_denoiser import Networks, conditioned, pixel_weights, x0_loss
from nurie.training.train_matcher import matching_loss

__all__ = ["measure"]

RATE, CLIP, EMA = 1e-3, 1.0, 0.999


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """Samples/s over ``task["steps"]`` steps of a ``task["variant"]`` of ``VARIANTS``; where time goes, if asked.

    ``task["network"]``: the matcher, or the denoiser with its reference U-Net. ``losses`` are those of every step, by
    which two variants can be seen to do the same; ``flops`` of one step, forward and backward.
    """
    ready()
    device = torch.device(task["device"])
    plain, _, compiled = VARIANTS
    tuned = task["variant"] != plain
    if tuned:
        keep_memory()
    precision = precision_on(device, "auto") if tuned else "fp32"
    torch.manual_seed(0)
    model, loss = _matcher(task, device) if task["network"] == "matcher" else _denoiser(task, device)
    if tuned:
        model.to(memory_format=memory_layout(device, precision, "auto"))  # type: ignore[call-overload]
    if task["variant"] == compiled:
        model.compile()
    step = _nurie(model) if tuned else _plain(model)

    def cast_loss() -> Tensor:
        with torch.autocast(device.type, DTYPES[precision], enabled=precision != "fp32"):
            return loss()

    losses: list[float] = []

    def synchronized() -> float:
        started = time.perf_counter()
        losses.append(step(cast_loss).item())  # which waits for the device
        return time.perf_counter() - started

    if task["variant"] == compiled:  # the counter would see what is compiled as one unknown operator
        first, flops = synchronized(), None
    else:
        with FlopCounterMode(display=False) as counter:
            first = synchronized()
        flops = counter.get_total_flops()
    synchronized()
    taken = [synchronized() for _ in range(task["steps"])]
    result: dict[str, Any] = {
        "first": first,
        "samples_per_second": task["batch"] * len(taken) / sum(taken),
        "losses": losses,
        "flops": flops,
        "precision": precision,
    }
    if task.get("profile"):
        activities = [ProfilerActivity.CPU] if device.type == "cpu" else [ProfilerActivity.CPU, ProfilerActivity.CUDA]
        with profile(activities=activities) as found:
            synchronized()
        result["shares"] = _shares(found, "self_cpu_time_total" if device.type == "cpu" else "self_device_time_total")
    return result


def _denoiser(task: Mapping[str, Any], device: torch.device) -> tuple[nn.Module, Callable[[], Tensor]]:
    chosen = preset(task["model"])
    model = Networks(chosen).to(device).train()
    size, crop, reference = task["batch"], task["crop"], task["reference"]
    shapes = {"color": (3, crop), "sketch": (1, crop), "evidence": (4, crop), "reference": (3, reference)}
    batch = {name: _noise(device, size, *shape) for name, shape in shapes.items()}
    batch["keep_reference"] = torch.ones(size, device=device)
    color = batch["color"]
    x_t, t = torch.randn(color.shape).to(device), torch.full((size,), 999, device=device)

    def loss() -> Tensor:
        estimate = conditioned(model, chosen, batch)(x_t, t)
        return x0_loss(estimate, color, pixel_weights(color, batch["sketch"], 0.25)).mean()

    return model, loss


def _matcher(task: Mapping[str, Any], device: torch.device) -> tuple[nn.Module, Callable[[], Tensor]]:
    model = Matcher().to(device).train()
    size, side = task["batch"], task["side"]
    sketch, reference = _noise(device, size, 1, side), _noise(device, size, 3, side)
    matches = torch.rand(size, side // CELL, side // CELL, 2).to(device)

    def loss() -> Tensor:
        return matching_loss(model(sketch, reference).float(), matches)[0]

    return model, loss


def _noise(device: torch.device, size: int, planes: int, side: int) -> Tensor:
    """What is in a picture does not change what it costs."""
    return torch.rand(size, planes, side, side).to(device)


def _nurie(model: nn.Module) -> Callable[[Callable[[], Tensor]], Tensor]:
    state = TrainState(model, learning_rate=RATE, weight_decay=0.01, ema=EMA)

    def step(loss: Callable[[], Tensor]) -> Tensor:
        state.optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        state.advance(RATE)
        return value.detach()

    return step


def _plain(model: nn.Module) -> Callable[[Callable[[], Tensor]], Tensor]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.99), foreach=False)
    averages = {name: value.clone() for name, value in model.state_dict().items() if value.dtype.is_floating_point}

    def step(loss: Callable[[], Tensor]) -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=False)
        optimizer.step()
        with torch.no_grad():
            now = model.state_dict()
            for name, average in averages.items():
                average.mul_(EMA).add_(now[name], alpha=1 - EMA)
        return value.detach()

    return step


def _shares(found: Any, attribute: str) -> dict[str, float]:
    """The operators that take at least 2 % of the time, largest first."""
    times = {event.key: getattr(event, attribute) for event in found.key_averages() if event.key.startswith("aten::")}
    total = sum(times.values())
    ordered = sorted(times.items(), key=lambda entry: -entry[1])
    return {name: spent / total for name, spent in ordered if spent >= 0.02 * total}
