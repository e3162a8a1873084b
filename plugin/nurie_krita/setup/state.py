# SPDX-License-Identifier: GPL-3.0-or-later
"""What setting up the backend shows and is told: plain values, and the pure machine of its states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nurie_krita.protocol import NurieError

__all__ = [
    "NAMES",
    "STAGES",
    "Extra",
    "Found",
    "RemoveChoices",
    "SetupChoices",
    "SetupPlan",
    "SetupState",
    "begun",
    "progressed",
    "rested",
]

NAMES = ("not_installed", "installing", "ready", "update_needed", "damaged", "removing")
STAGES = ("", "checking", "downloading", "python", "installing", "verifying", "coloring sample")
"""Of an installation, in the order in which they come; the first while none goes on."""

_PRIMARY = {
    "not_installed": "install",
    "installing": "cancel",
    "ready": "use",
    "update_needed": "update",
    "damaged": "repair",
    "removing": "",
}


@dataclass(frozen=True)
class SetupState:
    """What the panel shows.

    name: one of ``NAMES``; stage: one of ``STAGES``; done, total: bytes of the download, 0 while unknown; seconds_left:
    of the download, None while unknown; error: why the last attempt ended, what is damaged, or what does not fit;
    installed: version that is there, None without; offered: version in the plugin's zip, empty where it carries none;
    kept: bytes of a broken-off download, with which the next attempt goes on.
    """

    name: str = "not_installed"
    stage: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    error: NurieError | None = None
    installed: str | None = None
    offered: str = ""
    kept: int = 0

    @property
    def busy(self) -> bool:
        """Whether something is being done, so that nothing else can be begun."""
        return self.name in ("installing", "removing")

    @property
    def primary(self) -> str:
        """The one button: ``install``, ``cancel``, ``use``, ``update``, ``repair``, or none (empty)."""
        return _PRIMARY[self.name]


@dataclass(frozen=True)
class SetupPlan:
    """What would be installed: items by name and bytes to download, 0 for what is there already; download_bytes: their
    sum; disk_bytes: needed at most while it is made; folder: where; python: e.g. ``Python 3.11, /usr/bin/python3`` or
    ``Python 3.12, brought along``; runtime: ``CPU``, ``CUDA``, …"""

    items: tuple[tuple[str, int], ...]
    download_bytes: int
    disk_bytes: int
    folder: Path
    python: str
    runtime: str


@dataclass(frozen=True)
class SetupChoices:
    """What the artist chose. wheels: a folder that has every file already, nothing is downloaded then; index: address
    of another package index (simple API); proxy: ``http://host:port`` or ``socks5://host:port``, None for the system's;
    extras: names of ``Setup.extras()`` that are wanted."""

    wheels: Path | None = None
    index: str | None = None
    proxy: str | None = None
    extras: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RemoveChoices:
    """What stays when the backend is removed."""

    references: bool = True
    settings: bool = True
    models: bool = True


@dataclass(frozen=True)
class Extra:
    """An optional part as a switch. name: ``cuda``, ``openvino``, ``torch`` or ``psd``; title, gain: for a person;
    download_bytes: on top of the plan's; on: whether it is installed, or suits this machine so that it is
    suggested."""

    name: str
    title: str
    gain: str
    download_bytes: int
    on: bool


@dataclass(frozen=True)
class Found:
    """What lies on the disk. version, protocol, extras: of the environment, None without one; damage: what is wrong
    with it; kept: bytes of a broken-off download; python: version that the environment is of; wheels: digests of those
    whose packages are in it, soundly; pythons: folders of those that were brought along."""

    version: str | None = None
    protocol: int | None = None
    damage: NurieError | None = None
    kept: int = 0
    extras: tuple[str, ...] = ()
    python: str = ""
    wheels: frozenset[str] = frozenset()
    pythons: tuple[str, ...] = ()


def rested(found: Found, offered: str, protocol: int, error: NurieError | None = None) -> SetupState:
    """The state while nothing goes on. protocol: the plugin's; error: why the last attempt ended, if it failed."""
    if found.version is None and found.damage is None:
        name = "not_installed"
    elif found.damage is not None:
        name = "damaged"
    elif found.protocol != protocol or (offered and found.version != offered):
        name = "update_needed"
    else:
        name = "ready"
    return SetupState(name, error=error or found.damage, installed=found.version, offered=offered, kept=found.kept)


def begun(state: SetupState, name: str) -> SetupState:
    """``installing`` or ``removing`` begins; nothing else may go on."""
    if state.busy:
        raise ValueError(f"{name} cannot begin while {state.name}")
    stage = "checking" if name == "installing" else ""
    return SetupState(name, stage, installed=state.installed, offered=state.offered, kept=state.kept)


def progressed(
    state: SetupState, stage: str, done: int = 0, total: int = 0, seconds_left: float | None = None
) -> SetupState:
    """An installation goes on; one that ended meanwhile stays ended, and no stage comes twice."""
    if state.name != "installing" or STAGES.index(stage) < STAGES.index(state.stage):
        return state
    return replace(state, stage=stage, done=done, total=total, seconds_left=seconds_left)
