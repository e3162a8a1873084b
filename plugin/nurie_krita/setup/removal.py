# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing: exactly what was installed, and of the artist's own what is not kept; and what is left then."""

from __future__ import annotations

import contextlib
from pathlib import Path

from .layout import Layout, delete, folder_bytes, move
from .marker import REMOVE, Marker, write_marker
from .state import RemoveChoices

__all__ = ["left", "remove"]

REFERENCES = ("references", "thumbnails", "references.json")
SETTINGS = ("settings.json", "pace.json")


def remove(layout: Layout, data: Path, models: Path, keep: RemoveChoices, *, patient: bool) -> None:
    """Called again after it was broken off, it does the rest. data: the plugin's folder; models: the backend's.

    The environment is moved aside first: from then on nobody finds half of one. NurieError.
    """
    write_marker(layout, Marker(REMOVE, keep))
    delete(layout.gone, patient=patient)
    if layout.current.exists():
        move(layout.current, layout.gone, patient=patient)
    for path in _chosen(data, models, keep):
        delete(path, patient=patient)
    for path in layout.ours:  # the marker is the last of them
        delete(path, patient=patient)


def tidy(layout: Layout, data: Path, models: Path) -> None:
    """Take away the folders that are empty now."""
    for folder in (layout.server, data, models, models.parent):
        with contextlib.suppress(OSError):
            folder.rmdir()


def left(layout: Layout, data: Path, models: Path, keep: RemoveChoices) -> list[tuple[Path, int]]:
    """What would still be there: path and bytes, largest first."""
    gone = {*layout.ours, layout.lock, *_chosen(data, models, keep)}
    places = [*_entries(data), *_entries(layout.server), models]
    found = [path for path in places if path not in gone and path != layout.server and path.exists()]
    return sorted(((path, folder_bytes(path)) for path in found), key=lambda entry: (-entry[1], str(entry[0])))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _chosen(data: Path, models: Path, keep: RemoveChoices) -> list[Path]:
    """What goes besides what was installed; the locks beside files go with them."""
    names = (() if keep.references else REFERENCES) + (() if keep.settings else SETTINGS)
    locks = [f".{name}.lock" for name in names if name.endswith(".json")]
    return [data / name for name in (*names, *locks)] + ([] if keep.models else [models])
