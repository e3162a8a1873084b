"""One process that colours: its start, the model's loading, and a whole colouring stage by stage."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nurie.bench.pictures import reference, sketch
from nurie.bench.resources import device_memory, energy, energy_between, peak_memory
from nurie.cache import Cache

__all__ = ["load", "measure"]


def load(task: Mapping[str, Any]) -> Any:
    """The Colorizer that the task names, which keeps nothing from one call to the next."""
    from nurie import colorizer

    models = Path(task["models"]) if task.get("models") else None
    return colorizer.load(
        task["model"], engine=task["engine"], device=task["device"], models=models, cache=Cache(limit=0)
    )


def measure(task: Mapping[str, Any], ready: Callable[[], None]) -> dict[str, Any]:
    """Seconds of loading and, for each number of steps, of every stage; peak bytes, and joules where they can be read.

    The first colouring, which also pays for what an engine prepares on its first call, is told by itself.
    """
    from nurie import colorizer as _  # noqa: F401 - what every start pays for

    if task["engine"] != "auto":
        importlib.import_module(f"nurie.runtime.{task['engine']}_engine")
    ready()
    held = device_memory(task["device"])
    started = time.perf_counter()
    model = load(task)
    loaded = time.perf_counter() - started
    width, height = task["drawing"] or (model.engine.canvas_size,) * 2
    drawing, colors = sketch(width, height), reference(width, height)
    first = model.colorize(drawing, [colors], steps=min(task["steps"])).timings["total"]
    runs = {}
    for steps in task["steps"]:
        before = energy(model.engine.device)
        timings = model.colorize(drawing, [colors], steps=steps).timings
        spent = energy_between(before, energy(model.engine.device))
        stages = {name: timings[name] for name in ("encode", "warp", "imaging", "total")}
        runs[str(steps)] = {**stages, "step": timings["denoise"] / steps, "joules": spent}
    now = device_memory(task["device"])
    return {
        "engine": model.engine.name,
        "device": model.engine.device,
        "size": model.engine.canvas_size,
        "drawing": [width, height],
        "load": loaded,
        "first": first,
        "runs": runs,
        "peak_bytes": peak_memory(),
        "device_bytes": None if held is None or now is None else now - held,
    }
