"""Entry point of ``nurie``: reads the command, runs it, and turns whatever happens into the contract's answers."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from nurie import __version__
from nurie.cli import batch, bench, colorize, delegate, doctor, models, recolor, serve
from nurie.cli.interrupt import stop_on_signals
from nurie.cli.parser import Parser
from nurie.cli.report import report_failure
from nurie.protocol import Cancelled, MemoryLimitError, NurieError, UsageError

__all__ = ["build_parser", "main"]

_CV_NO_MEMORY = -4
"""What OpenCV's error carries as ``code`` when memory runs out; it knows no MemoryError."""


def build_parser() -> Parser:
    """The whole command line; each command sets ``run``, a function of the parsed arguments giving the exit code."""
    parser = Parser(prog="nurie", description="Colour line art from a reference image.")
    parser.add_argument("--version", action="version", version=f"nurie {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    colorize.add_command(commands)
    batch.add_command(commands)
    recolor.add_command(commands)
    serve.add_command(commands)
    models.add_command(commands)
    doctor.add_command(commands)
    bench.add_command(commands)
    delegate.add_commands(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises but SystemExit from ``--help`` and ``--version``."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        with stop_on_signals():
            return _run(arguments)
    except NurieError as error:
        return report_failure(error, as_json=as_json)
    except KeyboardInterrupt:
        return report_failure(Cancelled("Cancelled; nothing was written."), as_json=as_json)
    except BrokenPipeError:
        # The reader of our output went away (``nurie models list | head``); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the outermost frame: an artist gets a sentence, never a traceback
        return report_failure(_unexpected(error), as_json=as_json)


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in delegate.COMMANDS:
        return delegate.run(arguments)
    parser = build_parser()
    parsed = parser.parse_args(arguments)
    if parsed.command is None:
        raise UsageError("No command was given.", "'nurie --help' lists them.")
    code: int = parsed.run(parsed)
    return code


def _unexpected(error: Exception) -> NurieError:
    if isinstance(error, MemoryError) or getattr(error, "code", None) == _CV_NO_MEMORY:
        return MemoryLimitError("There is not enough memory for this.", "Close other programs, or scale the pictures.")
    if os.environ.get("NURIE_DEBUG"):
        traceback.print_exception(error)
    text = " ".join(str(error).split()) or "no further word"
    return NurieError(
        f"Something unexpected went wrong ({type(error).__name__}: {text}).",
        "Please report it, with the output of the same command run with NURIE_DEBUG=1 set.",
        code="internal",
    )
