"""What a training step costs: Nurie's own beside a plain eager loop over the same networks, each in its own process.

Both train the denoiser and the reference U-Net of one preset in float32 on the same batch, which is ready in memory:
forward, loss, backward, clipping, AdamW, moving average. *Plain* is what the step would be without the choices that
were made for speed: no fused optimiser, no compiled networks, no grouped averages, pictures as they come.
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
from nurie.model.presets import preset
from nurie.training.state import TrainState
from nurie.training.train_denoiser import Networks, conditioned, pixel_weights, x0_loss

__all__ = ["measure"]

RATE, CLIP, EMA = 1e-3, 1.0, 0.999


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """Samples/s over ``task["steps"]`` steps of a ``task["variant"]`` of ``VARIANTS``; where time goes, if asked.

    ``losses`` are those of every step, by which two variants can be seen to do the same; ``flops`` of one step, forward
    and backward.
    """
    ready()
    device, chosen = torch.device(task["device"]), preset(task["model"])
    torch.manual_seed(0)
    model = Networks(chosen).to(device).train()
    plain, _, compiled = VARIANTS
    if task["variant"] == compiled:
        model.compile()
    batch, x_t, t = _batch(task["batch"], task["crop"], task["reference"], device)
    step = _plain(model) if task["variant"] == plain else _nurie(model)

    def loss() -> Tensor:
        color = batch["color"]
        estimate = conditioned(model, chosen, batch)(x_t, t)
        return x0_loss(estimate, color, pixel_weights(color, batch["sketch"], 0.25)).mean()

    losses: list[float] = []

    def synchronized() -> float:
        started = time.perf_counter()
        losses.append(step(loss).item())  # which waits for the device
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
    }
    if task.get("profile"):
        activities = [ProfilerActivity.CPU] if device.type == "cpu" else [ProfilerActivity.CPU, ProfilerActivity.CUDA]
        with profile(activities=activities) as found:
            synchronized()
        result["shares"] = _shares(found, "self_cpu_time_total" if device.type == "cpu" else "self_device_time_total")
    return result


def _batch(size: int, crop: int, reference: int, device: torch.device) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """A batch of noise: what is in it does not change what it costs."""
    shapes = {"color": (3, crop), "sketch": (1, crop), "evidence": (4, crop), "reference": (3, reference)}
    batch = {name: torch.rand(size, planes, side, side).to(device) for name, (planes, side) in shapes.items()}
    batch["keep_reference"] = torch.ones(size, device=device)
    return batch, torch.randn(batch["color"].shape).to(device), torch.full((size,), 999, device=device)


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
    averages = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def step(loss: Callable[[], Tensor]) -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=False)
        optimizer.step()
        with torch.no_grad():
            for name, value_now in model.state_dict().items():
                averages[name].mul_(EMA).add_(value_now, alpha=1 - EMA)
        return value.detach()

    return step


def _shares(found: Any, attribute: str) -> dict[str, float]:
    """The operators that take at least 2 % of the time, largest first."""
    times = {event.key: getattr(event, attribute) for event in found.key_averages() if event.key.startswith("aten::")}
    total = sum(times.values())
    ordered = sorted(times.items(), key=lambda entry: -entry[1])
    return {name: spent / total for name, spent in ordered if spent >= 0.02 * total}
