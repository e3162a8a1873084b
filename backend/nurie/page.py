"""The page: what has been painted of a drawing so far, the whole first and then its figures over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nurie.diffusion.samplers import StepInfo
from nurie.imaging.assemble import Part, assembled, finer
from nurie.imaging.canvas import Placement
from nurie.imaging.detail import Placed, agreeing
from nurie.painter import Painted
from nurie.views import View, shows

__all__ = ["Page"]

Floats = NDArray[np.float32]


class Page:
    """Takes the pictures of ``views``, in their order; ``callback`` is told of every step of all of them.

    What is left of the whole page's picture, where its figures have their own, stays white on ``ground`` (S, S): seen
    from so far away, paper between figures is easily taken for one.
    """

    def __init__(
        self,
        views: Sequence[View],
        steps: int,
        callback: Callable[[StepInfo], None] | None = None,
        ground: NDArray[np.bool_] | None = None,
    ) -> None:
        self._views, self._steps, self._callback = views, steps, callback
        self._whole = views[0].placement
        self._pictures: Floats | None = None
        self._parts: list[Part] = []
        self._painted: list[tuple[View, Painted]] = []
        self._ground = ground
        self._told = 0

    def add(self, view: View, painted: Painted | None) -> None:
        """The next view, finished; None where the page is to stay as it is there."""
        pictures = None if painted is None else painted.pictures
        if painted is not None:
            self._painted.append((view, painted))
        if pictures is not None and view.box is not None:
            self._parts.append(Part(pictures, view.placement, view.box))
        elif pictures is not None:
            self._pictures = pictures if self._ground is None else np.where(self._ground, np.float32(1), pictures)
        done = (self._views.index(view) + 1) * self._steps
        if self._callback is not None and len(self._views) > 1 and self._told < done:  # it took no steps
            self._callback(self._step(StepInfo(done - 1, 0, 0, self._pictures, self._pictures), self._parts))

    def told(self, view: View) -> Callable[[StepInfo], None] | None:
        """What a view's sampler is to call after its steps: the callback gets the whole page as it is by then."""
        callback = self._callback
        if callback is None or len(self._views) == 1:
            return callback
        before = self._views.index(view) * self._steps

        def step(info: StepInfo) -> None:
            parts = self._parts
            if view.box is not None:
                parts = [*parts, Part(np.asarray(info.x0, np.float32), view.placement, view.box)]
            callback(self._step(replace(info, index=before + info.index), parts))

        return step

    def _step(self, info: StepInfo, parts: Sequence[Part]) -> StepInfo:
        """The step as one of the whole page's; a figure's, once the whole has been painted, shows it on the page."""
        self._told = info.index + 1
        x0 = info.x0 if self._pictures is None else self._shown(parts, self._whole)
        return replace(info, steps=len(self._views) * self._steps, x0=x0)

    def assembled(self) -> tuple[Floats, Placement]:
        """All of it (B, 3, K, K), on a canvas as fine as its figures want, and the square of the drawing it shows."""
        canvas = finer(self._whole, [part.placement for part in self._parts])
        if self._pictures is None:
            raise ValueError("nothing has been painted yet")
        return (self._shown(self._parts, canvas), canvas) if self._parts else (self._pictures, self._whole)

    def details(self, number: int) -> list[Placed]:
        """What the references show more finely of picture ``number``: of the whole, or of each figure of a page."""
        found = []
        for view, painted in self._painted:
            if painted.detail is None or (view.box is None and len(self._views) > 1):
                continue
            detail = agreeing(painted.detail, (painted.pictures[number].transpose(1, 2, 0) + 1) / 2)
            own = shows(view.placement.resized(len(detail.share)), view.box)
            found.append(Placed(replace(detail, share=np.where(own, detail.share, np.uint8(0))), view.placement))
        return found

    def _shown(self, parts: Sequence[Part], canvas: Placement) -> Floats:
        if self._pictures is None:
            raise ValueError("the whole page comes before its figures")
        return assembled(self._pictures, self._whole, parts, canvas)
