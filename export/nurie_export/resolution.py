"""Which versions fit together on every platform at once, found by uv; a PEP 751 lock for each extra."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nurie.protocol import NurieError, UsageError

__all__ = ["read_toml", "resolve"]


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as dictionaries."""
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    data: dict[str, Any] = toml.loads(path.read_text("utf-8"))
    return data


def resolve(
    dependencies: Iterable[str], extras: Mapping[str, Iterable[str]], environments: Iterable[str], python: str
) -> dict[str, list[dict[str, Any]]]:
    """Versions, files and markers for the dependencies alone (key ``""``) and for each extra with them.

    All are of one resolution, so what several extras share has one version in each environment. environments: PEP 508
    markers, each of which needs a wheel of everything that it asks for; python: as in ``requires-python``. The values
    are the ``packages`` of a pylock.toml (PEP 751). Asks the package index that uv is set up for.
    """
    project = {
        "name": "locked",
        "version": "0",
        "requires-python": python,
        "dependencies": list(dependencies),
        "optional-dependencies": {name: list(wanted) for name, wanted in extras.items()},
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(_toml(project, list(environments)), "utf-8")
        _uv("lock", folder=folder)
        return {name: _export(name, folder) for name in ("", *extras)}


def _toml(project: dict[str, Any], environments: list[str]) -> str:
    """JSON's strings and lists of strings are TOML's too."""
    optional = project.pop("optional-dependencies")
    lines = ["[project]", *(f"{key} = {json.dumps(value)}" for key, value in project.items())]
    lines += ["[project.optional-dependencies]", *(f"{key} = {json.dumps(value)}" for key, value in optional.items())]
    return "\n".join([*lines, "[tool.uv]", f"environments = {json.dumps(environments)}", ""])


def _export(extra: str, folder: str) -> list[dict[str, Any]]:
    out = Path(folder) / "pylock.toml"
    wanted = ["--extra", extra] if extra else []
    _uv("export", "--frozen", "--format", "pylock.toml", "--no-emit-project", "-o", str(out), *wanted, folder=folder)
    packages: list[dict[str, Any]] = read_toml(out)["packages"]
    return packages


def _uv(*arguments: str, folder: str) -> None:
    try:
        from uv import find_uv_bin
    except ModuleNotFoundError as error:
        advice = "Install it with: pip install --group release"
        raise UsageError("A lock needs uv.", advice, code="not_installed") from error
    # A virtual environment that happens to be active is none of this project's.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [find_uv_bin(), *arguments, "--quiet", "--project", folder]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = done.stderr.strip().splitlines() or ["it does not say why"]
        raise NurieError(f"uv could not find versions that fit together: {last[-1]}", code="no_resolution")
