"""``nurie data``, ``nurie train`` and, handed on, ``nurie evaluate``.

What a command needs is imported when it runs: packing needs no PyTorch, and evaluating no training code.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nurie.cli.parser import Parser
from nurie.device import parse_device
from nurie.model.presets import PRESETS, preset
from nurie.protocol import DeviceError, UsageError
from nurie.training import data_cli

if TYPE_CHECKING:
    import torch

    from nurie.training.loop import LoopConfig, Task

__all__ = ["main"]


def main(argv: Sequence[str]) -> int:
    """Runs ``data …``, ``train …`` or ``evaluate …``; the exit code. Raises NurieError, as the command line expects."""
    name, rest = argv[0], list(argv[1:])
    if name == "evaluate":
        from nurie.training import evaluation

        return int(evaluation.main(rest) or 0)
    parser = data_cli.parser() if name == "data" else _train_parser()
    parsed = parser.parse_args(rest)
    if parsed.what is None:
        raise UsageError(f"'nurie {name}' needs one more word.", f"'nurie {name} --help' lists them.")
    code: int = parsed.run(parsed)
    return code


def _train_parser() -> Parser:
    from nurie.training.conditions import ConditionConfig
    from nurie.training.flags import add_flags
    from nurie.training.loop import LoopConfig
    from nurie.training.train_denoiser import ObjectiveConfig

    parser = Parser(prog="nurie train", description="Train a network. To resume, run the same command again.")
    commands = parser.add_subparsers(dest="what", metavar="WHAT")
    for name in ("matcher", *PRESETS):
        what = "the correspondence network" if name == "matcher" else f"both networks of the preset {name}"
        command = commands.add_parser(name, help=what)
        command.add_argument("--pack", type=Path, required=True, help="what 'nurie data pack' made")
        command.add_argument("--out", type=Path, required=True, help="run folder: checkpoint, config, figures")
        command.add_argument("--init", type=Path, help="begin with the weights of this checkpoint or model")
        command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
        command.add_argument(
            "--dry-run", action="store_true", help="show configuration, sizes and one batch; no training"
        )
        if name == "matcher":
            command.add_argument(
                "--size", type=int, default=192, help="canvas in pixels, a multiple of 16 (default: 192)"
            )
        else:
            command.add_argument("--matcher", type=Path, required=True, help="checkpoint of a trained matcher")
            add_flags(command, ConditionConfig, "condition")
            add_flags(command, ObjectiveConfig, "objective")
        add_flags(command, LoopConfig)
        command.set_defaults(run=_train)
    return parser


def _train(parsed: Namespace) -> int:
    from nurie.training.flags import read_flags
    from nurie.training.loop import LoopConfig, run

    loop = read_flags(parsed, LoopConfig)
    device = _torch_device(parsed.device)
    task = _task(parsed, loop, device)
    sources = {name: str(getattr(parsed, name)) for name in ("pack", "matcher", "init") if getattr(parsed, name, None)}
    sources["device"] = str(device)
    print(json.dumps(task.settings | {"loop": vars(loop), "sources": sources}, indent=1))
    if parsed.dry_run:
        print(json.dumps(_sizes(task, loop), indent=1))
        return 0
    run(task, loop, parsed.out, device, init=parsed.init, sources=sources)
    return 0


def _task(parsed: Namespace, loop: LoopConfig, device: torch.device) -> Task:
    if parsed.what == "matcher":
        from nurie.training.train_matcher import matcher_task

        if parsed.size < 16 or parsed.size % 16:
            raise UsageError(f"A canvas of {parsed.size} pixels does not suit the matcher.", "Use a multiple of 16.")
        return matcher_task(parsed.pack, parsed.size, loop)
    from nurie.training.conditions import ConditionConfig
    from nurie.training.flags import read_flags
    from nurie.training.train_denoiser import ObjectiveConfig, denoiser_task

    conditions = read_flags(parsed, ConditionConfig, "condition")
    objective = read_flags(parsed, ObjectiveConfig, "objective")
    chosen = preset(parsed.what)
    for side, stride in (
        (conditions.crop, chosen.denoiser.stride),
        (conditions.reference, 32),
        (conditions.matcher, 16),
    ):
        if side % stride:
            raise UsageError(f"A side of {side} pixels does not suit the network.", f"Use a multiple of {stride}.")
    return denoiser_task(chosen, parsed.pack, parsed.matcher, loop, conditions, device, objective)


def _torch_device(text: str) -> torch.device:
    """The device asked for, once it is plain that it is there; DeviceError otherwise."""
    import torch

    wanted = parse_device(text)
    if wanted is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and wanted.index < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there[wanted.kind]:
        raise DeviceError(f"The device {wanted} is not there, or this PyTorch cannot use it.", "Use --device cpu.")
    return torch.device(str(wanted))


def _sizes(task: Task, loop: LoopConfig) -> dict[str, Any]:
    """Parameters by network and the shapes of the first batch, made as training makes it."""
    import torch

    from nurie.training.loader import batches

    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in task.model.named_children()}
    counts["total"] = sum(p.numel() for p in task.model.parameters())
    batch = next(batches(task.dataset, range(loop.batch), loop.batch, workers=0, device=torch.device("cpu")))
    shapes = {name: f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}" for name, value in batch.items()}
    return {"parameters": counts, "batch": shapes}
