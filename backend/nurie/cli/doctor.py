"""``nurie doctor``: what this machine really does with Nurie, for bug reports and for the curious."""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nurie import __version__
from nurie.cli.report import print_json
from nurie.protocol import PROTOCOL_VERSION

if TYPE_CHECKING:
    from nurie.cli.parser import Commands
    from nurie.runtime import Engine
    from nurie.runtime.choice import Choice
    from nurie.runtime.trial import Trial
    from nurie.settings import Settings

__all__ = ["add_command"]

# Several packages bring the same engine; the version is read without importing it, which takes seconds.
_PACKAGES = {
    "onnx": ("onnxruntime", "onnxruntime-gpu"),
    "openvino": ("openvino",),
    "torch": ("torch",),
}


def add_command(commands: Commands) -> None:
    """``doctor``."""
    parser = commands.add_parser("doctor", help="check engine, device, memory and model, and time one step")
    parser.add_argument("--model", metavar="compact|paper|PATH", help="the model (default: compact)")
    parser.add_argument("--engine", choices=("auto", "torch", "onnx", "openvino"), help="what runs it (default: auto)")
    parser.add_argument("--device", metavar="auto|cpu|cuda[:N]|mps", help="where it runs (default: auto)")
    parser.add_argument("--calibrate", action="store_true", help="measure every engine, and remember the fastest")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--share", action="store_true", help="leave out your name and where your folders are")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Look, load, measure. What goes wrong on the way is the diagnosis, and ends the command with its exit code."""
    from nurie.settings import load_settings

    settings = load_settings(model=arguments.model, engine=arguments.engine, device=arguments.device)
    findings: dict[str, Any] = {}
    parts = [_machine, _model, _calibration, _measurement]
    if arguments.calibrate:
        parts.insert(2, lambda settings: _calibrate(settings, quiet=arguments.json))
    for part in parts:
        found = part(settings)
        if arguments.share:
            found = {name: without_names(value) for name, value in found.items()}
        findings |= found
        if not arguments.json:
            for name, value in found.items():
                print(f"{name.replace('_', ' '):<18}{_text(value)}", flush=True)
    if arguments.json:
        print_json(findings)
    return 0


def _machine(settings: Settings) -> dict[str, Any]:
    from nurie.cli.krita import plugin_findings

    return {
        "nurie": __version__,
        "protocol": PROTOCOL_VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_mb": _total_memory(),
        "free_memory_mb": _free_memory(),
        "engines": {name: _version(packages) for name, packages in _PACKAGES.items()},
        "plugin": plugin_findings(),
    }


def _model(settings: Settings) -> dict[str, Any]:
    """Where the model is and what its files hash to; ModelError for a file that is missing or altered."""
    from nurie.runtime.store import check_files, find_model

    stored = find_model(settings.model, settings.models)
    check_files(stored)
    files = stored.manifest.files if stored.manifest else {}
    return {
        "model": stored.name,
        "model_folder": str(stored.folder),
        "model_files": {name: entry.sha256 for name, entry in files.items()},
    }


def _calibrate(settings: Settings, *, quiet: bool) -> dict[str, Any]:
    """Measure the engines, telling of each as soon as it is known; what was found is kept, and shown by the next."""
    from nurie.bench.machine import busy, load_average
    from nurie.runtime.calibration import calibrate
    from nurie.runtime.engines import installed_engines
    from nurie.runtime.store import find_model

    def tell(trial: Trial) -> None:
        if not quiet:
            print(f"measured          {trial.choice}", flush=True)

    warning = busy(load_average(), os.cpu_count())
    calibrate(find_model(settings.model, settings.models), installed_engines(), tell, busy=warning is not None)
    return {} if warning is None else {"warning": warning}


def _calibration(settings: Settings) -> dict[str, Any]:
    """The table of what was measured here, and what follows from it."""
    from nurie.runtime.calibration import calibration_rows, recall
    from nurie.runtime.store import find_model

    found = recall(find_model(settings.model, settings.models))
    if found is None:
        return {"calibration": None, "choice": "not measured: 'nurie doctor --calibrate' does"}
    return {"calibration": calibration_rows(found), "measured": found.made, "choice": found.why()}


def _measurement(settings: Settings) -> dict[str, Any]:
    """Load the model as ``nurie colorize`` would, and time one step."""
    from nurie import colorizer

    started = time.perf_counter()
    model = colorizer.load(settings.model, engine=settings.engine, device=settings.device, models=settings.models)
    loaded = time.perf_counter()
    step = _step_seconds(model.engine)
    choice: Choice | None = getattr(model.engine, "choice", None)
    return {
        "engine": model.engine.name,
        "device": model.engine.device,
        "provider": model.engine.provider,
        "precision": choice.variant if choice else None,
        "threads": choice.threads if choice else None,
        "canvas": model.engine.canvas_size,
        "load_seconds": round(loaded - started, 3),
        "step_seconds": round(step, 4),
        "peak_memory_mb": _peak_memory(),
    }


def _step_seconds(engine: Engine) -> float:
    """One denoising step, the second of two: the first also pays for what an engine prepares on its first call."""
    import numpy as np

    size = engine.canvas_size
    white = np.ones((1, 3, size, size), np.float32)
    tokens = engine.encode_reference(white)
    evidence = np.zeros((1, 4, size, size), np.float32)
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        engine.denoise(white, 999, white[:, :1], evidence, tokens)
        seconds = time.perf_counter() - started
    return seconds


def _version(packages: tuple[str, ...]) -> str | None:
    import importlib.metadata  # here: every command imports this module, and this takes long

    for package in packages:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _total_memory() -> int | None:
    """Megabytes of memory in the machine; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (AttributeError, ValueError, OSError):
        return None


def _free_memory() -> int | None:
    """Megabytes that programs may still take; None where the system does not tell as Linux does."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            name, _, amount = line.partition(":")
            if name == "MemAvailable":
                return int(amount.split()[0]) // 2**10
    except (OSError, ValueError):
        pass
    return None


def _peak_memory() -> int | None:
    """The most megabytes this process has held; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return peak // (2**20 if platform.system() == "Darwin" else 2**10)


def without_names(value: Any) -> Any:
    """A finding without the home folder and the user's name, which paths and host names carry."""
    if isinstance(value, dict):
        return {name: without_names(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [without_names(entry) for entry in value]
    if not isinstance(value, str):
        return value
    home = Path.home()
    hidden = value.replace(str(home), "~")
    # "root" and the like name nobody, and are parts of other words.
    return hidden.replace(home.name, "USER") if len(home.name) > 4 else hidden


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(entry)}" for name, entry in value.items()) or "none"
    if isinstance(value, list):
        return "".join(f"\n  {_text(entry)}" for entry in value)
    return "not there" if value is None else str(value)
