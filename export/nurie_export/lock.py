"""The lock: every wheel that the plugin may install for its backend, with its SHA-256 and size, on every platform.

Files are named without an address: they are looked up by name in whichever package index is set up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from nurie.protocol import NurieError
from nurie_export.platforms import CELLS, PLATFORMS, PYTHONS, Cell, marker_of, on, pythons_of, tags_of
from nurie_export.plugin_zip import LOCK
from nurie_export.resolution import read_toml, resolve
from nurie_export.wheel import ROOT

__all__ = ["EXTRAS", "MANAGED", "cells_of", "locked", "requirements", "write_lock"]

MANAGED = "3.12"
"""The Python that uv brings along where a computer has none. uv knows the archives' digests itself."""

EXTRAS = {
    "cpu": tuple(PLATFORMS),
    "cuda": ("linux-x86_64", "windows-amd64"),
    "openvino": tuple(PLATFORMS),
    "torch": ("linux-x86_64", "linux-aarch64", "windows-amd64", "macos-arm64"),
    "psd": tuple(PLATFORMS),
    "uv": tuple(PLATFORMS),
}
"""Extras and the platforms that have wheels of them. ``uv`` is the tool that makes the environment."""


def cells_of(extra: str) -> frozenset[Cell]:
    """Where an extra can be installed. The empty one is what is always needed."""
    return frozenset(cell for cell in CELLS if cell.platform in EXTRAS.get(extra, PLATFORMS))


def requirements(root: Path = ROOT) -> dict[str, list[Requirement]]:
    """From pyproject.toml: the dependencies (key ``""``), and what each extra adds to them, where it has wheels."""
    project = read_toml(root / "pyproject.toml")["project"]
    lines = {"": project["dependencies"], "uv": ["uv>=0.9"], **project["optional-dependencies"]}
    found = {extra: [Requirement(line) for line in lines[extra]] for extra in ("", *EXTRAS)}
    for extra, platforms in EXTRAS.items():
        if len(platforms) < len(PLATFORMS):
            for requirement in found[extra]:
                where = " or ".join(f"({on(platform)})" for platform in platforms)
                both = f"({requirement.marker}) and ({where})" if requirement.marker else where
                requirement.marker = Marker(both)
    return found


def write_lock(out: Path) -> None:
    """Find versions that fit together, and write the lock; a line for each wheel, so that changes can be read."""
    lines = [json.dumps(entry) for entry in locked(_resolved())]
    python = json.dumps({"version": MANAGED, "managed": []})
    text = f'{{"python": {python},\n"packages": [\n' + ",\n".join(lines) + "\n]}\n"
    out.write_text(text, "utf-8", newline="\n")


def _resolved() -> dict[str, list[dict[str, Any]]]:
    wanted = {extra: [str(requirement) for requirement in found] for extra, found in requirements().items()}
    environments = [f"{on(name)} and python_version < '3.{pythons_of(name)[-1][1] + 1}'" for name in PLATFORMS]
    python = f">=3.{PYTHONS[0][1]},<3.{PYTHONS[-1][1] + 1}"
    return resolve(wanted.pop(""), wanted, environments, python)


def locked(resolved: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The lock's packages, sorted: of each extra what it needs beside that which is always needed.

    resolved: the ``packages`` of a pylock.toml (PEP 751) for each extra, and for the empty one, which is in all.
    """
    base = {_key(package): _needed(package, CELLS) for package in resolved[""]}
    entries = []
    for extra, packages in resolved.items():
        for package in packages:
            cells = _needed(package, cells_of(extra)) - (
                base[_key(package)] if extra and _key(package) in base else set()
            )
            entries += _entries(package, extra, cells)
    return sorted(entries, key=lambda entry: (entry["extra"], entry["name"], entry["version"], entry["file"]))


def _key(package: dict[str, Any]) -> tuple[str, str]:
    return package["name"], package["version"]


def _needed(package: dict[str, Any], cells: Iterable[Cell]) -> set[Cell]:
    marker = Marker(package["marker"]) if "marker" in package else None
    return {cell for cell in cells if marker is None or marker.evaluate(cell.environment())}


def _entries(package: dict[str, Any], extra: str, cells: set[Cell]) -> list[dict[str, Any]]:
    """One for each wheel that some cell prefers; its marker holds in these cells, so that one wheel fits each."""
    wheels = {wheel["url"].rpartition("/")[2]: wheel for wheel in package.get("wheels", [])}
    chosen: dict[str, set[Cell]] = {}
    for cell in cells:
        chosen.setdefault(_preferred(wheels, package, cell), set()).add(cell)
    return [
        {
            "name": package["name"],
            "version": package["version"],
            "file": file,
            "sha256": wheels[file]["hashes"]["sha256"],
            "size": wheels[file]["size"],
            "marker": marker_of(served, cells_of(extra)),
            "tags": "-".join(file.removesuffix(".whl").rsplit("-", 3)[1:]),
            "extra": extra,
        }
        for file, served in chosen.items()
    ]


def _preferred(wheels: Iterable[str], package: dict[str, Any], cell: Cell) -> str:
    ranks = tags_of(cell)
    found = [
        (min(ranks[tag] for tag in tags if tag in ranks), file)
        for file in wheels
        if not (tags := parse_wheel_filename(file)[3]).isdisjoint(ranks)
    ]
    if not found:
        python = ".".join(map(str, cell.python))
        raise NurieError(f"{package['name']} {package['version']} has no wheel for {cell.platform}, Python {python}.")
    return min(found)[1]


if __name__ == "__main__":  # for `make lock`
    write_lock(LOCK)
