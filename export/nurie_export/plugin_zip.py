"""The zip that artists import into Krita: Tools > Scripts > Import Python Plugin from File."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from nurie import __version__
from nurie.protocol import UsageError

__all__ = ["NAME", "PLUGIN", "default_name", "entries", "write_zip"]

NAME = "nurie_krita"
PLUGIN = Path(__file__).resolve().parents[2] / "plugin"
"""Only a checkout has it; an installed Nurie is the other side."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_LEFT_OUT = ("__pycache__", ".mypy_cache", ".ruff_cache")


def default_name() -> str:
    """File name of this version's zip."""
    return f"nurie-{__version__}.zip"


def entries(plugin: Path = PLUGIN) -> dict[str, bytes]:
    """Name and content of every entry, sorted; folders, whose names end in ``/``, come before what lies in them.

    Krita's importer finds a plugin by the entry of its folder, so folders have to be entries of their own. It installs
    the folder, the .desktop file and the .action file, and nothing else; so the licence lies in the folder.
    """
    if not (plugin / NAME / "__init__.py").exists():
        raise UsageError("The plugin's source is not here.", "Run this in a checkout of Nurie.", code="not_installed")
    found = {f"{NAME}.desktop": plugin / f"{NAME}.desktop", f"{NAME}.action": plugin / f"{NAME}.action"}
    found[f"{NAME}/LICENSE"] = plugin / "LICENSE"
    for path in (plugin / NAME).rglob("*"):
        if path.is_file() and not set(path.parts) & set(_LEFT_OUT):
            found[path.relative_to(plugin).as_posix()] = path
    contents = {name: path.read_bytes() for name, path in found.items()}
    folders = {f"{parent.as_posix()}/" for name in contents for parent in Path(name).parents if parent.name}
    return dict(sorted({**contents, **dict.fromkeys(folders, b"")}.items()))


def write_zip(out: Path, plugin: Path = PLUGIN) -> None:
    """Write the zip, whole or not at all. The same source gives the same bytes with the same zlib."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in entries(plugin).items():
            archive.writestr(_info(name), content)
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
    info.compress_type = zipfile.ZIP_STORED if folder else zipfile.ZIP_DEFLATED
    return info


if __name__ == "__main__":  # for `make zip`, which should not need what the other exports do
    write_zip(Path("dist") / default_name())
