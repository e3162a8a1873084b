"""A Python to bring along, packed as python-build-standalone packs them, out of a Linux system's own; and uv's list of
such archives with this one in it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PackedPython", "list_of", "pack_python"]

_QUESTION = "import sys, sysconfig; print(*sys.version_info[:3], sysconfig.get_path('stdlib'), sys.executable)"
_LEFT_OUT = ("__pycache__", "test", "tests", "idlelib", "tkinter", "site-packages", "dist-packages", "ensurepip")


@dataclass(frozen=True)
class PackedPython:
    """version: e.g. (3, 11, 2)."""

    path: Path
    version: tuple[int, int, int]


def pack_python(command: str, folder: Path) -> PackedPython:
    """``python/bin`` and ``python/lib`` of the interpreter that a command starts, which must not need a libpython."""
    said = subprocess.run([command, "-I", "-c", _QUESTION], capture_output=True, text=True, check=True).stdout.split()
    major, minor, micro = map(int, said[:3])
    name = f"python{major}.{minor}"
    made = folder / f"cpython-{major}.{minor}.{micro}-install_only_stripped.tar.gz"
    part = made.with_suffix(f".{os.getpid()}.part")

    def kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        """Without what leads out of it, as Debian's files in /etc."""
        parts = member.name.split("/")
        alien = member.issym() and member.linkname.startswith("/")
        return None if alien or {*parts} & {*_LEFT_OUT} or any(part.startswith("config-") for part in parts) else member

    with tarfile.open(part, "w:gz", compresslevel=1) as packed:
        packed.add(os.path.realpath(said[4]), f"python/bin/{name}")
        for other in ("python3", "python"):
            link = tarfile.TarInfo(f"python/bin/{other}")
            link.type, link.linkname = tarfile.SYMTYPE, name
            packed.addfile(link)
        packed.add(said[3], f"python/lib/{name}", filter=kept)
    part.replace(made)
    return PackedPython(made, (major, minor, micro))


def list_of(packed: PackedPython, url: str, out: Path) -> Path:
    """For ``UV_PYTHON_DOWNLOADS_JSON_URL``: that the archive is at this address."""
    major, minor, micro = packed.version
    entry = {
        "name": "cpython",
        "arch": {"family": platform.machine(), "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": major,
        "minor": minor,
        "patch": micro,
        "prerelease": "",
        "url": url,
        "sha256": hashlib.sha256(packed.path.read_bytes()).hexdigest(),
        "variant": None,
        "build": None,
    }
    out.write_text(json.dumps({f"cpython-{major}.{minor}.{micro}-linux-{platform.machine()}-gnu": entry}))
    return out
