# SPDX-License-Identifier: GPL-3.0-or-later
"""Short wordings that several widgets share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurie_krita.i18n import tr
from nurie_krita.pace import in_words

if TYPE_CHECKING:
    from nurie_krita.state import Activity

__all__ = ["form_words", "phase_words", "placement_words", "style_words", "time_left", "working_size_words"]


def phase_words(activity: Activity) -> str:
    """What goes on, to follow "Cancel ·"."""
    if activity.phase == "running":
        if activity.step < 1:
            return tr("coloring")
        return tr("step {step} of {steps}", step=activity.step, steps=activity.steps)
    if activity.phase == "queued":
        if activity.waiting < 1:
            return tr("waiting")
        return tr("waiting, number {place} in line", place=activity.waiting)
    known = {
        "starting": tr("starting the engine"),
        "sending": tr("sending the drawing"),
        "loading": tr("loading the model"),
        "finishing": tr("finishing"),
    }
    return known.get(activity.phase, tr("working"))


def time_left(seconds: float) -> str:
    """A remaining time, as words of their own."""
    return tr("{time} left", time=in_words(seconds))


def placement_words(placement: str) -> str:
    """Where the colors go, one of ``host.PLACEMENTS``, short enough for a menu."""
    known = {
        "automatic": tr("Where they fit best"),
        "below": tr("Below the line art"),
        "above": tr("Above, multiplied"),
        "top": tr("On top of everything"),
        "replace": tr("In place of the last"),
    }
    return known.get(placement, placement)


def form_words(form: str) -> str:
    """What the colors become, one of ``forms.FORMS``."""
    known = {
        "layer": tr("One layer"),
        "tones": tr("Flats, shadows, lights"),
        "colors": tr("One layer per color"),
        "mask": tr("Colorize Mask"),
    }
    return known.get(form, form)


def style_words(style: str | None) -> str:
    """An output style, None for the model's own."""
    known = {None: tr("Model's own"), "flats": tr("Flat colors"), "shaded": tr("Shaded"), "soft": tr("Soft")}
    return known.get(style) or str(style)


def working_size_words(divided: int) -> str:
    """A working size, one of ``options.WORKING_SIZES``."""
    known = {1: tr("Full size"), 2: tr("Half, faster"), 4: tr("A quarter, for a first look")}
    return known.get(divided, f"1/{divided}")
