"""What the Krita plugin needs of this installation, for ``nurie doctor``: its program found, and one protocol."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from nurie.protocol import PROTOCOL_VERSION

__all__ = ["plugin_findings"]

_PROTOCOL = re.compile(r"^PROTOCOL_VERSION = (\d+)$", re.MULTILINE)


def plugin_findings() -> dict[str, Any]:
    """Each None where there is none.

    krita: its program on the PATH. folder, protocol: of the installed plugin. program: this installation's.
    krita_would_start: the program that the plugin finds by itself. advice: what is to be done.
    """
    folder = _plugin_folder()
    protocol = None if folder is None else _protocol(folder)
    here, found = _own_program(), _found_program()
    advice = None
    if folder is None:
        advice = "Import the plugin's zip: Krita, Tools, Scripts, Import Python Plugin from File."
    elif protocol != PROTOCOL_VERSION:
        advice = "Plugin and backend are of different versions: install the same version of both."
    elif found is None or not _same(found, here):
        advice = f"Name {here} as the program in the plugin's settings, or in NURIE_COMMAND."
    return {
        "krita": shutil.which("krita"),
        "folder": None if folder is None else str(folder),
        "protocol": protocol,
        "program": str(here),
        "krita_would_start": found,
        "advice": advice,
    }


def _own_program() -> Path:
    """The ``nurie`` beside the interpreter that runs us, or the interpreter."""
    name = "nurie.exe" if sys.platform == "win32" else "nurie"
    program = Path(sys.executable).parent / name
    return program if program.is_file() else Path(sys.executable)


def _found_program() -> str | None:
    """As the plugin looks for it where its settings name nothing (plugin/nurie_krita/child.py)."""
    named = os.environ.get("NURIE_COMMAND")
    if named:
        return shlex.split(named, posix=os.name == "posix")[0]
    data = Path(os.environ.get("NURIE_PLUGIN_DATA") or _shared_data() / "krita/nurie")
    installed = data / "server" / ("Scripts/nurie.exe" if sys.platform == "win32" else "bin/nurie")
    return str(installed) if installed.is_file() else shutil.which("nurie")


def _same(program: str, here: Path) -> bool:
    """Not followed through links: the interpreters of all virtual environments lead to one."""
    return Path(shutil.which(program) or program).parent.resolve() == here.parent.resolve()


def _plugin_folder() -> Path | None:
    """Where Krita keeps Python plugins: its own folder, a Flatpak's, a Snap's."""
    home = Path.home()
    places = {
        "win32": [Path(os.environ.get("APPDATA") or home / "AppData/Roaming")],
        "darwin": [home / "Library/Application Support"],
    }.get(
        sys.platform, [_shared_data(), home / ".var/app/org.kde.krita/data", home / "snap/krita/current/.local/share"]
    )
    folders = [place / "krita/pykrita/nurie_krita" for place in places]
    return next((folder for folder in folders if folder.is_dir()), None)


def _shared_data() -> Path:
    """Qt's GenericDataLocation."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")


def _protocol(folder: Path) -> int | None:
    try:
        found = _PROTOCOL.search((folder / "protocol.py").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return None if found is None else int(found[1])
