"""``nurie data``: check and pack training pictures, look at what the networks are shown, and time it.

What a command needs is imported when it runs: checking and packing need no PyTorch.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from nurie.cli.parser import Parser
from nurie.cli.report import print_json
from nurie.protocol import InputError, UsageError

__all__ = ["parser"]


def parser() -> Parser:
    """The commands of ``nurie data``; each sets ``run``, a function of the parsed arguments giving the exit code."""
    words = Parser(prog="nurie data", description="Prepare training data and look at it.")
    commands = words.add_subparsers(dest="what", metavar="WHAT")
    check = commands.add_parser("check", help="say what is wrong with a folder of pictures, or with a pack")
    check.add_argument("data", type=Path, metavar="FOLDER", help="a data folder, any folder of pictures, or a pack")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=_check)
    pack = commands.add_parser("pack", help="pack pictures into shards; to resume, run the same command again")
    pack.add_argument("data", type=Path, metavar="DATA", help="holds train/manifest.jsonl, or pictures by character")
    pack.add_argument("out", type=Path, metavar="OUT", help="folder for the pack, about 0.8 MB a picture")
    pack.add_argument("--side", type=int, default=384, help="pixels a side of a packed picture (default: 384)")
    pack.set_defaults(run=_pack)
    for command in (check, pack):
        command.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    sheet = commands.add_parser(
        "sheet", help="draw pairs: sketch, reference, reference moved by the true matches, truth"
    )
    sheet.add_argument("pack", type=Path, metavar="PACK")
    sheet.add_argument("out", type=Path, metavar="OUT", help="the picture, .png or .webp")
    sheet.add_argument("--styles", action="store_true", help="pictures in every drawing style instead of pairs")
    sheet.add_argument("--first", type=int, default=0, help="number of the first pair (default: 0)")
    sheet.add_argument("--count", type=int, help="pairs, or pictures of each kind (default: 24, or 2)")
    sheet.add_argument("--size", type=int, default=192, help="canvas in pixels, a multiple of 8 (default: 192)")
    sheet.add_argument("--seed", type=int, default=0, help="of the pairs (default: 0)")
    sheet.set_defaults(run=_sheet)
    speed = commands.add_parser("speed", help="time the loader beside the training step that it feeds")
    speed.add_argument("pack", type=Path, metavar="PACK")
    speed.add_argument("--matcher", type=Path, help="checkpoint of a matcher: time the denoiser's samples and step")
    speed.add_argument("--preset", default="compact", help="of the denoiser (default: compact)")
    speed.add_argument("--size", type=int, default=256, help="canvas in pixels, a multiple of 32 (default: 256)")
    speed.add_argument("--batch", type=int, default=8, help="samples a step (default: 8)")
    speed.add_argument("--steps", type=int, default=8, help="steps to time (default: 8)")
    speed.add_argument("--workers", type=int, default=1, help="processes that prepare samples (default: 1)")
    speed.add_argument("--threads", type=int, default=1, help="threads of the step on a CPU (default: 1)")
    speed.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    speed.add_argument("--bf16", action="store_true", help="compute the step in bfloat16")
    speed.add_argument("--json", action="store_true", help="print one JSON object")
    speed.set_defaults(run=_speed)
    return words


def _check(parsed: Namespace) -> int:
    from nurie.training.data_check import check, check_pack
    from nurie.training.shards import INDEX

    looks = check_pack if (parsed.data / INDEX).is_file() else check
    report = looks(parsed.data, parsed.workers)
    if parsed.json:
        print_json(report.as_dict())
    else:
        for problem in report.problems:
            print(problem.message)
        counts = f"{report.pictures} pictures, {report.lines} with line art, in {report.groups} groups"
        print(f"{counts}: {len(report.problems) or 'no'} problem{'s' * (len(report.problems) != 1)}.")
    return InputError.exit_code if report.problems else 0


def _pack(parsed: Namespace) -> int:
    from nurie.training.pack import open_pack, pack

    if parsed.side < 64 or parsed.side % 2:
        raise UsageError(f"A side of {parsed.side} pixels is none to pack.", "Use an even number of 64 or more.")
    pack(parsed.data, parsed.out, parsed.workers, parsed.side)
    print(f"{len(open_pack(parsed.out).items)} pictures lie packed in {parsed.out}.")
    return 0


def _sheet(parsed: Namespace) -> int:
    from nurie.imaging.write import check_output, save_atomic
    from nurie.training.pair_sheet import contact_sheet, style_sheet
    from nurie.training.pairs import CELL, Pairs

    count = (2 if parsed.styles else 24) if parsed.count is None else parsed.count
    if parsed.size < CELL or parsed.size % CELL or count < 1 or parsed.first < 0 or parsed.seed < 0:
        raise UsageError("The sheet needs a size that is a multiple of 8, one pair or more, and no negative number.")
    check_output(parsed.out)
    pairs = Pairs(parsed.pack, parsed.seed)
    if parsed.styles:
        drawn = style_sheet(pairs, count, parsed.size)
    else:
        drawn = contact_sheet(pairs, parsed.first, count, parsed.size)
    print(save_atomic(drawn, parsed.out))
    return 0


def _speed(parsed: Namespace) -> int:
    from nurie.training.data_speed import SpeedConfig, measure, speed_task, text
    from nurie.training.devices import torch_device

    try:
        config = SpeedConfig(parsed.batch, parsed.steps, parsed.workers, parsed.threads, parsed.bf16)
    except ValueError as error:
        raise UsageError(f"The settings do not fit together: {error}.") from error
    if parsed.size < 32 or parsed.size % 32:
        raise UsageError(f"A canvas of {parsed.size} pixels does not suit the networks.", "Use a multiple of 32.")
    device = torch_device(parsed.device)
    task = speed_task(parsed.pack, parsed.matcher, parsed.preset, parsed.size, config, device)
    told = measure(task, config, device)
    if parsed.json:
        print_json(told)
    else:
        print(text(told))
    return 0
