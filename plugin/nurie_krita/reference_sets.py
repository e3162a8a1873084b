# SPDX-License-Identifier: GPL-3.0-or-later
"""What sets of references are called, and the set of samples."""

from __future__ import annotations

from dataclasses import dataclass

from .i18n import tr
from .library import ReferenceSet

__all__ = ["SAMPLES", "SetFacts", "sample_names", "set_facts", "set_name"]

SAMPLES = "samples"
"""Id of the set of samples."""


@dataclass(frozen=True)
class SetFacts:
    """A set as a menu shows it. name is never empty; count: of references in it."""

    id: str
    name: str
    count: int


def set_facts(found: ReferenceSet) -> SetFacts:
    """What a menu shows of a set."""
    return SetFacts(found.id, set_name(found), len(found.entries))


def set_name(found: ReferenceSet) -> str:
    """What the artist called it, or else what it is."""
    return found.name or (tr("Samples") if found.id == SAMPLES else tr("My references"))


def sample_names() -> tuple[tuple[str, str], ...]:
    """File in ``samples`` and name of each sample reference, the one to start with first."""
    return ("blue.png", tr("Mage in blue")), ("lime.png", tr("Mage in lime")), ("green.png", tr("Mage in green"))
