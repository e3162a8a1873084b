"""Checks of an output path, made before the model runs for seconds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nurie.imaging import write
from nurie.protocol import UsageError

__all__ = ["check_output"]


def check_output(output: Path, inputs: Iterable[Path]) -> None:
    """UsageError for an ending that cannot be written or an output that is an input; OutputError when unwritable."""
    suffix = output.suffix.lower()
    known = (*write.SUFFIXES, *write.LAYERED)
    if suffix not in known:
        raise UsageError(f"The output {output} has no picture's ending.", f"Use {' or '.join(known)}.")
    for source in inputs:
        if _same_file(output, source):
            raise UsageError(f"The output {output} is one of the inputs.", "Choose another name.")
    if suffix == ".psd":
        from nurie.imaging.photoshop import check_photoshop

        check_photoshop()
    if suffix in write.LAYERED:
        write.check_place(output)
    else:
        write.check_output(output)


def _same_file(output: Path, source: Path) -> bool:
    try:
        return output.samefile(source)
    except OSError:  # one of them does not exist: compare the places they name
        return output.resolve() == source.resolve()
