"""Small real wheels: anything pure, a Nurie that is real enough for the setup, and locks over a folder of them."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nurie_krita.protocol import PROTOCOL_VERSION

__all__ = ["entry", "make_nurie", "make_wheel", "source_of"]

_DOCTOR = """
import json, os, shutil, sys
from nurie_small import WORD
FACTS = {facts}
def main():
    command, arguments = sys.argv[1], sys.argv[2:]
    astray = [name for name in os.environ if name.startswith(("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "LD_"))]
    if astray:
        sys.exit("nurie: led astray by %s" % astray)
    if command == {breaks!r}:
        print("nurie: The model compact is damaged. Install it again.", file=sys.stderr)
        print(json.dumps({{"error": {{"code": "bad_model", "message": "The model compact is damaged.",
            "advice": "Install it again."}}}}))
        return 4
    if command == "doctor":
        print(json.dumps({{**FACTS, "python": "%d.%d.%d" % sys.version_info[:3], "word": WORD}}))
    elif command == "colorize":
        shutil.copy(arguments[0], arguments[arguments.index("-o") + 1])
    return 0
if __name__ == "__main__":
    sys.exit(main())
"""


def make_wheel(
    folder: Path, name: str, version: str, files: Mapping[str, bytes], scripts: Mapping[str, str] | None = None
) -> Path:
    """A pure wheel; files by path within site-packages, scripts: console entry points."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if scripts:
        lines = "".join(f"{script} = {target}\n" for script, target in scripts.items())
        contents[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}".encode()
    record = "".join(f"{path},sha256={_sum(data)},{len(data)}\n" for path, data in contents.items())
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, data in contents.items():
            wheel.writestr(zipfile.ZipInfo(inside), data)
    return path


def make_nurie(folder: Path, version: str = "1.0", *, protocol: int = PROTOCOL_VERSION, breaks: str = "") -> Path:
    """A wheel whose ``nurie`` answers ``doctor``, and copies a drawing for ``colorize``; breaks: command that fails."""
    facts = {"nurie": version, "protocol": protocol}
    code = _DOCTOR.format(facts=facts, breaks=breaks)
    return make_wheel(
        folder,
        "nurie",
        version,
        {"nurie/__init__.py": b"", "nurie/__main__.py": code.encode()},
        {"nurie": "nurie.__main__:main"},
    )


def entry(path: Path, **fields: Any) -> dict[str, Any]:
    """What a lock says of a file: of a wheel by its name, of anything else by ``fields``."""
    data = path.read_bytes()
    found: dict[str, Any] = {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    if path.suffix == ".whl":
        name, version, *_, python, abi, platform = path.stem.split("-")
        found |= {"name": name.replace("_", "-").lower(), "version": version}
        found |= {"marker": "", "tags": f"{python}-{abi}-{platform}", "extra": "uv" if name == "uv" else ""}
    return {**found, **fields}


def source_of(folder: Path, nurie: Path, packages: list[Path], **python: Any) -> Path:
    """``folder`` with what the plugin's zip has in ``server/``: the backend's wheel, which lies there, and the lock."""
    lock = {
        "nurie": entry(nurie),
        "python": {"version": "3.12", "managed": [], **python},
        "packages": [entry(path) for path in packages],
    }
    (folder / "lock.json").write_text(json.dumps(lock))
    return folder


def _sum(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
