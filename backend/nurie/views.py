"""Views: what the model is shown at a time, a square of the drawing beside parts of the references.

A drawing of one figure is one view. A page of several is the whole page and then each figure by itself, so that it is
painted as finely as if it had been drawn alone. Of a character sheet it is shown the figure that fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nurie.imaging.canvas import Box, Placement, fit, ink_to_canvas, picture_box
from nurie.imaging.figures import outline, painted_figures, silhouette
from nurie.imaging.points import PointPair
from nurie.inputs import Inputs, on_white_canvas, over_white

__all__ = ["INK", "Shown", "View", "drawing_canvas", "open_ground", "pairs_within", "parts_of", "shows", "views_of"]

Floats = NDArray[np.float32]

INK = 0.4
"""Level of a drawing's canvas, paper 1 and ink -1, below which there is a line."""
_LARGEST = 0.6
"""Side of a figure, as a share of the page's, up to which it gains by being looked at alone: 1.7 times as large."""
_RIM = 4
"""Canvas pixels around a figure that are still shown with it."""


@dataclass(frozen=True)
class Shown:
    """A part of reference number ``image`` on the canvas: its ``picture`` (1, 3, S, S) in [-1, 1], white around; the
    figure in ``box``, in the reference's pixels, or all of it."""

    image: int
    placement: Placement
    picture: Floats
    box: Box | None = None

    def holds(self, x: float, y: float) -> bool:
        """Whether a place of the reference, in pixels, belongs to it."""
        return _holds(self.box, x, y)

    def origin(self, at: Floats, *, mirrored: bool) -> Floats:
        """Places (S, S, 3) on its canvas, or on that mirrored, as places in the reference's pixels, and its number."""
        place, x, y = self.placement, at[..., 0], at[..., 1]
        if mirrored:
            x = np.float32(place.size - 1) - x
        x, y = ((axis + 0.5) / place.scale - 0.5 + first for axis, first in ((x, place.x0), (y, place.y0)))
        return np.dstack([x, y, np.full(x.shape, self.image)]).astype(np.float32)

    @cached_property
    def silhouette(self) -> Floats:
        """The shape of what it shows; see ``figures.silhouette``."""
        return silhouette(np.asarray(self.picture[0].min(axis=0) < 0.94))


@dataclass(frozen=True)
class View:
    """A square of the drawing; ``box``: the figure that it is about, in the drawing's pixels, None for all of it."""

    placement: Placement
    box: Box | None = None

    def holds(self, x: float, y: float) -> bool:
        """Whether a place of the drawing belongs to it."""
        return _holds(self.box, x, y)


def views_of(inputs: Inputs, size: int) -> list[View]:
    """The whole drawing first, then its figures, where it has several small ones, on canvases of ``size``."""
    whole = View(fit(inputs.sketch.box, size))
    figures = [View(fit(box, size), box) for box in inputs.sketch.figures]
    return [whole, *(view for view in figures if view.placement.side <= _LARGEST * whole.placement.side)]


def parts_of(image: int, reference: Image.Image, size: int) -> list[Shown]:
    """Reference number ``image`` as a whole, then each of its figures, where it has several."""
    rgb, alpha = over_white(reference)
    box = picture_box(rgb, alpha)
    whole = fit(box, size)
    found = [Shown(image, whole, on_white_canvas(rgb, whole)[None])]
    for figure in painted_figures(rgb, box):
        placement = fit(figure, size)
        picture = np.where(shows(placement, figure), on_white_canvas(rgb, placement), np.float32(1))
        found.append(Shown(image, placement, picture[None], figure))
    return found


def pairs_within(inputs: Inputs, view: View) -> tuple[PointPair, ...]:
    """The artist's point pairs that are about this view."""
    return tuple(pair for pair in inputs.points if view.holds(*pair.sketch))


def drawing_canvas(inputs: Inputs, view: View) -> Floats:
    """What the view shows of the drawing, (1, 1, S, S): paper +1, ink -1."""
    ink = ink_to_canvas(inputs.sketch.ink, view.placement)
    if view.box is not None:
        ink = np.where(shows(view.placement, view.box), ink, np.float32(0))
    return (1 - 2 * ink)[None, None].astype(np.float32, copy=False)


def _holds(box: Box | None, x: float, y: float) -> bool:
    return box is None or (box[0] <= x < box[2] and box[1] <= y < box[3])


def open_ground(inputs: Inputs, view: View) -> NDArray[np.bool_]:
    """Where on the view's canvas (S, S) nothing is drawn and no lines enclose it."""
    return np.asarray(outline(np.asarray(drawing_canvas(inputs, view)[0, 0] < INK)) == 0)


def shows(placement: Placement, box: Box | None) -> NDArray[np.bool_]:
    """Where a canvas (S, S) shows a box of its picture and not what is beside it; everywhere without a box."""
    if box is None:
        return np.ones((placement.size, placement.size), np.bool_)
    centres = (np.arange(placement.size) + 0.5) / placement.scale
    rim = _RIM / placement.scale
    columns = np.abs(centres + placement.x0 - (box[0] + box[2]) / 2) <= (box[2] - box[0]) / 2 + rim
    rows = np.abs(centres + placement.y0 - (box[1] + box[3]) / 2) <= (box[3] - box[1]) / 2 + rim
    return np.asarray(rows[:, None] & columns)
