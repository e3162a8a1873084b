"""The public API: ``load`` a model, ``Colorizer.colorize`` a drawing.

The way of a drawing: onto the model's canvas, colours fetched from each reference by correspondence, denoised under
their guidance (`painter`), the figures of a page each by itself once more, and brought back to full size under the
artist's own lines. Nothing here knows which engine runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nurie.cache import Cache
from nurie.clock import Clock
from nurie.device import parse_device
from nurie.imaging.canvas import Placement
from nurie.imaging.detail import Placed, laid
from nurie.imaging.fullres import upscale_color
from nurie.imaging.mask import apply_mask
from nurie.imaging.painting import Painting, paint
from nurie.inputs import Inputs, check_options, read_inputs
from nurie.page import Page
from nurie.painter import Painter, Run
from nurie.protocol import UsageError
from nurie.result import Pictures, Result, pictures_of
from nurie.views import open_ground, parts_of, views_of

if TYPE_CHECKING:
    from nurie.diffusion.samplers import StepInfo
    from nurie.imaging.load import Source
    from nurie.imaging.points import Points
    from nurie.runtime.engine import Engine

__all__ = ["Colorizer", "Result", "load"]

Floats = NDArray[np.float32]


class Colorizer(Painter):
    """One loaded model on one engine; made by ``load``.

    ``cache`` keeps reference tokens, matches and evidence from one call to the next, which then skips these.
    """

    def __init__(self, engine: Engine, *, load_seconds: float = 0.0, cache: Cache | None = None) -> None:
        super().__init__(engine, cache)
        self._load_seconds = load_seconds

    def colorize(
        self,
        sketch: Source | Inputs,
        references: Source | Iterable[Source] = (),
        steps: int | None = None,
        seed: int = 0,
        guidance: float | None = None,
        callback: Callable[[StepInfo], None] | None = None,
        *,
        hints: Source | None = None,
        points: Points = (),
        mask: Source | None = None,
        style: str | None = None,
        depth: int | None = None,
    ) -> Result:
        """Colour a drawing (paths or PIL images of any size; or ``Inputs`` read before, and then nothing beside them).

        steps 1 to 100 and guidance 0 to 20 default to the model's own; the same inputs, seed, engine and device give
        the same bytes. hints: strokes of colour on transparent ground, of the sketch's size. points: a JSON file or
        pairs of places, ``{"sketch": [x, y], "reference": [x, y], "image": 0}`` in pixels. mask: of the sketch's size,
        white where colour is wanted; the model still sees the whole drawing. style: ``flats`` (one colour an area),
        ``shaded`` (tones kept inside areas) or ``soft``; None leaves the model's colours as they are. depth: 16 for
        ``image16`` and ``color16``, 8 for none; None: 16 when the drawing or a reference has it (a file, or levels as
        uint16). ``callback`` runs after each step and cancels by raising ``nurie.protocol.Cancelled``; a page of
        several figures takes its steps for the whole and for each of them.
        Raises UsageError for options out of range and InputError for a picture or a point that cannot be used.
        """
        return self.colorize_several(
            sketch,
            references,
            steps,
            (seed,),
            guidance,
            callback,
            hints=hints,
            points=points,
            mask=mask,
            style=style,
            depth=depth,
        )[0]

    def colorize_several(
        self,
        sketch: Source | Inputs,
        references: Source | Iterable[Source] = (),
        steps: int | None = None,
        seeds: Sequence[int] = (0,),
        guidance: float | None = None,
        callback: Callable[[StepInfo], None] | None = None,
        *,
        hints: Source | None = None,
        points: Points = (),
        mask: Source | None = None,
        style: str | None = None,
        depth: int | None = None,
    ) -> list[Result]:
        """One result a seed, as ``colorize`` gives it for each, with everything that no seed changes done once.

        The denoiser takes all of them at a time where the engine can. The callback's pictures are (B, 3, S, S), and
        all results tell the timings of the whole. No seeds: UsageError.
        """
        if not seeds:
            raise UsageError("There is no seed.", "Give at least one.")
        for seed in seeds:
            check_options(steps, seed, guidance, style, depth)
        clock = Clock()
        with clock.stage("imaging"):
            if isinstance(sketch, Inputs):
                inputs = sketch
            else:
                inputs = read_inputs(sketch, references, hints=hints, points=points, mask=mask)
            size = self.engine.canvas_size
            views = views_of(inputs, size)
            parts = [parts_of(number, one, size) for number, one in enumerate(inputs.references)]
            ground = open_ground(inputs, views[0]) if len(views) > 1 else None
        sampling = self.engine.sampling
        steps = sampling.steps if steps is None else steps
        scales = (sampling.reference_scale, sampling.evidence_scale) if guidance is None else (guidance, guidance)
        run = Run(steps, tuple(seeds), scales)
        page = Page(views, steps, callback, ground)
        for view, shown in self.chosen(views, inputs, parts, clock):
            page.add(view, self.paint(view, inputs, shown, run, clock, page.told(view)) if shown else None)
        with clock.stage("imaging"):
            depth = inputs.depth if depth is None else depth
            painted, placement = page.assembled()
            pictures = [of_one[0].picture for of_one in parts]
            finished = [
                _finish(one[None], page.details(number), inputs, placement, pictures, style, depth)
                for number, one in enumerate(painted)
            ]
        load_seconds, self._load_seconds = self._load_seconds, 0.0
        timings = clock.timings(load_seconds)
        return [
            Result(
                **shown,
                timings=timings,
                steps=steps,
                seed=seed,
                model=self.engine.model,
                engine=self.engine.name,
                device=self.engine.device,
                painting=painting,
            )
            for seed, (shown, painting) in zip(seeds, finished, strict=True)
        ]


def load(
    model: str | PathLike[str] = "compact",
    *,
    engine: str = "auto",
    device: str = "auto",
    models: Path | None = None,
    cache: Cache | None = None,
    variant: str | None = None,
    threads: int | None = None,
) -> Colorizer:
    """Load a model (its name or the path of its weights) on an engine and a device.

    ``auto`` takes the engine that was measured to be fastest here (``nurie doctor --calibrate``), else the first that
    is installed, and its best device; ``models`` is a folder of further models; ``cache`` replaces the Colorizer's own
    (64 MiB) and must serve no other model. ``variant`` is "float32" or one of the model's own, such as "int8", and
    ``threads`` how many the CPU computes on; left out, they are what was measured, or float32 on one thread a core.
    ModelError: missing or damaged weights; DeviceError: an engine or a device that is not there - never another one in
    its place; UsageError: a name that is none.
    """
    chosen = parse_device(device)
    from nurie.runtime import load_engine  # here, so that ``import nurie.colorizer`` needs no engine installed

    started = time.perf_counter()
    loaded = load_engine(fspath(model), engine, chosen, models=models, variant=variant, threads=threads)
    return Colorizer(loaded, load_seconds=time.perf_counter() - started, cache=cache)


def _finish(
    painted: Floats,
    details: Sequence[Placed],
    inputs: Inputs,
    placement: Placement,
    pictures: Sequence[Floats],
    style: str | None,
    depth: int,
) -> tuple[Pictures, Painting | None]:
    """From the model's picture (1, 3, S, S): the finished ones, and what they are made of."""
    small = (_image(painted) + np.float32(1)) / np.float32(2)
    if style is None:
        color = upscale_color(small, inputs.sketch, placement, levels=np.uint16 if depth == 16 else np.uint8)
        color = laid(color, inputs.sketch.ink, details)
        if inputs.mask is not None:
            color = apply_mask(color, inputs.mask)
        return pictures_of(color, inputs.sketch), None
    references = [_image(one) for one in pictures]
    painting = paint(style, small, inputs.sketch, placement, references, inputs.mask, inputs.hints, depth, details)
    return pictures_of(painting.color(), inputs.sketch), painting


def _image(picture: Floats) -> Floats:
    """(1, C, S, S) to (S, S, C), without a copy."""
    return np.asarray(picture[0].transpose(1, 2, 0), np.float32)
