"""The lock as pip reads it, for those who fill a folder for a computer without the internet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["to_requirements"]


def to_requirements(packages: Iterable[dict[str, Any]], extras: Iterable[str]) -> str:
    """What ``pip download --no-deps --require-hashes -r`` reads: a line for each version; it takes what fits it.

    packages: the lock's; extras: which of them beside what is always needed.
    """
    wanted = {"", *extras}
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for package in packages:
        if package["extra"] in wanted:
            found.setdefault((package["name"], package["version"]), []).append(package)
    return "".join(f"{_line(name, version, found[name, version])}\n" for name, version in sorted(found))


def _line(name: str, version: str, wheels: list[dict[str, Any]]) -> str:
    markers = sorted({wheel["marker"] for wheel in wheels})
    marker = "" if "" in markers else f" ; {' or '.join(f'({marker})' for marker in markers)}"
    return f"{name}=={version}{marker}" + "".join(f" --hash=sha256:{wheel['sha256']}" for wheel in wheels)
