"""``nurie train``: networks, averages put together afterwards, and the ablation table.

The same command under torchrun (``torchrun … -m nurie train …``) trains on several devices or machines.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nurie.cli.parser import Parser
from nurie.model.presets import PRESETS, Preset, preset
from nurie.protocol import UsageError
from nurie.training.devices import torch_device
from nurie.training.memory import keep_memory

if TYPE_CHECKING:
    import torch

    from nurie.training.conditions import ConditionConfig
    from nurie.training.loop import LoopConfig, Task

__all__ = ["parser"]


def parser() -> Parser:
    """The commands of ``nurie train``; each sets ``run``, a function of the parsed arguments giving the exit code."""
    from nurie.training.flags import add_flags
    from nurie.training.loop import LoopConfig
    from nurie.training.train_denoiser import ObjectiveConfig

    words = Parser(prog="nurie train", description="Train a network. To resume, run the same command again.")
    commands = words.add_subparsers(dest="what", metavar="WHAT")
    for name in ("matcher", *PRESETS):
        what = "the correspondence network" if name == "matcher" else f"both networks of the preset {name}"
        command = commands.add_parser(name, help=what)
        _add_common(command, "run folder: checkpoint, config, figures, samples")
        command.add_argument("--init", type=Path, help="begin with the weights of this checkpoint or model")
        command.add_argument(
            "--dry-run", action="store_true", help="show configuration, sizes and one batch; no training"
        )
        if name == "matcher":
            command.add_argument(
                "--size", type=int, default=192, help="canvas in pixels, a multiple of 16 (default: 192)"
            )
        else:
            _add_conditions(command)
            add_flags(command, ObjectiveConfig, "objective")
        add_flags(command, LoopConfig)
        command.set_defaults(run=_train)
    _add_average(commands.add_parser("average", help="averaged weights of another length, after a run"))
    ablation = commands.add_parser("ablation", help="what each part of the recipe is worth, as a table")
    _add_common(ablation, "folder for a run folder of every row, and the table")
    ablation.add_argument("--val", type=Path, required=True, help="folder of triples to measure on (manifest.csv)")
    ablation.add_argument("--limit", type=int, help="only so many triples, taken evenly over the folder")
    ablation.add_argument("--preset", choices=tuple(PRESETS), default="compact", help="default: compact")
    _add_conditions(ablation)
    add_flags(ablation, LoopConfig)
    ablation.set_defaults(run=_ablation)
    return words


def _add_common(command: ArgumentParser, out: str) -> None:
    command.add_argument("--pack", type=Path, required=True, help="what 'nurie data pack' made")
    command.add_argument("--out", type=Path, required=True, help=out)
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")


def _add_conditions(command: ArgumentParser) -> None:
    from nurie.training.conditions import ConditionConfig
    from nurie.training.flags import add_flags

    command.add_argument("--matcher", type=Path, required=True, help="checkpoint of a trained matcher")
    add_flags(command, ConditionConfig, "condition")


def _add_average(command: ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="RUN", help="run folder of a training with --snapshot-every")
    command.add_argument("--width", type=float, required=True, help="sigma_rel, its width as a share of the run")
    command.add_argument("--out", type=Path, required=True, help="file to write, which reads as a checkpoint")
    command.set_defaults(run=_average)


def _average(parsed: Namespace) -> int:
    from nurie.training.posthoc import average

    average(parsed.folder, parsed.width, parsed.out)
    print(parsed.out)
    return 0


def _train(parsed: Namespace) -> int:
    from nurie.training.flags import read_flags
    from nurie.training.loop import LoopConfig, run
    from nurie.training.ranks import first_rank, leave

    keep_memory()
    loop = read_flags(parsed, LoopConfig)
    device = torch_device(parsed.device)
    task = _task(parsed, loop, device)
    sources = {name: str(getattr(parsed, name)) for name in ("pack", "matcher", "init") if getattr(parsed, name, None)}
    sources["device"] = str(device)
    if first_rank():
        print(json.dumps(task.settings | {"loop": asdict(loop), "sources": sources}, indent=1))
    if parsed.dry_run:
        print(json.dumps(_sizes(task, loop), indent=1))
        return 0
    run(task, loop, parsed.out, device, init=parsed.init, sources=sources)
    leave()
    return 0


def _ablation(parsed: Namespace) -> int:
    from nurie.training.ablation import ablate, table
    from nurie.training.flags import read_flags
    from nurie.training.journal import keeping
    from nurie.training.loop import LoopConfig
    from nurie.training.ranks import first_rank, leave
    from nurie.training.triples import check_triples, read_triples

    keep_memory()
    loop, chosen = read_flags(parsed, LoopConfig), preset(parsed.preset)
    conditions, device = _conditions(parsed, chosen), torch_device(parsed.device)
    triples = read_triples(parsed.val, parsed.limit)
    check_triples(triples)  # before hours of training, not after
    rows = ablate(chosen, parsed.pack, parsed.matcher, triples, parsed.out, loop, conditions, device)
    if first_rank():
        text = table(rows)
        with keeping(parsed.out):
            (parsed.out / "ablation.md").write_text(text + "\n")
        print(f"{len(triples)} triples, {loop.steps} steps of {loop.batch} samples, seed {loop.seed}\n\n{text}")
    leave()
    return 0


def _task(parsed: Namespace, loop: LoopConfig, device: torch.device) -> Task:
    if parsed.what == "matcher":
        from nurie.training import train_matcher

        if parsed.size < 16 or parsed.size % 16:
            raise UsageError(f"A canvas of {parsed.size} pixels does not suit the matcher.", "Use a multiple of 16.")
        return train_matcher.matcher_task(parsed.pack, parsed.size, loop)
    from nurie.training.flags import read_flags
    from nurie.training.train_denoiser import ObjectiveConfig, denoiser_task

    chosen = preset(parsed.what)
    conditions, objective = _conditions(parsed, chosen), read_flags(parsed, ObjectiveConfig, "objective")
    return denoiser_task(chosen, parsed.pack, parsed.matcher, loop, conditions, device, objective)


def _conditions(parsed: Namespace, chosen: Preset) -> ConditionConfig:
    from nurie.training.conditions import ConditionConfig
    from nurie.training.flags import read_flags

    conditions = read_flags(parsed, ConditionConfig, "condition")
    for side, stride in (
        (conditions.crop, chosen.denoiser.stride),
        (conditions.reference, 32),
        (conditions.matcher, 16),
    ):
        if side % stride:
            raise UsageError(f"A side of {side} pixels does not suit the network.", f"Use a multiple of {stride}.")
    return conditions


def _sizes(task: Task, loop: LoopConfig) -> dict[str, Any]:
    """Parameters by network and the shapes of the first batch, made as training makes it."""
    import torch

    from nurie.training.loader import batches

    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in task.model.named_children()}
    counts["total"] = sum(p.numel() for p in task.model.parameters())
    batch = next(batches(task.dataset, [range(loop.batch)], workers=0, device=torch.device("cpu")))
    shapes = {name: f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}" for name, value in batch.items()}
    return {"parameters": counts, "batch": shapes}
