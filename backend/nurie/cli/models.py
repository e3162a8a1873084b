"""``nurie models``: what is installed, whether it is intact, and what it is made of."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from nurie.protocol import UsageError

if TYPE_CHECKING:
    from nurie.cli.parser import Commands

__all__ = ["add_command"]


def add_command(commands: Commands) -> None:
    parser = commands.add_parser("models", help="list, verify and describe models")
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the models that are installed")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(run=_parameters)
    verifying = actions.add_parser("verify", help="compare every file with its recorded SHA-256")
    verifying.add_argument("--json", action="store_true", help="print one JSON object")
    verifying.set_defaults(run=_parameters)
    counting = actions.add_parser("parameters", help="parameter counts row by row, the paper's beside ours")
    counting.add_argument("preset", nargs="?", metavar="PRESET", help="paper or compact (default: both)")
    counting.set_defaults(run=_parameters)


def _parameters(arguments: argparse.Namespace) -> int:
    from nurie.model.presets import PRESETS

    names = tuple(PRESETS) if arguments.preset is None else (arguments.preset,)
    if not set(names) <= set(PRESETS):
        raise UsageError(f"There is no preset '{arguments.preset}'.", f"There are: {', '.join(PRESETS)}.")
    try:
        from nurie.model.parameters import table
    except ImportError as error:
        text = f"'nurie models parameters' builds the networks and needs {error.name}, which is not installed."
        raise UsageError(text, "Install it with: pip install 'nurie[train]'", code="missing_extra") from error
    print(table(names))
    return 0
