"""Commands that live in optional parts of Nurie: training and export. They are imported only when they are called."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nurie.protocol import UsageError

if TYPE_CHECKING:
    from nurie.cli.parser import Commands

__all__ = ["COMMANDS", "Delegate", "add_commands", "run"]


@dataclass(frozen=True)
class Delegate:
    """Where a command lives, and the extra that brings the packages it needs.

    ``main(argv)`` of the module gets the command's own name first where ``named`` is true, since one module may
    serve several commands.
    """

    module: str
    extra: str
    help: str
    named: bool = True


COMMANDS = {
    "data": Delegate("nurie.training.cli", "train", "prepare training data"),
    "train": Delegate("nurie.training.cli", "train", "train a model"),
    "evaluate": Delegate("nurie.training.cli", "eval", "measure a model on a folder of triples"),
    "export": Delegate("nurie_export.cli", "export", "write the light runtime's graphs", named=False),
}


def add_commands(commands: Commands) -> None:
    """List the commands in ``nurie --help``; their own parsers answer their own ``--help``."""
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=f"{command.help} (extra: {command.extra})", add_help=False)


def run(arguments: list[str]) -> int:
    """Hand ``arguments`` (the command's name first) to the part that owns the command; its exit code."""
    name = arguments[0]
    command = COMMANDS[name]
    try:
        result = importlib.import_module(command.module).main(arguments if command.named else arguments[1:])
    except ImportError as error:
        raise _missing(name, command, error) from error
    return int(result or 0)


def _missing(name: str, command: Delegate, error: ImportError) -> UsageError:
    package = (error.name or "").partition(".")[0]
    if package in ("nurie", "nurie_export"):
        return UsageError(f"This installation of Nurie does not contain 'nurie {name}'.", code="not_installed")
    return UsageError(
        f"'nurie {name}' needs {package or 'a package'}, which is not installed.",
        f"Install it with: pip install 'nurie[{command.extra}]'",
        code="missing_extra",
    )
