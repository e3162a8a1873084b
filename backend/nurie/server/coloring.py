"""One job's work, from its images' files to its pictures; the server's worker does it, and ``nurie batch``.

Memory that runs out is met once with less: everything kept for speed is let go, the model with it, and the drawing is
coloured at half its size. What runs out twice is the job's error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from nurie.colorizer import Colorizer, Result
from nurie.imaging.load import Source, from_bytes
from nurie.inputs import Inputs, read_inputs
from nurie.protocol import JobRequest, MemoryLimitError
from nurie.server.checkpoints import CheckedEngine
from nurie.server.halving import enlarged, halved
from nurie.server.memory import resident_megabytes
from nurie.server.preview import Previews, coarse, encode_preview
from nurie.views import views_of

if TYPE_CHECKING:
    from nurie.diffusion.samplers import StepInfo
    from nurie.runtime.engine import Floats
    from nurie.server.engine import EngineHost
    from nurie.server.limits import Limits

__all__ = ["Progress", "Workbench", "silent", "summary"]

Images = Mapping[str, bytes | mmap | Path]
"""The pictures that a request names: files in memory, or where they lie."""


@dataclass(frozen=True)
class Progress:
    """What a job's work tells on its way; every one of them may raise ``Cancelled``.

    checkpoint(): asked before everything that takes long. running(steps): the model is there. denoising(): before each
    call of the denoiser. step(n, preview): n steps are done, with a JPEG in base64 or None. finishing(): only the
    full-size picture is left.
    """

    checkpoint: Callable[[], None]
    running: Callable[[int], None]
    denoising: Callable[[], None]
    step: Callable[[int, str | None], None]
    finishing: Callable[[], None]


def silent() -> Progress:
    """Tells nobody."""
    return Progress(
        checkpoint=lambda: None,
        running=lambda steps: None,
        denoising=lambda: None,
        step=lambda number, preview: None,
        finishing=lambda: None,
    )


class Workbench:
    """Colours one job after the other with the host's engine; the last inputs stay at hand, analysed."""

    def __init__(self, host: EngineHost, limits: Limits) -> None:
        self.host = host
        self._limits = limits
        self._last: tuple[object, Inputs] | None = None
        self._shape = (0, 0)

    def color(self, request: JobRequest, images: Images, progress: Progress) -> tuple[Result, bool]:
        """The result, and whether it had to be coloured at half size. Raises NurieError."""
        try:
            return self._color(request, images, progress, half=False), False
        except Exception as error:
            if not _ran_out(error):
                raise
        self.clear()
        progress.checkpoint()
        try:
            return self._color(request, images, progress, half=True), True
        except Exception as error:
            if not _ran_out(error):
                raise
            held = resident_megabytes()
            self.clear()
            height, width = self._shape
            figure = "" if held is None else f" (this process held {held:.0f} MB)"
            raise MemoryLimitError(
                f"A drawing of {width} x {height} px needs more memory than there is, even at half its size{figure}.",
                "Close other programs, or scale the drawing down.",
            ) from error

    def clear(self) -> bool:
        """Let go of the model and of everything kept for speed; whether there was a model."""
        self._last = None
        return self.host.let_go()

    def _color(self, request: JobRequest, images: Images, progress: Progress, *, half: bool) -> Result:
        progress.checkpoint()
        started = time.perf_counter()
        inputs = self._read(request, images)
        shape = self._shape = inputs.sketch.shape
        if half:
            inputs = halved(inputs)
        _ = inputs.sketch.figures  # found when first asked for, as is the box around them
        reading = time.perf_counter() - started
        progress.checkpoint()
        loaded, seconds = self.host.colorizer(request.model or self.host.default)
        progress.checkpoint()
        engine = loaded.engine
        steps = engine.sampling.steps if request.steps is None else request.steps
        views = views_of(inputs, engine.canvas_size)
        placement = views[0].placement
        previews = Previews(self._limits.previews_per_second)

        def told(info: StepInfo) -> None:
            preview = None
            if previews.due():
                preview = encode_preview(info.x0, placement, inputs.sketch.shape, self._limits.preview_side)
            progress.step(info.index + 1, preview)
            if info.index + 1 == info.steps:
                progress.finishing()

        def fetched(evidence: Floats) -> None:
            """The colours as the references lay them on the drawing: the first estimates, before the first step."""
            if previews.due():
                picture = encode_preview(coarse(evidence), placement, inputs.sketch.shape, self._limits.preview_side)
                progress.step(0, picture)

        progress.running(steps * len(views))
        checked = CheckedEngine(engine, progress.checkpoint, progress.denoising, fetched)
        colorizer = Colorizer(checked, load_seconds=seconds, cache=loaded.cache)
        result = colorizer.colorize(
            inputs, steps=steps, seed=request.seed, guidance=request.guidance, callback=told, style=request.style
        )
        for name in ("imaging", "total"):  # as where the files are opened by ``colorize`` itself
            result.timings[name] += reading
        return enlarged(result, shape) if half else result

    def _read(self, request: JobRequest, images: Images) -> Inputs:
        """Decode, check and analyse, unless the last job had the same inputs; another seed or step count often does."""
        key = (request.sketch, request.references, request.hints, request.mask, request.points)
        if self._last is None or self._last[0] != key:
            self._last = None
            self._last = key, _read(request, images)
        return self._last[1]


def summary(result: Result, *, half: bool) -> dict[str, Any]:
    """What a job that is done says of its result."""
    return {
        "width": result.color.width,
        "height": result.color.height,
        "steps": result.steps,
        "seed": result.seed,
        "model": result.model,
        "engine": result.engine,
        "device": result.device,
        "half_size": half,
        "timings": {name: round(seconds, 4) for name, seconds in result.timings.items()},
    }


def _read(request: JobRequest, images: Images) -> Inputs:
    """InputError says which picture cannot be used: by its part, and by its file's name where it has one."""

    def opened(name: str, what: str) -> Source:
        image = images[name]
        return image if isinstance(image, Path) else from_bytes(bytes(image), what)

    return read_inputs(
        opened(request.sketch, "sketch"),
        [opened(name, "reference") for name in request.references],
        hints=None if request.hints is None else opened(request.hints, "hints"),
        mask=None if request.mask is None else opened(request.mask, "mask"),
        points=request.points,
    )


def _ran_out(error: Exception) -> bool:
    """Whether memory did; OpenCV says so by a code of its own."""
    if isinstance(error, cv2.error):
        return getattr(error, "code", None) == cv2.Error.StsNoMem
    return isinstance(error, (MemoryLimitError, MemoryError))
