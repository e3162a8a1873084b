"""The zip of another version, made out of this one's: only a number differs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

__all__ = ["for_python", "renumbered"]


def renumbered(zipped: Path, version: str, out: Path) -> Path:
    """Write the plugin's zip with its wheel and its lock saying ``version``; it appears whole."""
    part = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    with zipfile.ZipFile(zipped) as source, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as target:
        name = "nurie_krita/server/lock.json"
        lock = json.loads(source.read(name))
        before = lock["nurie"]["version"]
        wheel = _wheel(source.read(f"nurie_krita/server/{lock['nurie']['file']}"), before, version)
        file = lock["nurie"]["file"].replace(before, version)
        sha256 = hashlib.sha256(wheel).hexdigest()
        lock["nurie"] = {"version": version, "file": file, "sha256": sha256, "size": len(wheel)}
        for entry in source.infolist():
            if not entry.filename.startswith("nurie_krita/server/") or entry.is_dir():
                target.writestr(entry, source.read(entry))
        target.writestr(name, json.dumps(lock))
        target.writestr(f"nurie_krita/server/{file}", wheel, zipfile.ZIP_STORED)
    part.replace(out)
    return out


def for_python(zipped: Path, version: str, out: Path) -> Path:
    """Write the plugin's zip with a lock that brings this Python, such as ``3.11``, where there is none."""
    name = "nurie_krita/server/lock.json"
    with zipfile.ZipFile(zipped) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == name:
                lock = json.loads(content)
                lock["python"]["version"] = version
                content = json.dumps(lock).encode()
            target.writestr(entry, content)
    return out


def _wheel(content: bytes, before: str, version: str) -> bytes:
    made = io.BytesIO()
    record = []
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.namelist():
            data = source.read(entry)
            name = entry.replace(f"nurie-{before}.dist-info", f"nurie-{version}.dist-info")
            if name.endswith(".dist-info/RECORD"):
                listed = name
                continue
            if name.endswith(".dist-info/METADATA"):
                data = data.replace(f"\nVersion: {before}\n".encode(), f"\nVersion: {version}\n".encode())
            if name == "nurie/__init__.py":
                data = data.replace(f'__version__ = "{before}"'.encode(), f'__version__ = "{version}"'.encode())
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
            target.writestr(name, data)
        target.writestr(listed, "".join([*record, f"{listed},,\n"]))
    return made.getvalue()
