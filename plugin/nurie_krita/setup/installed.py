# SPDX-License-Identifier: GPL-3.0-or-later
"""What an environment holds, written into it once it was tried, and compared with what is there later."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nurie_krita.files import write_whole
from nurie_krita.i18n import tr
from nurie_krita.protocol import NurieError

__all__ = ["FILE", "Installed", "damage", "describe", "is_whole", "read_installed", "wrong_files"]

FILE = "installed.json"


@dataclass(frozen=True)
class Installed:
    """version: of Nurie; protocol: that its backend speaks; python: version; extras: names of the optional parts;
    packages: versions by name; files: bytes by path within the environment, with slashes, compiled code left out;
    wheels: see ``reuse.origins``."""

    version: str
    protocol: int
    python: str
    extras: tuple[str, ...]
    packages: Mapping[str, str]
    files: Mapping[str, int]
    wheels: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def write(self, environment: Path) -> None:
        """As the last thing that is done to an environment. OutputError."""
        write_whole(environment / FILE, json.dumps(asdict(self)).encode())


def is_whole(environment: Path) -> bool:
    """Whether an environment was finished."""
    return (environment / FILE).is_file()


def read_installed(environment: Path) -> Installed | None:
    """None without one. NurieError ``damaged`` for an environment that does not know what it holds."""
    try:
        data = json.loads((environment / FILE).read_text(encoding="utf-8"))
        return Installed(
            str(data["version"]),
            int(data["protocol"]),
            str(data["python"]),
            tuple(map(str, data["extras"])),
            {str(name): str(version) for name, version in data["packages"].items()},
            {str(name): int(size) for name, size in data["files"].items()},
            {str(wheel): (str(path), str(sha256)) for wheel, (path, sha256) in data.get("wheels", {}).items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if not environment.exists():
            return None
        raise _damaged(tr("it does not say what it holds")) from error


def describe(environment: Path) -> dict[str, int]:
    """Bytes of each file, by path; links by what they lead to are left out."""
    return dict(sorted(_files(environment)))


def damage(environment: Path, installed: Installed) -> NurieError | None:
    """What is missing or of another size, in a sentence; None for a sound environment."""
    programs = [environment / "bin" / "python", environment / "Scripts" / "python.exe"]
    if not any(program.exists() for program in programs):  # its Python was updated away, say
        return _damaged(tr("its Python is gone"))
    wrong = wrong_files(environment, installed)
    if not wrong:
        return None
    if len(wrong) == 1:
        return _damaged(tr("{name} is missing or altered", name=wrong[0]))
    return _damaged(tr("{count} files are missing or altered, {name} among them", count=len(wrong), name=wrong[0]))


def wrong_files(environment: Path, installed: Installed) -> list[str]:
    """Paths of what is missing or of another size."""
    there = dict(_files(environment))
    return [name for name, size in installed.files.items() if there.get(name) != size]


def _files(environment: Path) -> list[tuple[str, int]]:
    found = []
    for folder, folders, names in os.walk(environment):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink() and path != environment / FILE:
                found.append((path.relative_to(environment).as_posix(), path.stat().st_size))
    return found


def _damaged(reason: str) -> NurieError:
    return NurieError(
        tr("The installed backend is damaged: {reason}.", reason=reason), tr("Repair it."), code="damaged"
    )
