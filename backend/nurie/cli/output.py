"""Checks of an output path, made before the model runs for seconds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nurie.imaging import write
from nurie.protocol import UsageError

__all__ = ["check_output"]


def check_output(output: Path, inputs: Iterable[Path]) -> None:
    """UsageError for a suffix that cannot be written or for an output that is an input; OutputError when unwritable."""
    suffix = output.suffix.lower()
    if suffix == ".ora":
        raise UsageError("Writing .ora is not part of this version of Nurie yet.", "Use .png.", code="not_available")
    if suffix not in write.SUFFIXES:
        raise UsageError(f"The output {output} has no picture's ending.", f"Use {' or '.join(write.SUFFIXES)}.")
    for source in inputs:
        if _same_file(output, source):
            raise UsageError(f"The output {output} is one of the inputs.", "Choose another name.")
    write.check_output(output)


def _same_file(output: Path, source: Path) -> bool:
    try:
        return output.samefile(source)
    except OSError:  # one of them does not exist: compare the places they name
        return output.resolve() == source.resolve()
