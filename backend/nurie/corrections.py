"""Corrections: the artist's points and hints, laid over what the references say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nurie.imaging.canvas import Placement
from nurie.imaging.evidence import Evidence
from nurie.imaging.hinted import fill_areas, hinted_areas
from nurie.imaging.hints import add_hints, hints_canvas
from nurie.imaging.pull import Pull, follow_points
from nurie.imaging.spread import Paper
from nurie.inputs import Inputs, reference_placement

__all__ = ["corrected"]

Floats = NDArray[np.float32]


def corrected(
    found: Evidence, inputs: Inputs, placement: Placement, pictures: Sequence[Floats], paper: Paper
) -> Evidence:
    """Evidence (S, S) with the points and hints of ``inputs``; ``pictures`` (1, 3, S, S) are its references."""
    found = follow_points(found, _pulls(inputs, placement, pictures), paper)
    if inputs.hints is None:
        return found
    colors, strokes = hints_canvas(inputs.hints, placement)
    filled, areas = hinted_areas(inputs.sketch.ink, inputs.hints, placement)
    return fill_areas(add_hints(found, colors, strokes, paper), filled, areas & ~strokes)


def _pulls(inputs: Inputs, placement: Placement, pictures: Sequence[Floats]) -> list[Pull]:
    """The artist's point pairs, from pixels of the pictures to the canvases."""
    size = placement.size
    return [
        Pull(
            placement.point_to_canvas(*pair.sketch),
            reference_placement(inputs.references[pair.image], size).point_to_canvas(*pair.reference),
            np.asarray(pictures[pair.image][0].transpose(1, 2, 0), np.float32),
        )
        for pair in inputs.points
    ]
