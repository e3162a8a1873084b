"""Whose work is in a release, and under which licence: what the embedded model learned from, and what is installed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from nurie.protocol import NurieError
from nurie_export.wheel import ROOT

__all__ = ["ATTRIBUTIONS", "Attributions", "Work", "read_attributions"]

ATTRIBUTIONS = ROOT / "export" / "attributions.json"


@dataclass(frozen=True)
class Work:
    """Pictures that the embedded model learned from; license: an SPDX identifier."""

    work: str
    authors: str
    license: str


@dataclass(frozen=True)
class Attributions:
    """training: works; packages: SPDX expression by name, or by the beginning of names (``nvidia-*``)."""

    training: tuple[Work, ...]
    packages: dict[str, str]

    def license_of(self, package: str) -> str:
        """SPDX expression of a package; NurieError for one that nobody has looked at."""
        found = self.packages.get(package) or self.packages.get(f"{package.partition('-')[0]}-*")
        if found is None:
            raise NurieError(f"Nobody has noted the licence of {package}.", f"Add it to {ATTRIBUTIONS.name}.")
        return found


def read_attributions(path: Path = ATTRIBUTIONS) -> Attributions:
    """From the file that people write."""
    data = json.loads(path.read_text("utf-8"))
    return Attributions(tuple(Work(**work) for work in data["training"]), data["packages"])
