"""The painter: one view of a drawing through the model, from matching to the denoised picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.cache import Cache, digest
from nurie.clock import Clock
from nurie.closer import closer
from nurie.corrections import corrected, has_corrections
from nurie.imaging.canvas import on_page
from nurie.imaging.detail import Detail, fetched, finer_size
from nurie.imaging.evidence import Evidence, Match, choose, evidence, merge
from nurie.imaging.figures import likeness, outline, silhouette
from nurie.imaging.spread import Paper
from nurie.imaging.touched import kept_elsewhere, touched
from nurie.inputs import Inputs, over_white
from nurie.sampling import Conditions, sample
from nurie.views import INK, Shown, View, drawing_canvas, pairs_within, shows

if TYPE_CHECKING:
    from nurie.diffusion.samplers import StepInfo
    from nurie.runtime.engine import Engine

__all__ = ["Painted", "Painter", "Parts", "Run"]

Floats = NDArray[np.float32]
Told = Callable[["StepInfo"], None]
Parts = Sequence[Sequence[Shown]]

_LARGEST_KEPT = 0.1
"""Share of the cache that the pictures of one view may take: many seeds must not drive out the references."""
_LOOKED_AT = 6
"""Parts of a reference that are matched with a figure, the most alike in shape first,"""
_CLEAR = 0.6
"""until this share of it has a sure partner."""
_BESIDE = 0.8
"""A figure takes further references only where they fit this much of how the best one does: others show others."""


_ON_PAGE = 0.8
"""A figure stays as it is on the page where no more than this of its share there has a sure partner when it is alone:
nothing of the references belongs to it. Less than 1, since finer cells are less sure."""


@dataclass(frozen=True)
class Run:
    """How to sample: steps, a picture a seed, guidance as (reference scale, evidence scale)."""

    steps: int
    seeds: tuple[int, ...]
    scales: tuple[float, float]


@dataclass(frozen=True)
class Painted:
    """A view's ``pictures`` (B, 3, S, S) in [-1, 1], one a seed; ``detail``: what the references show more finely."""

    pictures: Floats
    detail: Detail | None = None


