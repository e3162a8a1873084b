"""One point of a growth: seconds and peak memory of one process at one size of one thing."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nurie.bench import coloring
from nurie.bench.pictures import reference, sketch
from nurie.bench.resources import forget_peak, peak_memory
from nurie.cache import Cache
from nurie.imaging.canvas import fit
from nurie.imaging.lineart import LineArt, read_line_art
from nurie.imaging.painting import paint
from nurie.imaging.regions import find_regions
from nurie.imaging.styles import STYLES

__all__ = ["SWEEPS", "measure"]

_SIDES = (1024, 2048, 3072, 4096, 6000, 8000)
"""Of drawings whose areas are found: each has about a megapixel of the points at which they are looked for."""
SWEEPS: Mapping[str, tuple[int, ...]] = {
    "canvas": (512, 1024, 2048, 3072, 4096),
    "regions": _SIDES,
    "flats": _SIDES,
    "shaded": _SIDES,
    "steps": (1, 2, 4, 8, 16),
    "references": (1, 2, 4, 6, 8),
    "batch": (1, 2, 4, 8, 12),
    "queue": (1, 2, 4, 8, 12),
}
"""What may grow, and through which values: side of a square drawing in pixels, coloured, or its areas found, or colour
laid into them in a style, all without a model; steps; references; seeds of one drawing,
coloured by one Colorizer; jobs that wait in a server's queue at once."""
_SIDE = 256
"""Of drawing and references in pixels, where they do not grow: nothing but what does shall cost much."""
_CANVAS = 448
"""Side in pixels of the picture that the model would have painted."""
_PATIENCE = 0.02


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """``seconds``, ``processor_seconds`` and ``peak_bytes`` of ``task["what"]`` at ``task["value"]``, warmed up.

    On a busy machine only the processor's seconds tell how a cost grows.
    """
    what, value = task["what"], task["value"]
    if what in ("regions", *STYLES):
        return _imaging(what, value, ready)
    return _queue(task, value, ready) if what == "queue" else _colorings(task, what, value, ready)


def _imaging(what: str, side: int, ready: Callable[[], None]) -> dict[str, Any]:
    """What is computed at full size: nothing of it is the model's."""
    ready()
    small = np.asarray(reference(_CANVAS, _CANVAS), np.float32) / np.float32(255)

    def work(drawing: LineArt) -> None:
        if what == "regions":
            find_regions(drawing.ink)
        else:
            paint(what, small, drawing, fit(drawing.box, _CANVAS)).color()

    work(read_line_art(sketch(_SIDE, _SIDE)))
    drawing = read_line_art(sketch(side, side))
    forget_peak()
    started, worked = time.perf_counter(), time.process_time()
    work(drawing)
    return {
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - worked,
        "peak_bytes": peak_memory(),
    }


def _colorings(task: Mapping[str, Any], what: str, value: int, ready: Callable[[], None]) -> dict[str, Any]:
    model = coloring.load(task)
    ready()
    small = sketch(_SIDE, _SIDE), [reference(_SIDE, _SIDE)]
    model.colorize(*small, steps=1)
    side = value if what == "canvas" else _SIDE
    drawing, colors = sketch(side, side), [reference(_SIDE, _SIDE)] * (value if what == "references" else 1)
    if what == "batch":
        model.cache = Cache()  # seeds of one drawing share what does not depend on them
    started, worked = time.perf_counter(), time.process_time()
    for seed in range(value if what == "batch" else 1):
        model.colorize(drawing, colors, steps=value if what == "steps" else None, seed=seed)
    return {
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - worked,
        "peak_bytes": peak_memory(),
    }


def _queue(task: Mapping[str, Any], value: int, ready: Callable[[], None]) -> dict[str, Any]:
    from nurie.cli.measure import Server

    server = Server(task["engine"])
    try:
        ready()
        names = [server.put(_png(picture)) for picture in (sketch(_SIDE, _SIDE), reference(_SIDE, _SIDE))]
        fields = {"sketch": names[0], "references": [names[1]]}
        server.color(**fields, seed=1000)
        started, worked = time.perf_counter(), server.processor()
        bodies = (json.dumps({**fields, "seed": seed}).encode() for seed in range(value))
        jobs = [json.loads(server.call("POST", "/v1/jobs", body, "application/json"))["id"] for body in bodies]
        while json.loads(server.call("GET", f"/v1/jobs/{jobs[-1]}"))["state"] in ("queued", "loading", "running"):
            time.sleep(_PATIENCE)
        return {
            "seconds": time.perf_counter() - started,
            "processor_seconds": server.processor() - worked,
            "peak_bytes": _peak_of(server.process.pid),
        }
    finally:
        server.end()


def _peak_of(process: int) -> int | None:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
