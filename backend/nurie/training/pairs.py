"""Training pairs from a pack: a sketch, its colours and a reference, with exact correspondences where they are known.

Sample ``index`` of seed ``seed`` is a pure function of both, so a run resumes to the exact sample.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nurie.protocol import InputError
from nurie.training import augment
from nurie.training.line_styles import restyle
from nurie.training.linework import extract
from nurie.training.pack import POS_SIDE, open_pack

CELL = 8
"""Canvas pixels a side of the cells that correspondences are told for, as the matcher's."""
# Shares of the sources in a batch; within one, groups are drawn evenly so that large groups do not drown small ones.
WEIGHTS = {"3d": 0.36, "drawn": 0.28, "vector": 0.26, "icon": 0.10}
NO_PARTNER, UNKNOWN = -1.0, -2.0
MATCHED_HEIGHT = 0.02
"""Two surface points are the same when they lie this share of the character's height apart, or less, at rest."""
GLANCE = 16
"""Points a side that are looked at to tell whether a view shows anything."""
LEAST_SHOWN = 0.06
"""Share of the canvas that the figure covers in a view that is worth showing."""
# Their groups are no characters: two pictures of one differ in everything that a reference would have to tell.
MIXED_SOURCES = ("peppercarrot", "free-gophers")


@dataclass(frozen=True)
class Pair:
    """Pictures u8: ``color`` (S, S, 3), the truth; ``sketch`` (S, S), 255 = paper; ``reference`` (S, S, 3).

    ``matches`` (S/8, S/8, 2) float32: where each sketch cell's centre lies on the reference canvas, in [0, 1];
    -1 = no partner there, -2 = not known. ``strokes`` (S, S): 255 where the artist's own hints lie, if there are any.
    """

    color: NDArray[np.uint8]
    sketch: NDArray[np.uint8]
    reference: NDArray[np.uint8]
    matches: NDArray[np.float32]
    strokes: NDArray[np.uint8] | None = None