class Painter:
    """A model on an engine. ``cache`` keeps reference tokens, matches and evidence from one call to the next."""

    def __init__(self, engine: Engine, cache: Cache | None = None) -> None:
        self.engine = engine
        self.cache = Cache() if cache is None else cache

    def encode(self, picture: Floats) -> Floats:
        """A reference canvas (1, 3, S, S) to its tokens (1, N, D); from the cache where it was seen before."""
        return self.cache.get(f"tokens {digest(picture)}", lambda: self.engine.encode_reference(picture))

    def match(self, lines: Floats, picture: Floats) -> Match:
        """A sketch canvas (1, 1, S, S) on a reference canvas; from the cache where both were seen together before."""
        return self.cache.get(f"match {digest(lines, picture)}", lambda: self.engine.match(lines, picture))

    def chosen(
        self, views: Sequence[View], inputs: Inputs, parts: Parts, clock: Clock
    ) -> Iterator[tuple[View, tuple[Shown, ...]]]:
        """View after view, what to show the model with it; ``parts`` are those of each reference, the whole one first.

        With a figure that is matched clearly worse by itself than on its page, nothing. One after the other, so that
        the whole page can be seen before its figures are looked at.
        """
        whole = views[0]
        told = tuple(of_one[0] for of_one in parts)
        if len(views) == 1 and any(len(of_one) > 1 for of_one in parts):
            with clock.stage("warp"):
                told = tuple(part for _, part in self._fitting(whole, inputs, parts))
        yield whole, told
        if len(views) == 1:
            return
        with clock.stage("warp"):
            lines = drawing_canvas(inputs, whole)
            figures = _enclosed(lines)
            sure = np.maximum.reduce([self._sure(lines, part) for part in told])
        for view in views[1:]:
            with clock.stage("warp"):
                on_its_page = _mean(sure, np.where(shows(whole.placement, view.box), figures, np.float32(0)))
                fitting = self._fitting(view, inputs, parts)
                named = {pair.image for pair in pairs_within(inputs, view)}
                best = max(share for share, _ in fitting)
                near = [part for share, part in fitting if share >= _BESIDE * best or part.image in named]
            yield view, tuple(near) if named or best > _ON_PAGE * on_its_page else ()

    def paint(
        self, view: View, inputs: Inputs, shown: Sequence[Shown], run: Run, clock: Clock, told: Told | None
    ) -> Painted:
        """The view painted with the parts of references that go with it.

        ``told`` is called after each step, and not at all where the pictures were kept from before the corrections.
        """
        with clock.stage("imaging"):
            lines = drawing_canvas(inputs, view)
        pictures = [part.picture for part in shown]
        with clock.stage("encode"):
            tokens = np.concatenate([self.encode(picture) for picture in pictures], axis=1)
        with clock.stage("warp"):
            # Seed, steps, guidance, style and mask change nothing of it.
            key = f"{digest(lines, *pictures)} {view} {inputs.sketch.shape}"
            paper = Paper((1 - lines[0, 0]) / 2, on_page(view.placement, inputs.sketch.shape))
            warped = self._kept(view, f"evidence {key}", lambda: self._evidence(lines, shown, inputs, paper))
            told_of, changed = warped, None
            if has_corrections(inputs, view):
                controls = f"{inputs.points} {[one.size for one in inputs.references]}"
                controls += "" if inputs.hints is None else digest(inputs.hints)
                name = f"evidence {key} {controls}"
                told_of = self._kept(view, name, lambda: corrected(warped, inputs, view, shown, paper))
                changed = touched(warped, told_of)

        def denoised(evidence: Evidence, told: Told | None) -> Floats:
            conditions = Conditions(lines, evidence.channels, tokens)
            sampling, seeds = self.engine.sampling, run.seeds
            return sample(
                self.engine, conditions, sampling, steps=run.steps, seed=seeds, guidance=run.scales, callback=told
            )

        with clock.stage("denoise"):
            key = f"painted {key} {run}"
            small = 3 * lines.nbytes * len(run.seeds) <= self.cache.limit * _LARGEST_KEPT
            if changed is not None:
                after = denoised(told_of, told)
                before = self.cache.get(key, lambda: denoised(warped, None)) if small else denoised(warped, None)
                painted = kept_elsewhere(before, after, changed)
            elif small and (inputs.hints is not None or inputs.points):
                painted = self.cache.get(key, lambda: denoised(warped, told))  # all corrections are elsewhere
            else:
                painted = denoised(warped, told)
                if small:
                    self.cache.put(key, painted)  # the first correction will ask for it
        with clock.stage("imaging"):
            # After the first estimate, which nobody should wait for.
            references = [over_white(one)[0] for one in inputs.references]
            found = fetched(warped, references, (1 - lines[0, 0]) / 2, finer_size(view.placement))
            return Painted(painted, _untouched(found, changed))

    def _kept(self, view: View, key: str, make: Callable[[], Evidence]) -> Evidence:
        """As it was kept for the next call. A figure's is made anew from its matches: a page's would fill the cache."""
        return self.cache.get(key, make) if view.box is None else make()

    def _fitting(self, view: View, inputs: Inputs, parts: Parts) -> list[tuple[float, Shown]]:
        """Of each reference the part of which most of the view has a sure partner, and what share that is."""
        lines = drawing_canvas(inputs, view)
        shape, figure = silhouette(np.asarray(lines[0, 0] < INK)), _enclosed(lines)
        found: list[tuple[float, Shown]] = []
        for image, of_one in enumerate(parts):
            told = [pair.reference for pair in pairs_within(inputs, view) if pair.image == image]
            held = [part for part in of_one[1:] if told and all(part.holds(*place) for place in told)]
            # Where the artist's points lie in one of its figures, that is the one.
            asked = sorted(held or of_one, key=lambda part: -likeness(shape, part.silhouette))[:_LOOKED_AT]
            fits: list[tuple[float, Shown]] = []
            for part in asked:
                fits.append((_mean(self._sure(lines, part), figure), part))
                if fits[-1][0] >= _CLEAR:
                    break
            found.append(max(fits, key=lambda one: one[0]))
        return found

    def _sure(self, lines: Floats, part: Shown) -> Floats:
        """How sure each cell of the lines is of its partner on a part, straight or mirrored."""
        return np.asarray(np.maximum(*(self.match(lines, picture).confidence for picture in _sides(part.picture))))

    def _evidence(self, lines: Floats, shown: Sequence[Shown], inputs: Inputs, paper: Paper) -> Evidence:
        """The colours that the references lay on the drawing."""
        return choose([self._warp(lines, part, inputs, paper.ink) for part in shown], paper.ink)

    def _warp(self, lines: Floats, part: Shown, inputs: Inputs, ink: Floats) -> Evidence:
        """One reference's evidence, from a closer look, too, where that is clearer."""
        figure = _enclosed(lines)
        matches = [self.match(lines, side) for side in _sides(part.picture)]
        looks = [part]
        near = closer(part, inputs.references[part.image], figure, matches)
        if near is not None and _mean(self._sure(lines, near), figure) > _mean(self._sure(lines, part), figure):
            looks.append(near)
        found = []
        for look in looks:
            for side, mirrored in zip(_sides(look.picture), (False, True), strict=True):
                one = evidence(self.match(lines, side), _image(side), ink)
                found.append(
                    one if one.origin is None else replace(one, origin=look.origin(one.origin, mirrored=mirrored))
                )
        return merge(found)


def _untouched(detail: Detail | None, changed: Floats | None) -> Detail | None:
    """What of a detail corrections leave, which have ``changed`` the canvas (S, S) from 0 not at all to 1."""
    if detail is None or changed is None:
        return detail
    same = cv2.resize(1 - changed, detail.share.shape, interpolation=cv2.INTER_LINEAR)
    return replace(detail, share=np.asarray(detail.share * np.clip(same, 0, 1)).astype(np.uint8))


def _sides(picture: Floats) -> tuple[Floats, Floats]:
    """A reference canvas, and mirrored: another view for free, and what faces the other way may match it better."""
    return picture, np.ascontiguousarray(picture[..., ::-1])


def _enclosed(lines: Floats) -> Floats:
    """1 in what the lines (1, 1, S, S) enclose, else 0: (S, S)."""
    return outline(np.asarray(lines[0, 0] < INK)).astype(np.float32)


def _mean(cells: Floats, figure: Floats) -> float:
    """The mean of cells over a figure, marked by 1 (S, S)."""
    weight = cv2.resize(figure, cells.shape[::-1], interpolation=cv2.INTER_AREA)
    return float((cells * weight).sum() / max(float(weight.sum()), 1e-6))


def _image(picture: Floats) -> Floats:
    """(1, C, S, S) to (S, S, C), without a copy."""
    return np.asarray(picture[0].transpose(1, 2, 0), np.float32)
