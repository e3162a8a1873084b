# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between Linux, Windows and macOS: where things lie and how they are called. Nothing is looked at here;
whoever calls says what kind of system it is and what it has, so that every system's rules are tested on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

__all__ = [
    "DROPPED",
    "Interpreter",
    "candidates",
    "libc_of",
    "managed_program",
    "models_folder",
    "platform_key",
    "program",
    "scrubbed",
    "system_of",
    "uv_name",
]

DROPPED = ("PYTHON", "LD_", "DYLD_", "QT_", "QML", "PIP_", "UV_", "CONDA", "VIRTUAL_ENV", "NURIE_", "__PYVENV")
"""Beginnings of variables that would lead an environment's Python, uv or Nurie astray."""

_VERSIONS = ("3.12", "3.13", "3.11", "3.10")
"""Of Python, the likeliest to be served by every wheel first."""
_MACHINES = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}
_MORE_FOLDERS = {
    "linux": ("/usr/local/bin", "/usr/bin"),
    "macos": ("/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"),
}
_DEVELOPER_TOOLS = ("/Library/Developer/CommandLineTools", "/Applications/Xcode.app")


@dataclass(frozen=True)
class Interpreter:
    """A Python that was asked what it is.

    command: that starts it; version: e.g. ``(3, 11, 7)``; system: ``linux``, ``windows`` or ``macos``; machine: as
    ``platform.machine`` says; bits: 32 or 64; libc: glibc's version, (0, 0) for another libc; macos: the system's
    version, (0, 0) elsewhere; free_threaded: built without the interpreter's lock.
    """

    command: tuple[str, ...]
    version: tuple[int, int, int]
    system: str
    machine: str
    bits: int = 64
    libc: tuple[int, int] = (0, 0)
    macos: tuple[int, int] = (0, 0)
    free_threaded: bool = False
    implementation: str = "cpython"


def system_of(platform: str) -> str:
    """From ``sys.platform``; every other Unix is treated as Linux."""
    return {"win32": "windows", "cygwin": "windows", "darwin": "macos"}.get(platform, "linux")


def platform_key(system: str, machine: str) -> str:
    """The lock's name for a platform: ``linux-x86_64``, ``linux-aarch64``, ``windows-amd64``, ``macos-arm64``, …"""
    name = _MACHINES.get(machine.lower(), machine.lower())
    if system == "windows":
        name = {"x86_64": "amd64", "aarch64": "arm64"}.get(name, name)
    elif system == "macos" and name == "aarch64":
        name = "arm64"
    return f"{system}-{name}"


def program(environment: PurePath, system: str, name: str = "python") -> PurePath:
    """A program of a virtual environment."""
    return (
        environment / ("Scripts" if system == "windows" else "bin") / (f"{name}.exe" if system == "windows" else name)
    )


def managed_program(folder: PurePath, system: str) -> PurePath:
    """The interpreter in an unpacked archive of python-build-standalone."""
    return folder / "python.exe" if system == "windows" else folder / "bin" / "python3"


def uv_name(system: str) -> str:
    """File name of uv's program."""
    return "uv.exe" if system == "windows" else "uv"


def models_folder(system: str, environment: Mapping[str, str]) -> PurePath:
    """Where the backend keeps installed models, unless its settings say otherwise (platformdirs' user data)."""
    if system == "windows":
        local = environment.get("LOCALAPPDATA") or PureWindowsPath(environment.get("USERPROFILE", "")) / "AppData/Local"
        return PureWindowsPath(local) / "nurie" / "models"
    home = PurePosixPath(environment.get("HOME", "/"))
    if system == "macos":
        return home / "Library/Application Support/nurie/models"
    return PurePosixPath(environment.get("XDG_DATA_HOME") or home / ".local/share") / "nurie" / "models"


def scrubbed(environment: Mapping[str, str], **ours: str) -> dict[str, str]:
    """An environment for uv and the environments that it makes: nobody's settings but ours."""
    kept = {name: value for name, value in environment.items() if not name.upper().startswith(DROPPED)}
    return {**kept, **ours}


def libc_of(name: str, version: str) -> tuple[int, int]:
    """From ``platform.libc_ver``: (0, 0) for what is not glibc."""
    return two_numbers(version) if name == "glibc" else (0, 0)


def two_numbers(text: str) -> tuple[int, int]:
    """``2.36`` as (2, 36), ``14`` as (14, 0), anything else as (0, 0)."""
    parts = text.split(".")[:2]
    if not all(part.isdigit() for part in parts):
        return 0, 0
    return int(parts[0]), int(parts[1]) if len(parts) > 1 else 0


def candidates(
    system: str, environment: Mapping[str, str], exists: Callable[[str], bool], avoided: tuple[str, ...] = ()
) -> list[tuple[str, ...]]:
    """Commands that may start a Python, the best first; none of them has been run.

    exists: whether a file is there. avoided: folders whose Pythons are somebody's own, as Krita's.
    """
    avoided = (*avoided, *(environment[name] for name in ("APPDIR", "NURIE_PLUGIN_DATA") if environment.get(name)))
    found = _windows(environment, exists) if system == "windows" else _unix(system, environment, exists)
    usable = [command for command in found if not any(_inside(system, command[0], folder) for folder in avoided)]
    return list(dict.fromkeys(usable))


def _unix(system: str, environment: Mapping[str, str], exists: Callable[[str], bool]) -> list[tuple[str, ...]]:
    home = environment.get("HOME", "")
    # A program started from a desktop's menu has a shorter PATH than a terminal.
    folders = [
        *environment.get("PATH", "").split(":"),
        *([f"{home}/.local/bin"] if home else []),
        *_MORE_FOLDERS[system],
    ]
    if system == "macos":
        framework = "/Library/Frameworks/Python.framework/Versions"
        folders = [*(f"{framework}/{version}/bin" for version in _VERSIONS), *folders]
        # There, python3 is a stub that opens a dialog unless the developer tools are installed.
        if not any(map(exists, _DEVELOPER_TOOLS)):
            folders = [folder for folder in folders if folder.rstrip("/") != "/usr/bin"]
    names = [*(f"python{version}" for version in _VERSIONS), "python3"]
    paths = [f"{folder.rstrip('/')}/{name}" for name in names for folder in folders if folder.startswith("/")]
    return [(path,) for path in paths if exists(path)]


def _windows(environment: Mapping[str, str], exists: Callable[[str], bool]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    launcher = str(PureWindowsPath(environment.get("SystemRoot") or r"C:\Windows") / "py.exe")
    if exists(launcher):
        found += [(launcher, f"-{version}") for version in _VERSIONS]
    local, files = environment.get("LOCALAPPDATA"), environment.get("ProgramFiles")
    for version in _VERSIONS:
        name = f"Python{version.replace('.', '')}"
        if local:
            found.append((str(PureWindowsPath(local) / "Programs" / "Python" / name / "python.exe"),))
        if files:
            found.append((str(PureWindowsPath(files) / name / "python.exe"),))
    for folder in environment.get("PATH", environment.get("Path", "")).split(";"):
        # What lies in WindowsApps opens the Store, or writes into a place of the Store's own.
        if folder and "windowsapps" not in folder.lower():
            found.append((str(PureWindowsPath(folder.strip('"')) / "python.exe"),))
    return [command for command in found if exists(command[0])]


def _inside(system: str, path: str, folder: str) -> bool:
    kind = PureWindowsPath if system == "windows" else PurePosixPath
    return kind(path).is_relative_to(kind(folder))
