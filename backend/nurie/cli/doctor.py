"""``nurie doctor``: what this machine really does with Nurie, for bug reports and for the curious."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nurie.cli.parser import Commands

__all__ = ["add_command"]


def add_command(commands: Commands) -> None:
    parser = commands.add_parser("doctor", help="check engine, device, memory and model, and time one step")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    raise NotImplementedError
