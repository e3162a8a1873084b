"""The wheels that a lock names for a system's own Python, fetched by pip from the index of the environment."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import compatible_tags, cpython_tags, parse_tag

from e2e.kritas import REPOSITORY, Krita
from e2e.profile import hold

__all__ = ["WHEELS", "fetch", "system_python", "wanted"]

WHEELS = REPOSITORY / "build" / "wheels"
_SYSTEM = "/usr/bin/python3"
"""What a setup inside Krita finds; the tests may run under another."""


def system_python(krita: Krita) -> tuple[int, int]:
    """Its version where this Krita lives, major and minor."""
    command = krita.inside([_SYSTEM, "-c", "import sys; print(*sys.version_info[:2])"])
    major, minor = subprocess.run(command, capture_output=True, check=True).stdout.split()
    return int(major), int(minor)


def wanted(
    packages: Iterable[dict[str, Any]], version: tuple[int, int], extras: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Of a lock's packages, those that a setup by this Python takes, plain or with these extras."""
    parts = ("", "cpu", "uv", *extras)
    places = {tag: place for place, tag in enumerate([*cpython_tags(version), *compatible_tags(version)])}
    environment = {"python_version": "{}.{}".format(*version), "python_full_version": "{}.{}.0".format(*version)}
    best: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {}
    for package in packages:
        fitting = [places[tag] for tag in parse_tag(package["tags"]) if tag in places]
        marker = package.get("marker")
        if package["extra"] not in parts or not fitting:
            continue
        if marker and not Marker(marker).evaluate({**environment, "extra": ""}):
            continue
        rank = (*_numbers(package["version"]), -min(fitting))
        if package["name"] not in best or rank > best[package["name"]][0]:
            best[package["name"]] = rank, package
    return [package for _, package in best.values()]


def fetch(packages: Iterable[dict[str, Any]], version: tuple[int, int], folder: Path = WHEELS) -> Path:
    """Have these files, for a Python of that version, in a folder, which is made and kept."""
    packages = list(packages)
    folder.mkdir(parents=True, exist_ok=True)
    with hold(folder):
        missing = [package for package in packages if not (folder / package["file"]).exists()]
        if missing:
            _download(missing, version, folder)
        for package in packages:
            path = folder / package["file"]
            if hashlib.sha256(path.read_bytes()).hexdigest() != package["sha256"]:
                path.unlink()
                raise RuntimeError(f"{path.name} is not what the lock says")
    return folder


def _download(packages: list[dict[str, Any]], version: tuple[int, int], folder: Path) -> None:
    """Named platforms make pip take what the lock says, and not what suits the Python that it runs in."""
    platforms = {tag.platform for package in packages for tag in parse_tag(package["tags"])} - {"any"}
    exact = [word for platform in sorted(platforms) for word in ("--platform", platform)]
    exact += ["--python-version", "{}.{}".format(*version)] if exact else []
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", *exact]
    names = [f"{package['name']}=={package['version']}" for package in packages]
    subprocess.run([*command, "--dest", str(folder), *names], check=True)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
