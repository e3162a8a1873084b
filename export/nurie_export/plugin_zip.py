"""The zip that artists import into Krita: Tools > Scripts > Import Python Plugin from File.

It holds the plugin's source, and in ``server/`` what the plugin sets its backend up from: Nurie's wheel, and the lock
that names every file which is downloaded for it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

from nurie import __version__
from nurie.protocol import UsageError
from nurie_export.pip_requirements import to_requirements
from nurie_export.wheel import ROOT, build_wheel

__all__ = ["LOCK", "NAME", "PLUGIN", "default_name", "plugin_entries", "server_entries", "write_zip"]

NAME = "nurie_krita"
PLUGIN = ROOT / "plugin"
"""Only a checkout has it; an installed Nurie is the other side."""
LOCK = ROOT / "export" / "lock.json"
"""What ``nurie export lock`` writes."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_LEFT_OUT = ("__pycache__", ".mypy_cache", ".ruff_cache")


def default_name() -> str:
    """File name of this version's zip."""
    return f"nurie-{__version__}.zip"


def plugin_entries(plugin: Path = PLUGIN) -> dict[str, bytes]:
    """Name and content of each of the plugin's own files.

    Krita's importer installs the folder, the .desktop file and the .action file, and nothing else; so the licence lies
    in the folder.
    """
    if not (plugin / NAME / "__init__.py").exists():
        raise UsageError("The plugin's source is not here.", "Run this in a checkout of Nurie.", code="not_installed")
    found = {f"{NAME}.desktop": plugin / f"{NAME}.desktop", f"{NAME}.action": plugin / f"{NAME}.action"}
    found[f"{NAME}/LICENSE"] = plugin / "LICENSE"
    for path in (plugin / NAME).rglob("*"):
        if path.is_file() and not set(path.parts) & set(_LEFT_OUT):
            found[path.relative_to(plugin).as_posix()] = path
    return {name: path.read_bytes() for name, path in found.items()}


def server_entries(wheel: Path, lock: Path = LOCK) -> dict[str, bytes]:
    """The wheel; the lock, with the wheel's version, name, sha256 and size (bytes) in it; the lock as pip reads it.

    The last is of the light runtime alone, for those who fill a folder for a computer without the internet.
    """
    content = wheel.read_bytes()
    nurie = {
        "version": __version__,
        "file": wheel.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    locked = {"nurie": nurie, **json.loads(lock.read_text("utf-8"))}
    return {
        f"{NAME}/server/{wheel.name}": content,
        f"{NAME}/server/requirements.txt": to_requirements(locked["packages"], ("cpu", "uv")).encode(),
        f"{NAME}/server/lock.json": (json.dumps(locked, indent=1) + "\n").encode(),
    }


def write_zip(out: Path, wheel: Path | None = None) -> None:
    """Write the zip, whole or not at all. The same source gives the same bytes with the same zlib.

    wheel: what :func:`build_wheel` made, which is done first where it is not given.
    """
    contents = plugin_entries()
    if wheel is None:
        with tempfile.TemporaryDirectory() as folder:
            contents |= server_entries(build_wheel(Path(folder)))
    else:
        contents |= server_entries(wheel)
    _write(out, contents)


def _write(out: Path, contents: dict[str, bytes]) -> None:
    """Krita's importer finds a plugin by its folder's entry, so folders are entries of their own, and come first."""
    folders = {f"{parent.as_posix()}/" for name in contents for parent in Path(name).parents if parent.name}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted({**contents, **dict.fromkeys(folders, b"")}.items()):
            archive.writestr(_info(name), content, compresslevel=9)
    part = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(buffer.getvalue())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = 3  # Unix, wherever it is made: it decides how the mode below is read
    folder = name.endswith("/")
    info.external_attr = (0o40755 << 16 | 0x10) if folder else 0o100644 << 16
    packed = folder or name.endswith(".whl")  # a wheel is a zip itself
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    return info


if __name__ == "__main__":  # for `make zip`, which should not need what the other exports do
    write_zip(Path("dist") / default_name())
