# SPDX-License-Identifier: GPL-3.0-or-later
"""From a colouring's state to what the panel shows of it."""

from __future__ import annotations

from .coloring import Coloring
from .state import IDLE, PHASES, Activity

__all__ = ["activity_of"]


def activity_of(coloring: Coloring, item: int = 0, items: int = 0) -> Activity:
    """The activity line of one colouring, ``item`` of ``items`` in a queue."""
    if coloring.state not in PHASES:
        return IDLE
    # With a backend that runs already there is nothing to start: the drawing is on its way.
    started = coloring.state == "starting" and coloring.backend.usable
    return Activity(
        phase="sending" if started else coloring.state,
        step=coloring.step,
        steps=coloring.steps or 0,
        seconds_left=coloring.seconds_left,
        item=item,
        items=items,
        waiting=coloring.waiting or 0,
    )
