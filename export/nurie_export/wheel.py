"""Nurie's wheel, model and licences in it: the same source gives the same bytes, wherever and whenever it is built."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nurie.protocol import UsageError

__all__ = ["DATE", "ROOT", "build_sdist", "build_wheel"]

ROOT = Path(__file__).resolve().parents[2]
"""The checkout. An installed Nurie has none: it came out of the wheel."""

DATE = "1580601600"
"""2020-02-02, seconds since 1970: what every file of a wheel says unless SOURCE_DATE_EPOCH says otherwise."""


def build_wheel(folder: Path, root: Path = ROOT) -> Path:
    """Build the wheel of the checkout ``root`` into ``folder``; returns its path.

    Raises UsageError where this is no checkout, or where the build backend is not installed.
    """
    return _build("wheel", folder, root)


def build_sdist(folder: Path, root: Path = ROOT) -> Path:
    """Build the source archive, from which the wheel and the plugin's zip can be built again."""
    return _build("sdist", folder, root)


def _build(kind: str, folder: Path, root: Path) -> Path:
    if not (root / "pyproject.toml").exists():
        raise UsageError("Nurie's source is not here.", "Run this in a checkout of Nurie.", code="not_installed")
    try:
        from hatchling.builders.sdist import SdistBuilder
        from hatchling.builders.wheel import WheelBuilder
    except ModuleNotFoundError as error:
        advice = "Install it with: pip install --group release"
        raise UsageError(f"A build needs {error.name}.", advice, code="not_installed") from error
    builder = (WheelBuilder if kind == "wheel" else SdistBuilder)(str(root))
    with _dated():
        # "standard" and not the default, which would be every version that the builder knows
        return Path(next(builder.build(directory=str(folder), versions=["standard"])))


@contextmanager
def _dated() -> Iterator[None]:
    """SOURCE_DATE_EPOCH set, for the builder reads it from nowhere else."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ.setdefault("SOURCE_DATE_EPOCH", DATE)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