class Pairs:
    """Draws pairs from the pack in ``folder`` (see :mod:`nurie.training.pack`); InputError where there is none."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder, self.seed = folder, seed
        self.pack = open_pack(folder)
        self.items, self.arrays = self.pack.items, self.pack.arrays
        self.by_id = {item["id"]: index for index, item in enumerate(self.items)}
        sets: dict[tuple[str, str], list[int]] = defaultdict(list)
        groups: dict[str, dict[str, list[int]]] = {kind: defaultdict(list) for kind in WEIGHTS}
        for index, item in enumerate(self.items):
            sets[item["group"], str(item.get("palette"))].append(index)
            groups[item["kind"]][item["group"]].append(index)
        self.partners = [sets[item["group"], str(item.get("palette"))] for item in self.items]
        self.groups = {kind: list(found.values()) for kind, found in groups.items()}

    def _draw_target(self, rng: np.random.Generator, kinds: dict[str, float]) -> int:
        names = [name for name in kinds if self.groups[name]]
        if not names:
            raise InputError(f"The pack has no pictures of kind {' or '.join(kinds)}.", "Pack a folder that has some.")
        share = np.array([kinds[name] for name in names])
        groups = self.groups[names[rng.choice(len(names), p=share / share.sum())]]
        if rng.random() < 0.5:
            group = groups[rng.integers(len(groups))]
        else:  # half by picture, so that large varied groups (painted episodes) are seen whole
            sizes = np.array([len(group) for group in groups], float)
            group = groups[rng.choice(len(groups), p=sizes / sizes.sum())]
        return int(group[rng.integers(len(group))])

    def _partner(self, target: int, rng: np.random.Generator) -> int:
        item = self.items[target]
        if item.get("refs") and rng.random() < 0.8:
            known = [self.by_id[name] for name in item["refs"] if name in self.by_id]
            if known:  # best first: the nearest palette
                return int(known[min(int(rng.exponential(1.0)), len(known) - 1)])
        if item["source"] in MIXED_SOURCES:
            return target
        return int(self.partners[target][rng.integers(len(self.partners[target]))])

    def _changed(
        self, pictures: list[tuple[int, NDArray[np.uint8], augment.Map]], rng: np.random.Generator, chance: float
    ) -> list[NDArray[np.uint8]]:
        """The same random recolouring of every (row, rendered picture, its map); with 1 - ``chance`` none."""
        if rng.random() > chance:
            return [picture for _, picture, _ in pictures]
        solid = all(self.items[row]["solid"] >= 0 for row, _, _ in pictures)
        if solid and rng.random() < 0.6:
            changes = np.stack([augment.colour_change(rng) for _ in range(256)])
            changes[..., 3] = rng.normal(0, 0.08, (256, 1))  # lighter or darker, all channels alike
            changes[0] = np.eye(3, 4)  # the ground stays white
            return [
                augment.recolour_regions(
                    picture, augment.render(self.arrays["ids"][self.items[row]["solid"]], at, 0, nearest=True), changes
                )
                for row, picture, at in pictures
            ]
        if rng.random() < 0.5:
            hues = augment.hue_change(rng)
            return [augment.recolour_hues(picture, hues) for _, picture, _ in pictures]
        change, gamma = augment.colour_change(rng), float(np.exp(rng.normal(0, 0.2)))
        return [augment.recolour(picture, change, gamma) for _, picture, _ in pictures]

    def _view(self, row: int, size: int, rng: np.random.Generator, *, mirror: bool, crop: float) -> augment.View:
        """A random view; the whole figure where a close-up of it would show next to nothing."""
        box = augment.content_box(self.arrays["extracted"][row])
        view = augment.random_view(box, size, rng, mirror=mirror, crop=crop)
        coarse = np.linspace(0, size - 1, GLANCE).round().astype(int)
        seen = view.map(size)[np.ix_(coarse, coarse)].reshape(-1, 2).astype(np.float64)
        painted = (_nearest(self.arrays["color"][row], seen, 255) < 248).any(axis=1).mean()
        if painted >= LEAST_SHOWN:
            return view
        whole = augment.fitted_view(box, size)
        return augment.mirrored(whole, size) if mirror else whole

    def _sketch(self, row: int, at: augment.Map, rng: np.random.Generator) -> NDArray[np.uint8]:
        # A picture without true lines has one extracted drawing in the pack: half the time it gets another one.
        own = bool(self.items[row].get("line"))
        style = rng.random()
        if style < (0.12 if own else 0.5):
            color = augment.render(self.arrays["color"][row], at, (255, 255, 255))
            line = (extract(color.astype(np.float32) / np.float32(255), rng) * 255).astype(np.uint8)
        else:
            name = "line" if own and style < 0.65 else "extracted"
            line = augment.render(self.arrays[name][row], at, 255)
        return restyle(line, rng)

    def sample(
        self,
        index: int,
        size: int,
        *,
        kinds: dict[str, float] | None = None,
        self_share: float = 0.4,
        recolour: float = 0.5,
    ) -> Pair:
        """Pair number ``index`` on a canvas of ``size`` pixels; ``self_share`` of them pair a picture with itself."""
        rng = np.random.default_rng([self.seed, index])
        target = self._draw_target(rng, kinds or WEIGHTS)
        reference = target if rng.random() < self_share else self._partner(target, rng)
        arrays = self.arrays
        mirror = bool(rng.random() < (0.6 if reference == target else 0.3))
        view = self._view(target, size, rng, mirror=bool(rng.random() < 0.5), crop=0.35)
        bend = rng.random()
        if bend < 0.3:
            flow = augment.random_flow(size, rng.uniform(0.005, 0.03) * self.pack.side, rng)
            view = augment.View(view.matrix, flow)
        elif bend < 0.6:
            view = augment.posed(view, size, rng)
        mirrored = bool(view.matrix[0, 0] < 0) != mirror
        # A close-up of another panel of an episode seldom shows whom the sketch shows.
        close = 0.0 if reference != target and self.items[reference]["source"] in MIXED_SOURCES else 0.2
        reference_view = self._view(reference, size, rng, mirror=mirrored, crop=close)
        at, reference_at = view.map(size), reference_view.map(size)
        sketch = self._sketch(target, at, rng)
        color = augment.render(arrays["color"][target], at, (255, 255, 255))
        shown = augment.render(arrays["color"][reference], reference_at, (255, 255, 255))
        color, shown = self._changed([(target, color, at), (reference, shown, reference_at)], rng, recolour)
        matches = self._matches(target, at, reference, reference_view, size)
        hinted = self.items[target].get("hinted", -1)
        strokes = augment.render(arrays["hints"][hinted], at, 0, nearest=True) if hinted >= 0 else None
        return Pair(color, sketch, shown, matches, strokes)

    def fitted(self, target: int, reference: int, size: int) -> Pair:
        """Rows ``target`` and ``reference`` as the colorizer places them on its canvas: nothing is left to chance."""
        arrays = self.arrays
        shown = arrays["color"][reference]
        painted = np.where(shown.min(axis=2) < 248, 0, 255).astype(np.uint8)
        view = augment.fitted_view(augment.content_box(arrays["line"][target]), size)
        reference_view = augment.fitted_view(augment.content_box(painted), size)
        at = view.map(size)
        return Pair(
            augment.render(arrays["color"][target], at, (255, 255, 255)),
            augment.render(arrays["line"][target], at, 255),
            augment.render(shown, reference_view.map(size), (255, 255, 255)),
            self._matches(target, at, reference, reference_view, size),
        )

    def _matches(
        self, target: int, at: augment.Map, reference: int, view: augment.View, size: int
    ) -> NDArray[np.float32]:
        """Partners (cells, cells, 2) of the sketch's cells; ``at`` is the target's map, ``view`` the reference's."""
        cells = size // CELL
        # A cell's centre lies between its four middle pixels; the mean of two opposite ones is exact.
        corner = CELL // 2 - 1
        centres = (at[corner::CELL, corner::CELL] + at[corner + 1 :: CELL, corner + 1 :: CELL]) / 2
        centres = centres.reshape(-1, 2).astype(np.float64)
        found = np.full((cells * cells, 2), UNKNOWN)
        if target == reference:
            found = (view.inverse(centres) + 0.5) / size
            ground = _nearest(background(self.arrays["color"][target])[..., None], centres, 1)[:, 0] > 0
            outside = ((found < 0) | (found > 1)).any(axis=1)
            # Paper around a figure has no place of its own to come from.
            found[outside | ground] = NO_PARTNER
        elif self.items[target]["solid"] >= 0 and self.items[reference]["solid"] >= 0:
            found = self._solid_matches(target, reference, centres, view, size)
        return found.reshape(cells, cells, 2).astype(np.float32)

    def _solid_matches(
        self, target: int, reference: int, centres: NDArray[np.float64], view: augment.View, size: int
    ) -> NDArray[np.float64]:
        """Partners (N, 2) of target pixels ``centres`` (N, 2): their nearest in the rest pose, where near enough."""
        items, step = self.items, self.pack.side / POS_SIDE
        low, high = np.array(items[target]["rest_box"], float)
        extent = (high - low) / 255
        here = _nearest(self.arrays["pos"][items[target]["solid"]], (centres + 0.5) / step - 0.5, 0)
        there = self.arrays["pos"][items[reference]["solid"]]
        rows, columns = np.nonzero(there[..., 3] == 255)
        found = np.full((len(centres), 2), NO_PARTNER)
        covered = np.flatnonzero(here[:, 3] == 255)
        if not len(covered) or not len(rows):
            return found
        query = (here[covered, :3] * extent).astype(np.float32)
        keys = (there[rows, columns, :3] * extent).astype(np.float32)
        squared = (query**2).sum(1)[:, None] + (keys**2).sum(1)[None] - 2 * query @ keys.T
        best = squared.argmin(axis=1)
        near = squared[np.arange(len(query)), best] < (MATCHED_HEIGHT * (high - low)[1]) ** 2  # y is up
        points = (np.column_stack([columns, rows])[best] + 0.5) * step - 0.5
        canvas = (view.inverse(points) + 0.5) / size
        inside = ((canvas >= 0) & (canvas <= 1)).all(axis=1)
        found[covered[near & inside]] = canvas[near & inside]
        return found


def background(color: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where the near-white ground reaches the border of ``color`` (S, S, 3), else 0."""
    white = (color[::2, ::2].min(axis=2) > 247).astype(np.uint8)
    framed = np.pad(white, 1, constant_values=1)
    cv2.floodFill(framed, None, (0, 0), 2)
    return np.repeat(np.repeat((framed[1:-1, 1:-1] == 2).astype(np.uint8), 2, 0), 2, 1)


def _nearest(picture: NDArray[np.uint8], points: NDArray[np.float64], fill: int) -> NDArray[np.float64]:
    """Values of ``picture`` (H, W, C) at the nearest pixel of every point (N, 2); ``fill`` outside."""
    at = np.rint(points).astype(int)
    height, width = picture.shape[:2]
    inside = (at >= 0).all(axis=1) & (at[:, 0] < width) & (at[:, 1] < height)
    values = np.full((len(points), picture.shape[2]), float(fill))
    values[inside] = picture[at[inside, 1], at[inside, 0]]
    return values
