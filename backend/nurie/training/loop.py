"""The training loop that every network here shares: AdamW, warm-up – plateau – decay, averages, exact resume.

Sample n is a pure function of (seed, n), and all that is random in a network of (seed, step, part), so a checkpoint's
step alone restores the run: killed at any moment and started again, it ends in the same bytes (on a CPU; a GPU adds up
in no fixed order, and repeats itself only nearly). Under torchrun, Accelerate joins the ranks: the batch of a step is
the same whatever their number, each works through its slice of it, and a run goes on with more of them or fewer.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import Dataset

from nurie.protocol import Cancelled, NurieError, UsageError
from nurie.training.checkpoints import differences, starting_weights
from nurie.training.devices import memory_layout, precision_on
from nurie.training.journal import Journal, keeping
from nurie.training.loader import Batch, batches, part
from nurie.training.loop_config import LoopConfig, is_due, learning_rate
from nurie.training.ranks import agreed, check_ranks, join, lost_ranks
from nurie.training.state import TrainState
from nurie.training.stopping import stop_requested

__all__ = ["DTYPES", "Batch", "LoopConfig", "Loss", "Task", "learning_rate", "run"]

Loss = Callable[[Batch, int], tuple[Tensor, dict[str, Tensor]]]
"""Of a batch on the device and the step: what to minimise, and figures (scalars, detached) to report."""

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Task:
    """What a run trains. ``settings`` is plain data that describes it: it is saved with the weights.

    ``draw`` shows what a copy of the model, averaged and in evaluation mode, makes of a few fixed samples.
    """

    model: nn.Module
    dataset: Dataset[Batch]
    loss: Loss
    settings: dict[str, Any]
    draw: Callable[[nn.Module], Image.Image] | None = None


class _Objective(nn.Module):
    """A task's loss as a module: what averages gradients over ranks wants to wrap one, and to be called for it."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.model, self.loss = task.model, task.loss

    def forward(self, batch: Batch, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        return self.loss(batch, step)


def run(
    task: Task,
    config: LoopConfig,
    out: Path,
    device: torch.device,
    *,
    init: Path | None = None,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Trains to ``config.steps``; the same call goes on from ``out/checkpoint.safetensors`` where there is one.

    A fresh run begins with the averaged weights of the checkpoint ``init``, if given. ``sources`` (where the data
    came from) are noted beside the run, not in the weights. All ranks must see ``out``; the first alone writes there.
    SIGINT and SIGTERM save and raise Cancelled; a loss that is no number raises NurieError, the last good checkpoint
    kept, and so does the end of another rank.
    """
    torch.set_num_threads(config.threads)
    accelerator = join(device)
    parts = config.accumulate * accelerator.num_processes
    if config.batch < parts:
        raise UsageError(f"A batch of {config.batch} cannot be cut into {parts} parts.", "Use fewer ranks or parts.")
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")  # TF32 for what bf16 leaves in float32
    precision = precision_on(device, config.precision)
    layout = memory_layout(device, precision, config.layout)
    task.model.to(device, memory_format=layout)  # type: ignore[call-overload]
    if config.compile:
        if " " in torch.__file__:  # its compiler's command line has no quotes
            raise UsageError(
                "PyTorch cannot compile where its own path has spaces.", "Install elsewhere, or leave --compile out."
            )
        task.model.compile()
    settings = task.settings | {"loop": asdict(config)}
    checkpoint = out / "checkpoint.safetensors"
    if init is not None and not checkpoint.exists():
        task.model.load_state_dict(starting_weights(init, task.model.state_dict()))
    state = TrainState(
        task.model,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        ema=config.ema,
        profiles=config.snapshot_every > 0,
        scaler=torch.amp.GradScaler(device.type, enabled=precision == "fp16"),
    )
    if checkpoint.exists():
        before = state.load(checkpoint, settings)
        accelerator.print(f"Going on from step {state.step} of {config.steps}.", flush=True)
        for line in differences(before, json.loads(json.dumps(settings))):
            accelerator.print(f"Changed since: {line}", flush=True)
    check_ranks(accelerator, state.step, out)
    if accelerator.is_main_process:
        with keeping(out):
            out.mkdir(parents=True, exist_ok=True)
            (out / "config.json").write_text(json.dumps(settings | {"sources": dict(sources or {})}, indent=1))
    objective = accelerator.prepare(_Objective(task)).train()
    mine = part(range(parts), accelerator.process_index, accelerator.num_processes)
    whole = (range(step * config.batch, (step + 1) * config.batch) for step in range(state.step, config.steps))
    slices = (part(samples, number, parts) for samples in whole for number in mine)
    stream = batches(task.dataset, slices, workers=config.workers, device=device)
    journal = Journal(out, state.step, reduce=accelerator.reduce, writes=accelerator.is_main_process)
    with closing(journal), stop_requested() as stopping, lost_ranks(accelerator):
        while state.step < config.steps:
            rate = learning_rate(config, state.step)
            state.optimizer.zero_grad(set_to_none=True)
            for number in mine:
                batch = next(stream)
                share = len(part(range(config.batch), number, parts)) / config.batch
                # For dropout. After the batch: to start its workers, a loader draws from the same generator.
                torch.manual_seed((config.seed << 40) + state.step * parts + number)
                with accelerator.no_sync(objective) if number != mine[-1] else nullcontext():
                    with torch.autocast(device.type, DTYPES[precision], enabled=precision != "fp32"):
                        value, figures = objective(batch, state.step)
                    # Accelerate takes the mean over ranks, and the shares of all ranks add up to 1.
                    state.scaler.scale(value * (share * accelerator.num_processes)).backward()
                journal.add(figures | {"loss": value.detach()}, share)
            state.scaler.unscale_(state.optimizer)
            norm = nn.utils.clip_grad_norm_(task.model.parameters(), config.clip)
            if precision != "fp16" or norm.isfinite():  # what float16 cannot hold skips a step, no more
                journal.add({"gradient": norm}, 1 / accelerator.num_processes)
            state.advance(rate)
            logged, stopped = state.step % config.log_every == 0, agreed(accelerator, stopping())
            saved = stopped or state.step % config.save_every == 0 or state.step == config.steps
            if (logged or saved) and not journal.finite():
                raise NurieError(
                    f"Training went astray before step {state.step}: the loss is no number any more.",
                    "The last checkpoint is good; go on from it with a smaller learning rate.",
                    code="diverged",
                )
            if logged:
                journal.write(state.step, rate, config.batch)
            if accelerator.is_main_process:
                if task.draw is not None and is_due(state.step, config.batch, config.sample_every):
                    journal.show(task.draw(_averaged(state)), state.step, state.step * config.batch)
                if is_due(state.step, config.batch, config.snapshot_every):
                    state.snapshot(out / "snapshots" / f"{state.step:08d}.safetensors", settings)
                if saved:
                    state.save(checkpoint, settings)
            if stopped:
                raise Cancelled(
                    f"Training stopped at step {state.step} of {config.steps}.", "The same command goes on from there."
                )


def _averaged(state: TrainState) -> nn.Module:
    """A copy of the network with the averaged weights, to look at."""
    model = copy.deepcopy(state.model).eval().requires_grad_(False)
    model.load_state_dict(state.averages["ema"])
    return model
