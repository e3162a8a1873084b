# SPDX-License-Identifier: GPL-3.0-or-later
"""What is being done, kept on the disk while it is done; and how things stand again after it was broken off.

Killed in any instant, an installation leaves an environment that works, the former or the new one: a new one is made
and tried beside it, and takes its place by two renames, between which ``recover`` knows what to do.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nurie_krita.files import write_whole
from nurie_krita.protocol import NurieError

from .installed import is_whole
from .layout import Layout, delete, move
from .state import RemoveChoices

__all__ = ["FINISH", "INSTALL", "REMOVE", "Marker", "exchange", "read_marker", "recover", "write_marker"]

INSTALL = "install"
FINISH = "finish"
REMOVE = "remove"


@dataclass(frozen=True)
class Marker:
    """doing: ``INSTALL``, ``FINISH`` once what was downloaded is not needed any more, or ``REMOVE``; keep: of what is
    removed."""

    doing: str
    keep: RemoveChoices = field(default_factory=RemoveChoices)


def write_marker(layout: Layout, marker: Marker) -> None:
    """Before anything else is done. OutputError."""
    write_whole(layout.marker, json.dumps(asdict(marker)).encode())


def read_marker(layout: Layout) -> Marker | None:
    """None where nothing was being done, or nobody can say what."""
    try:
        data = json.loads(layout.marker.read_text(encoding="utf-8"))
        keep = RemoveChoices(**{name: value is not False for name, value in data["keep"].items()})
        return Marker(data["doing"], keep) if data["doing"] in (INSTALL, FINISH, REMOVE) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def exchange(layout: Layout, *, patient: bool) -> None:
    """The next environment takes the place of the present one, or everything stays as it was. NurieError."""
    delete(layout.former, patient=patient)
    if layout.current.exists():
        move(layout.current, layout.former, patient=patient)
    try:
        move(layout.next, layout.current, patient=patient)
    except NurieError:
        if layout.former.exists():
            move(layout.former, layout.current, patient=patient)
        raise


def recover(layout: Layout) -> None:
    """After an installation was broken off: one whole environment stays, downloads stay, the rest goes.

    Harmless where nothing was broken off. NurieError where files cannot be deleted.
    """
    marker = read_marker(layout)
    if not layout.current.exists():
        if is_whole(layout.next):  # it was tried already
            move(layout.next, layout.current, patient=False)
        elif layout.former.exists():
            move(layout.former, layout.current, patient=False)
    finished = (layout.wheels,) if marker is not None and marker.doing == FINISH else ()
    for path in (layout.next, layout.former, layout.gone, layout.cache, *layout.drafts, *finished, *_unused(layout)):
        delete(path)
    with contextlib.suppress(OSError):
        layout.pythons.rmdir()
    delete(layout.marker)


def _unused(layout: Layout) -> list[Path]:
    """Interpreters that were brought along and that the present environment was not made from."""
    try:
        lines = (layout.current / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    pairs = [line.partition("=") for line in lines]
    homes = [Path(value.strip()) for name, _, value in pairs if name.strip() == "home"]
    used = {folder for home in homes for path in (home, home.resolve()) for folder in (path, *path.parents)}
    there = layout.pythons.iterdir() if layout.pythons.is_dir() else ()
    return [folder for folder in there if folder not in used and folder.resolve() not in used]
