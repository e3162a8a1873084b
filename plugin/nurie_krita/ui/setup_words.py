# SPDX-License-Identifier: GPL-3.0-or-later
"""What the setup says: titles, sentences, stages, the words on its one button."""

from __future__ import annotations

import math
from pathlib import Path

from nurie_krita.i18n import tr
from nurie_krita.qt import QtCore
from nurie_krita.setup import SetupPlan, SetupState
from nurie_krita.state import Status

__all__ = [
    "detail_words",
    "folder_words",
    "lead_words",
    "primary_words",
    "size_words",
    "stage_words",
    "status_words",
    "title_words",
]

_MEGA = 1_000_000
_GIGA = 1_000_000_000


def size_words(count: int) -> str:
    """Bytes as file managers say them, rounded up: "under 1 MB", "68 MB", "1.4 GB"."""
    if count < _MEGA:
        return tr("under 1 MB")
    if count < _GIGA:
        return tr("{count} MB", count=math.ceil(count / _MEGA))
    return tr("{count} GB", count=QtCore.QLocale().toString(count / _GIGA, "f", 1))


def folder_words(folder: Path) -> str:
    """A folder, with ``~`` for one's own."""
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or no home is known
        return str(folder)


def title_words(state: SetupState) -> str:
    """The page's heading."""
    if state.name == "installing":
        return tr("Updating Nurie") if state.installed else tr("Setting up Nurie")
    known = {
        "update_needed": tr("Update Nurie"),
        "damaged": tr("Repair Nurie"),
        "removing": tr("Removing Nurie"),
    }
    return known.get(state.name, tr("Set up Nurie"))


def lead_words(state: SetupState) -> str:
    """The sentences below the heading: what it is about, and what is safe."""
    if state.name == "installing":
        return tr("You can go on drawing meanwhile.")
    if state.name == "removing":
        return tr("Only what was installed is deleted.")
    if state.name == "damaged":
        return tr("Part of the engine is missing or damaged. References, settings and models are kept.")
    if state.name == "update_needed" and state.installed == state.offered:
        return tr(
            "The engine that is installed speaks another version of Nurie's protocol than this plugin. References, "
            "settings and models are kept."
        )
    if state.name == "update_needed":
        return tr(
            "This plugin comes with version {offered} of its engine; version {installed} is installed. References, "
            "settings and models are kept.",
            offered=state.offered,
            installed=state.installed,
        )
    return tr(
        "Coloring is done by an engine on this computer. It is downloaded once and then works without the internet; "
        "drawings and references are never uploaded."
    )


def stage_words(stage: str) -> str:
    """One of ``setup.STAGES``."""
    known = {
        "checking": tr("Check this computer"),
        "downloading": tr("Download"),
        "python": tr("Prepare Python"),
        "installing": tr("Install"),
        "verifying": tr("Test the engine"),
        "coloring sample": tr("Color a sample"),
    }
    return known.get(stage, stage)


def primary_words(state: SetupState, plan: SetupPlan | None) -> str:
    """The one button."""
    if state.name == "installing":
        return tr("Cancel · {what}", what=detail_words(state)) if detail_words(state) else tr("Cancel")
    if state.name == "removing":
        return tr("Removing…")
    known = {"update_needed": tr("Update"), "damaged": tr("Repair")}
    text = known.get(state.name, tr("Set up"))
    if state.name != "damaged" and (state.error is not None or plan is None):
        text = tr("Try again")
    elif state.name != "damaged" and state.kept:
        text = tr("Continue")
    return text if plan is None or not plan.download_bytes else f"{text} · {size_words(plan.download_bytes)}"


def status_words(state: SetupState) -> Status:
    """The line at the bottom."""
    known = {
        "installing": Status("busy", tr("Setting up")),
        "update_needed": Status("off", tr("Not up to date")),
        "damaged": Status("problem", tr("The engine does not run")),
        "removing": Status("busy", tr("Removing…")),
    }
    return known.get(state.name, Status("off", tr("Not set up")))


def detail_words(state: SetupState) -> str:
    """How far the download is: "34 of 68 MB · 20 s"; empty while nothing is downloaded."""
    if state.stage != "downloading" or not state.total:
        return ""
    done = tr("{done} of {total} MB", done=state.done // _MEGA, total=math.ceil(state.total / _MEGA))
    return done if state.seconds_left is None else f"{done} · {_time_words(state.seconds_left)}"


def _time_words(seconds: float) -> str:
    """A time that is left, so short that a button has room for it."""
    if seconds < 9.5:
        return tr("{count} s", count=max(1, round(seconds)))
    if seconds < 57.5:
        return tr("{count} s", count=5 * round(seconds / 5))
    return tr("{count} min", count=max(1, round(seconds / 60)))
