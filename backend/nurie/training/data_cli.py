"""``nurie data``: pack training pictures and look at what the networks are shown.

What a command needs is imported when it runs: packing needs no PyTorch.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from nurie.cli.parser import Parser
from nurie.protocol import UsageError

__all__ = ["parser"]


def parser() -> Parser:
    """The commands of ``nurie data``; each sets ``run``, a function of the parsed arguments giving the exit code."""
    words = Parser(prog="nurie data", description="Prepare training data and look at it.")
    commands = words.add_subparsers(dest="what", metavar="WHAT")
    pack = commands.add_parser("pack", help="pack pictures into flat arrays that training maps into memory")
    pack.add_argument("data", type=Path, metavar="DATA", help="folder that holds train/manifest.jsonl")
    pack.add_argument("out", type=Path, metavar="OUT", help="folder for the pack, about 0.8 MB a picture")
    pack.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    pack.set_defaults(run=_pack)
    sheet = commands.add_parser(
        "sheet", help="draw pairs: sketch, reference, reference moved by the true matches, truth"
    )
    sheet.add_argument("pack", type=Path, metavar="PACK")
    sheet.add_argument("out", type=Path, metavar="OUT", help="the picture, .png or .webp")
    sheet.add_argument("--first", type=int, default=0, help="number of the first pair (default: 0)")
    sheet.add_argument("--count", type=int, default=24, help="pairs (default: 24)")
    sheet.add_argument("--size", type=int, default=192, help="canvas in pixels, a multiple of 8 (default: 192)")
    sheet.add_argument("--seed", type=int, default=0, help="of the pairs (default: 0)")
    sheet.set_defaults(run=_sheet)
    return words


def _pack(parsed: Namespace) -> int:
    from nurie.training.pack import open_pack, pack

    pack(parsed.data, parsed.out, parsed.workers)
    print(f"{len(open_pack(parsed.out).items)} pictures lie packed in {parsed.out}.")
    return 0


def _sheet(parsed: Namespace) -> int:
    from nurie.imaging.write import check_output, save_atomic
    from nurie.training.pair_sheet import contact_sheet
    from nurie.training.pairs import CELL, Pairs

    if parsed.size < CELL or parsed.size % CELL or parsed.count < 1 or parsed.first < 0 or parsed.seed < 0:
        raise UsageError("The sheet needs a size that is a multiple of 8, one pair or more, and no negative number.")
    check_output(parsed.out)
    print(
        save_atomic(contact_sheet(Pairs(parsed.pack, parsed.seed), parsed.first, parsed.count, parsed.size), parsed.out)
    )
    return 0
