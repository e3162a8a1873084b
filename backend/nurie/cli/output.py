"""Checks of an output path, made before the model runs for seconds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nurie.imaging import write
from nurie.protocol import UsageError

__all__ = ["check_depth", "check_output"]


def check_output(output: Path, inputs: Iterable[Path], depth: int | None = None) -> None:
    """UsageError for an ending that cannot be written, or not in ``depth`` bits, or an output that is an input;
    OutputError when unwritable."""
    suffix = output.suffix.lower()
    known = (*write.SUFFIXES, *write.LAYERED)
    if suffix not in known:
        raise UsageError(f"The output {output} has no picture's ending.", f"Use {' or '.join(known)}.")
    for source in inputs:
        if _same_file(output, source):
            raise UsageError(f"The output {output} is one of the inputs.", "Choose another name.")
    check_depth(suffix, depth or 8)
    if suffix in write.LAYERED:
        write.check_place(output)
    else:
        write.check_output(output)


def check_depth(suffix: str, depth: int) -> None:
    """UsageError where files of this ending cannot be written in ``depth`` bits a channel."""
    if suffix == ".webp" and depth == 16:
        raise UsageError("WebP holds 8 bits a channel.", "Write .png, or leave --depth 16 out.")
    if suffix == ".psd":
        from nurie.imaging.photoshop import check_photoshop

        check_photoshop(depth=depth)


def _same_file(output: Path, source: Path) -> bool:
    try:
        return output.samefile(source)
    except OSError:  # one of them does not exist: compare the places they name
        return output.resolve() == source.resolve()
