"""``nurie data``, ``nurie train`` and, handed on, ``nurie evaluate``.

What a command needs is imported when it runs: packing needs no PyTorch, and evaluating no training code.
"""

from __future__ import annotations

from collections.abc import Sequence

from nurie.protocol import UsageError
from nurie.training import data_cli, train_cli

__all__ = ["main"]


def main(argv: Sequence[str]) -> int:
    """Runs ``data …``, ``train …`` or ``evaluate …``; the exit code. Raises NurieError, as the command line expects."""
    name, rest = argv[0], list(argv[1:])
    if name == "evaluate" and "--correspondence" in rest:
        from nurie.training import correspondence_cli

        return correspondence_cli.main(rest)
    if name == "evaluate":
        from nurie.training import evaluation

        return int(evaluation.main(rest) or 0)
    parser = data_cli.parser() if name == "data" else train_cli.parser()
    parsed = parser.parse_args(rest)
    if parsed.what is None:
        raise UsageError(f"'nurie {name}' needs one more word.", f"'nurie {name} --help' lists them.")
    code: int = parsed.run(parsed)
    return code
