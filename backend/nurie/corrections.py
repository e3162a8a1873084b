"""Corrections: the artist's points and hints, laid over what the references say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nurie.imaging.evidence import Evidence
from nurie.imaging.hinted import fill_areas, hinted_areas
from nurie.imaging.hints import Hints, add_hints, hints_canvas
from nurie.imaging.pull import Pull, follow_points
from nurie.imaging.spread import Paper
from nurie.inputs import Inputs
from nurie.views import Shown, View, pairs_within

__all__ = ["corrected", "has_corrections"]


def has_corrections(inputs: Inputs, view: View) -> bool:
    """Whether any point or hint is about the view."""
    return bool(pairs_within(inputs, view)) or (inputs.hints is not None and bool(_hints(inputs.hints, view).any()))


def corrected(found: Evidence, inputs: Inputs, view: View, shown: Sequence[Shown], paper: Paper) -> Evidence:
    """Evidence (S, S) with the points and hints of ``inputs``, as far as they are about the view; ``shown`` are the
    parts of references that it was fetched from."""
    placement = view.placement
    found = follow_points(found, _pulls(inputs, view, shown), paper)
    if inputs.hints is None:
        return found
    hints = _hints(inputs.hints, view)
    colors, strokes = hints_canvas(hints, placement)
    filled, areas = hinted_areas(inputs.sketch.ink, hints, placement)
    return fill_areas(add_hints(found, colors, strokes, paper), filled, areas & ~strokes)


def _hints(hints: Hints, view: View) -> Hints:
    """The strokes that are about the view."""
    if view.box is None:
        return hints
    left, top, right, bottom = view.box
    own = np.zeros_like(hints)
    own[top:bottom, left:right] = hints[top:bottom, left:right]
    return own


def _pulls(inputs: Inputs, view: View, shown: Sequence[Shown]) -> list[Pull]:
    """The artist's point pairs, from pixels of the pictures to the canvases."""
    parts = {part.image: part for part in shown}
    return [
        Pull(
            view.placement.point_to_canvas(*pair.sketch),
            parts[pair.image].placement.point_to_canvas(*pair.reference),
            np.asarray(parts[pair.image].picture[0].transpose(1, 2, 0), np.float32),
        )
        for pair in pairs_within(inputs, view)
        if pair.image in parts
    ]
