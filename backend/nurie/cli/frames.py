"""Which drawings a batch has, in which order, and where each one's picture goes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from nurie.protocol import InputError, OutputError, UsageError

__all__ = ["find_frames", "make_folder"]

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".psd", ".tga", ".avif"})


def find_frames(given: Iterable[Path], folder: Path, references: Iterable[Path]) -> dict[Path, Path]:
    """Each drawing and its output; a folder's pictures in their natural order (2 before 10), its references left out.

    InputError for what does not exist and where there is no drawing; UsageError for two of one name and for an output
    that would replace an input.
    """
    references = {reference.resolve() for reference in references}
    found: dict[Path, Path] = {}
    taken: dict[Path, Path] = {}
    for frame in _expanded(given, references):
        if frame in found:
            continue
        output = folder / f"{frame.stem}.png"
        if output in taken:
            text = f"{taken[output]} and {frame} would both become {output}."
            raise UsageError(text, "Rename one, or colour them into different folders.")
        if output.resolve() in {frame.resolve(), *references}:
            raise UsageError(f"The output {output} is one of the inputs.", "Choose another folder.")
        found[frame], taken[output] = output, frame
    if not found:
        raise InputError("There is no drawing to colour.", "Name drawings, or a folder that holds some.")
    return found


def make_folder(folder: Path) -> None:
    """Make the output folder, if it is not there. OutputError when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"The output folder {folder} could not be made: {error.strerror}."
        raise OutputError(text, "Choose another place.") from error


def _expanded(given: Iterable[Path], references: set[Path]) -> Iterable[Path]:
    for path in given:
        if path.is_dir():
            pictures = [entry for entry in path.iterdir() if entry.is_file() and entry.suffix.lower() in _SUFFIXES]
            yield from sorted((entry for entry in pictures if entry.resolve() not in references), key=_natural)
        elif path.is_file():
            yield path
        else:
            raise InputError(f"The drawing {path} does not exist.", "Check the path.")


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    """Digits by their value."""
    parts = re.split(r"(\d+)", path.name)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
